//! Capabilities, as clients read about them.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use crate::auth::Capabilities;
use crate::auth::capability::ALL;

/// A capability.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
#[schemars(rename = "Capability", example = json!({ "name": "create_products", "allows": "Create products." }))]
pub struct CapabilityView {
    /// The name, in roles and in errors.
    pub name: &'static str,
    /// What it allows, as a sentence.
    pub allows: &'static str,
}

impl CapabilityView {
    /// What is in the set, in the order of the closed list.
    pub fn of(held: Capabilities) -> Vec<Self> {
        let all = ALL.iter().map(|(name, allows)| Self { name, allows: allows.trim_ascii() });
        let mut names = held.names().peekable();
        all.filter(|view| names.next_if(|name| *name == view.name).is_some()).collect()
    }
}
