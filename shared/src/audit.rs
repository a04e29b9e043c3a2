//! The audit log: who did what to what from where. An entry goes into the batch of the write that it tells of, so that
//! neither is there without the other.

pub mod chain;

use std::fmt;

use serde_json::Value as Json;

use crate::auth::CurrentUser;
use crate::caller::Caller;
use crate::ids::Id;
use crate::ports::Statement;
use crate::repositories;
use crate::time::Timestamp;

macro_rules! actions {
    ($($(#[doc = $doc:literal])+ $name:ident = $text:literal;)+) => {
        /// What the log tells of: a closed list.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Action {
            $($(#[doc = $doc])+ $name,)+
        }

        impl Action {
            /// Every action.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The name of every action.
            pub const NAMES: &[&'static str] = &[$($text),+];

            /// The name in the log and the API.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }

            /// What it means.
            pub fn description(self) -> &'static str {
                match self { $(Self::$name => concat!($($doc),+).trim_ascii(),)+ }
            }
        }
    };
}

actions! {
    /// An account was made.
    SignedUp = "user.signed_up";
    /// Somebody signed in, or changed their password. The least recently used of a user's sessions end with it when there are too many.
    SignedIn = "session.started";
    /// A session was ended, by its user or because a refresh token came twice.
    SessionEnded = "session.ended";
    /// All sessions of a user were ended, or all others.
    SessionsEnded = "session.all_ended";
    /// A mail to verify an address was asked for; the target is the job that sees whether there is anybody to get it.
    VerificationRequested = "email.verification_requested";
    /// A user showed that mail to their address reaches them.
    EmailVerified = "email.verified";
    /// A user asked for another address; the mail to it is under way.
    EmailChangeRequested = "email.change_requested";
    /// A user showed that mail to another address reaches them, and has it now.
    EmailChanged = "email.changed";
    /// A mail to set a password anew was asked for; the target is the job that sees whether there is anybody to get it.
    PasswordResetRequested = "password.reset_requested";
    /// A password was set anew by the link from a mail: sessions ended, API keys were revoked.
    PasswordReset = "password.reset";
    /// A user changed their password.
    PasswordChanged = "password.changed";
    /// A user changed their own account.
    ProfileChanged = "profile.changed";
    /// A user deleted their own account.
    AccountDeleted = "account.deleted";
    /// An API key was made.
    ApiKeyCreated = "api_key.created";
    /// An API key was revoked.
    ApiKeyRevoked = "api_key.revoked";
    /// A user was changed by somebody who administers users.
    UserEdited = "user.edited";
    /// A user was locked out: their sessions and the links in their mails ended, their API keys rest.
    UserLocked = "user.locked";
    /// A user was let in again.
    UserUnlocked = "user.unlocked";
    /// A user was deleted by somebody who administers users.
    UserRemoved = "user.removed";
    /// A user was given roles, or roles were taken from them.
    UserRolesChanged = "user.roles_changed";
    /// A role was made.
    RoleCreated = "role.created";
    /// A role's name, description or capabilities were changed.
    RoleChanged = "role.changed";
    /// A role was deleted, and so taken from its users.
    RoleDeleted = "role.deleted";
}

/// An entry.
#[derive(Debug, Clone)]
pub struct Entry<'a> {
    /// When.
    pub at: Timestamp,
    /// What.
    pub action: Action,
    /// Who; `None` for nobody who is signed in.
    pub actor: Option<&'a CurrentUser>,
    /// The kind of thing that it was done to.
    pub target_kind: &'static str,
    /// Which one.
    pub target_id: String,
    /// What else is to be known: a JSON object without secrets.
    pub details: Json,
    /// From where.
    pub caller: &'a Caller,
}

impl<'a> Entry<'a> {
    /// What was done, to what, by whom.
    pub fn new<I: Id + fmt::Display>(
        caller: &'a Caller,
        at: Timestamp,
        actor: Option<&'a CurrentUser>,
        action: Action,
        target: &I,
    ) -> Self {
        let (target_kind, target_id) = (I::NOUN, target.to_string());
        Self {
            at,
            action,
            actor,
            target_kind,
            target_id,
            details: Json::Object(serde_json::Map::new()),
            caller,
        }
    }

    /// Adds what else is to be known: a JSON object without secrets.
    #[must_use]
    pub fn with(self, details: Json) -> Self {
        Self { details, ..self }
    }

    /// For the batch of the write that it tells of.
    pub fn statement(&self) -> Statement {
        repositories::audit::append(self)
    }
}

#[cfg(test)]
mod tests {
    use super::Action;

    #[test]
    fn actions_are_unique_and_described() {
        for (index, action) in Action::ALL.iter().enumerate() {
            assert!(Action::ALL.iter().skip(index + 1).all(|other| other.as_str() != action.as_str()));
            assert!(action.description().ends_with('.'), "{action:?}");
        }
    }
}
