//! Identifiers: UUID version 7 (RFC 9562) as lower-case hyphenated text, one Rust type for each kind of thing.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::{DetailCode, Result};
use crate::ports::{Clock, Entropy, FromValue, Value};
use crate::validation::refusal;

/// Makes the text of a new UUID version 7: 48 bits of milliseconds, 74 random bits.
///
/// # Errors
/// Only when the runtime has no randomness.
pub fn new_uuid(clock: &dyn Clock, entropy: &dyn Entropy) -> Result<String> {
    let mut random = [0; 10];
    entropy.fill(&mut random).map_err(crate::Error::Internal)?;
    let millis = u64::try_from(clock.now().millis()).unwrap_or(0);
    Ok(uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid().to_string())
}

/// The canonical text of a UUID, or `None` when the text is not one.
pub fn parse_uuid(text: &str) -> Option<String> {
    let uuid = uuid::Uuid::try_parse(text).ok()?;
    (text.len() == 36).then(|| uuid.to_string())
}

/// The id of a kind of thing.
pub trait Id: Sized {
    /// What it identifies, in sentences for people.
    const NOUN: &'static str;

    /// Reads an id; `None` when the text is not a hyphenated UUID.
    fn parse(text: &str) -> Option<Self>;
}

macro_rules! ids {
    ($($name:ident = $noun:literal;)+) => {$(
        #[doc = concat!("The id of one ", $noun, ".")]
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        pub struct $name(String);

        impl $name {
            /// A new id from the runtime's clock and randomness.
            ///
            /// # Errors
            /// Only when the runtime has no randomness.
            pub fn new(clock: &dyn Clock, entropy: &dyn Entropy) -> Result<Self> {
                new_uuid(clock, entropy).map(Self)
            }

            /// The canonical text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl Id for $name {
            const NOUN: &'static str = $noun;

            fn parse(text: &str) -> Option<Self> {
                parse_uuid(text).map(Self)
            }
        }

        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", "format": "uuid", "examples": ["019376a1-9c3b-7aaa-8bbb-0123456789ab"] })
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                let sentence = concat!("Must be the id of a ", $noun, ".");
                Self::parse(&text).ok_or_else(|| refusal(DetailCode::Invalid, sentence))
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl From<&$name> for Value {
            fn from(id: &$name) -> Self {
                Self::Text(id.0.clone())
            }
        }

        impl FromValue for $name {
            fn from_value(value: &Value) -> Option<Self> {
                String::from_value(value).map(Self)
            }
        }
    )+};
}

ids! {
    UserId = "user";
    SessionId = "session";
    ProductId = "product";
    JobId = "job";
    RoleId = "role";
    ApiKeyId = "API key";
    PostId = "post";
}

#[cfg(test)]
mod tests {
    use super::{Id as _, ProductId};

    #[test]
    fn only_hyphenated_uuids_are_ids_and_they_are_lower_cased() {
        let id = ProductId::parse("019376A1-9C3B-7AAA-8BBB-0123456789AB").unwrap();
        assert_eq!(id.as_str(), "019376a1-9c3b-7aaa-8bbb-0123456789ab");
        for wrong in [
            "",
            "none",
            "019376a19c3b7aaa8bbb0123456789ab",
            "{019376a1-9c3b-7aaa-8bbb-0123456789ab}",
            "1 OR 1=1",
        ] {
            assert_eq!(ProductId::parse(wrong), None, "{wrong}");
        }
    }
}
