//! The closed list of capabilities. A role is a named set of them; code asks for a capability, never for a role.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A capability as a type, so that a missing check is a missing argument.
pub trait Capability {
    /// The name that roles, the API and error texts use.
    const NAME: &'static str;
    /// The position in [`Capabilities`].
    const INDEX: u32;
}

macro_rules! capabilities {
    ($($(#[doc = $doc:literal])+ $name:ident = $text:literal;)+) => {
        /// One type for each capability.
        pub mod can {
            enum Index { $($name),+ }

            $($(#[doc = $doc])+
            #[derive(Debug, Clone, Copy)]
            pub enum $name {}

            impl super::Capability for $name {
                const NAME: &'static str = $text;
                const INDEX: u32 = Index::$name as u32;
            })+
        }

        /// A capability by its name, as clients send it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
        #[schemars(inline)]
        pub enum CapabilityName {
            $($(#[doc = $doc])+ #[serde(rename = $text)] $name,)+
        }

        impl CapabilityName {
            /// The name.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }
        }

        /// Every name as a literal: a JSON array, in which the first text is empty.
        macro_rules! capability_names {
            () => { concat!("[\"\"", $(",\"", $text, "\""),+, "]") };
        }

        /// Every capability: its name and what it allows.
        pub const ALL: &[(&str, &str)] = &[$(($text, concat!($($doc),+))),+];
    };
}

capabilities! {
    /// Create products.
    CreateProducts = "create_products";
    /// Change products.
    EditProducts = "edit_products";
    /// Delete products.
    DeleteProducts = "delete_products";
    /// See users, their roles and whether they are locked.
    ReadUsers = "read_users";
    /// Change, lock and unlock users.
    EditUsers = "edit_users";
    /// Delete users.
    DeleteUsers = "delete_users";
    /// Make, change and delete roles, and give them to users.
    ManageRoles = "manage_roles";
    /// Read the audit log and verify it.
    ReadAudit = "read_audit";
    /// See any job, not only one's own.
    ReadJobs = "read_jobs";
    /// Write posts of one's own.
    CreatePosts = "create_posts";
    /// See and change anybody's posts.
    EditPosts = "edit_posts";
    /// Delete anybody's posts.
    DeletePosts = "delete_posts";
}

pub(crate) use capability_names;

/// The set of capabilities that somebody holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Capabilities(u64);

impl Capabilities {
    /// Every capability there is.
    pub const EVERY: Self = Self(u64::MAX);

    /// The set with these names; names that no longer exist are passed over.
    pub fn from_names<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let bit = |name: &str| ALL.iter().position(|(known, _)| *known == name).map_or(0, |index| 1 << index);
        Self(names.into_iter().fold(0, |set, name| set | bit(name)))
    }

    /// What is in either set.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether everything in the other set is in this one.
    pub fn includes(self, other: Self) -> bool {
        other.0 & !self.0 == 0
    }

    /// What is in both sets.
    #[must_use]
    pub fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// What is in this set and not in the other.
    #[must_use]
    pub fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether the set has this capability.
    pub fn has<C: Capability>(self) -> bool {
        self.0 >> C::INDEX & 1 == 1
    }

    /// The names in the set, in the order of [`ALL`].
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        ALL.iter().enumerate().filter(move |(index, _)| self.0 >> index & 1 == 1).map(|(_, (name, _))| *name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_types_agree() {
        let set = Capabilities::from_names(["read_jobs", "gone"]);
        assert!(set.has::<can::ReadJobs>() && !set.has::<can::CreateProducts>());
        assert_eq!(set.names().collect::<Vec<_>>(), ["read_jobs"]);
        assert!(ALL.len() <= 64, "the set is 64 bits wide");
    }
}
