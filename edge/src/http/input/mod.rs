//! Reads what clients send into typed values, and reports everything that is wrong with it at once: types, unknown,
//! missing and duplicate fields, and the rules of the type.
//!
//! Serde ends at the first error, because it then has no value to go on with. So the [`reader`] goes on with a
//! placeholder wherever it can, and otherwise the walk begins again, knowing more ([`walk`]). In the end there is a
//! value that holds placeholders where the input is wrong, and the rules tell what is wrong with the rest of it.
//!
//! Input that is right is walked once. What is generic here is compiled for each type, so it is kept small.

mod access;
mod fault;
mod node;
mod reader;
#[cfg(test)]
mod tests;
mod walk;

use serde::de::DeserializeOwned;
use shared::error::Violation;
use shared::validation;
use validator::Validate;

pub use node::Node;

use walk::Walk;

/// Reads a value that obeys the rules of its type. A struct takes no fields that it does not know, whether it says
/// `deny_unknown_fields` or not.
///
/// # Errors
/// What is wrong, sorted by field: at least one violation, at most [`MAX_VIOLATIONS`](shared::error::MAX_VIOLATIONS).
pub fn read<T: DeserializeOwned + Validate>(node: &Node) -> Result<T, Vec<Violation>> {
    let mut walk = Walk::new(node);
    let value = loop {
        match walk.begin().and_then(|reader| T::deserialize(reader)) {
            Ok(value) => break Some(value),
            Err(fault) => {
                if !walk.goes_on_after(fault) {
                    break None;
                }
            }
        }
    };
    let rules = value.as_ref().map(|value| validation::violations(value)).unwrap_or_default();
    match value {
        Some(value) if rules.is_empty() && walk.is_clean() => Ok(value),
        _ => Err(walk.report(rules)),
    }
}
