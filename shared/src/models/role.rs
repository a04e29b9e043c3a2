//! Roles: named sets of capabilities.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use validator::Validate;

use crate::auth::{Capabilities, CapabilityName};
use crate::ids::RoleId;
use crate::models::field::without_defaults;
use crate::time::Timestamp;
use crate::validation::{self, patterns};

/// A role.
#[derive(Debug, Clone)]
pub struct Role {
    /// The id.
    pub id: RoleId,
    /// The name; unique.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// What it allows.
    pub capabilities: Capabilities,
    /// Whether it came with the service: it can be given and taken, not changed or deleted.
    pub built_in: bool,
    /// Raised by each change.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// What a new role says.
#[derive(Debug, Deserialize, Validate, JsonSchema)]
#[schemars(example = json!({ "name": "shopkeeper", "description": "Looks after the shop.", "capabilities": ["create_products", "edit_products"] }))]
#[serde(deny_unknown_fields)]
pub struct NewRole {
    /// The name, 1 to 50 characters; no other role has it.
    #[serde(deserialize_with = "validation::normalised")]
    #[validate(length(min = 1, max = 50), custom(function = "validation::one_line"))]
    #[schemars(transform = patterns::one_line)]
    pub name: String,
    /// What it is for, up to 500 characters.
    #[serde(default, deserialize_with = "validation::normalised")]
    #[validate(length(max = 500), custom(function = "validation::many_lines"))]
    #[schemars(transform = patterns::many_lines)]
    pub description: String,
    /// What it allows.
    #[validate(length(max = 64))]
    pub capabilities: Vec<CapabilityName>,
}

/// What changes in a role; what is absent stays as it is.
#[derive(Debug, Default, Deserialize, Validate, JsonSchema)]
#[schemars(example = json!({ "name": "night watch", "description": "Looks after the shop at night.", "capabilities": ["edit_products"] }), transform = without_defaults)]
#[serde(deny_unknown_fields)]
pub struct RolePatch {
    /// The name, 1 to 50 characters; no other role has it.
    #[serde(default, deserialize_with = "validation::normalised")]
    #[schemars(with = "String")]
    #[validate(length(min = 1, max = 50), custom(function = "validation::one_line"))]
    #[schemars(transform = patterns::one_line)]
    pub name: Option<String>,
    /// What it is for, up to 500 characters.
    #[serde(default, deserialize_with = "validation::normalised")]
    #[schemars(with = "String")]
    #[validate(length(max = 500), custom(function = "validation::many_lines"))]
    #[schemars(transform = patterns::many_lines)]
    pub description: Option<String>,
    /// What it allows, all of it.
    #[serde(default, deserialize_with = "validation::not_null")]
    #[schemars(with = "Vec<CapabilityName>")]
    #[validate(length(max = 64))]
    pub capabilities: Option<Vec<CapabilityName>>,
}

/// The set of these names.
pub fn set_of(names: &[CapabilityName]) -> Capabilities {
    Capabilities::from_names(names.iter().map(|name| name.as_str()))
}

/// A role as clients see it.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Role", example = json!({
    "id": "019376a1-9c3b-7aaa-8bbb-0123456789ab", "name": "shopkeeper", "description": "Looks after the shop.",
    "capabilities": ["create_products", "edit_products"], "built_in": false, "version": 1,
    "created_at": "2026-01-31T12:00:00.000Z", "updated_at": "2026-01-31T12:00:00.000Z",
}))]
pub struct RoleView {
    /// The id.
    pub id: RoleId,
    /// The name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// What it allows. The administrator's role allows everything, also what is added later.
    pub capabilities: Vec<&'static str>,
    /// Whether it came with the service: it can be given and taken, not changed or deleted.
    pub built_in: bool,
    /// Raised by each change.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl From<Role> for RoleView {
    fn from(role: Role) -> Self {
        Self {
            id: role.id,
            name: role.name,
            description: role.description,
            capabilities: role.capabilities.names().collect(),
            built_in: role.built_in,
            version: role.version,
            created_at: role.created_at,
            updated_at: role.updated_at,
        }
    }
}
