//! What must hold of an entity before it is changed, so that nobody overwrites what they have not seen.

/// The versions that a change is meant for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Precondition {
    /// Any version: the entity must be there.
    Any,
    /// One of these versions; with none, nothing matches.
    Versions(Vec<i64>),
}

impl Precondition {
    /// Whether a change of this version is meant.
    pub fn allows(&self, version: i64) -> bool {
        match self {
            Self::Any => true,
            Self::Versions(versions) => versions.contains(&version),
        }
    }
}
