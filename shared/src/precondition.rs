//! What must hold of an entity before it is changed, so that nobody overwrites what they have not seen.

use crate::ports::Value;

/// The versions that a change is meant for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Precondition {
    /// Any version: the entity must be there.
    Any,
    /// One of these versions; with none, nothing matches.
    Versions(Vec<i64>),
}

impl Precondition {
    /// As a parameter of [`guards::at_version`](crate::repositories::guards::at_version): NULL, or a JSON array.
    pub(crate) fn to_value(&self) -> Value {
        match self {
            Self::Any => Value::Null,
            Self::Versions(versions) => {
                let versions: Vec<_> = versions.iter().map(i64::to_string).collect();
                Value::Text(format!("[{}]", versions.join(",")))
            }
        }
    }
}
