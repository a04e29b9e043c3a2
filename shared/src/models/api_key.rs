//! API keys: what programs show instead of a session.

use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Serialize};
use serde_json::json;
use validator::Validate;

use crate::auth::{Capabilities, CapabilityName};
use crate::ids::{ApiKeyId, UserId};
use crate::time::Timestamp;
use crate::validation::{self, patterns};

/// An API key.
#[derive(Debug, Clone)]
pub struct ApiKeyRecord {
    /// The id.
    pub id: ApiKeyId,
    /// Whose it is.
    pub user_id: UserId,
    /// What its user calls it.
    pub name: String,
    /// The last characters of its text.
    pub hint: String,
    /// What it may do, if its user may.
    pub capabilities: Capabilities,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// When it was last used, give or take a minute.
    pub last_used_at: Option<Timestamp>,
}

/// What a new API key says.
#[derive(Debug, Deserialize, Validate, JsonSchema)]
#[schemars(example = json!({
    "name": "Nightly import", "capabilities": ["create_products", "edit_products"], "password": "correct horse battery",
}))]
#[serde(deny_unknown_fields)]
pub struct NewApiKey {
    /// What it is for, 1 to 100 characters.
    #[serde(deserialize_with = "validation::normalised")]
    #[validate(length(min = 1, max = 100), custom(function = "validation::one_line"))]
    #[schemars(transform = patterns::one_line)]
    pub name: String,
    /// What it may do: capabilities that its user holds. Without any it can do what every signed-in user may.
    #[serde(default)]
    #[validate(length(max = 64))]
    pub capabilities: Vec<CapabilityName>,
    /// When it ends: in the future, at most two years ahead. Without it, the key lasts for a year.
    #[serde(default, deserialize_with = "validation::not_null")]
    #[schemars(with = "Timestamp", transform = neither_example_nor_default)]
    pub expires_at: Option<Timestamp>,
    /// The account's password.
    #[serde(deserialize_with = "validation::password")]
    #[validate(length(min = 1, max = 128))]
    pub password: String,
}

/// No time that an example names is in the future for good, and what is absent is counted from now on.
fn neither_example_nor_default(schema: &mut Schema) {
    schema.remove("examples");
    schema.remove("default");
}

/// An API key as its user sees it; its text was told when it was made, and never again.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "ApiKey", example = json!({
    "id": "019376a1-9c3b-7aaa-8bbb-0123456789ab", "name": "Nightly import", "hint": "0gfR",
    "capabilities": ["create_products", "edit_products"], "created_at": "2026-01-31T12:00:00.000Z",
    "expires_at": "2027-01-31T12:00:00.000Z", "last_used_at": null,
}))]
pub struct ApiKeyView {
    /// The id.
    pub id: ApiKeyId,
    /// What it is for.
    pub name: String,
    /// The last four characters of its text.
    pub hint: String,
    /// What it may do, if its user may.
    pub capabilities: Vec<&'static str>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// When it was last used, give or take a minute; null when it never was.
    pub last_used_at: Option<Timestamp>,
}

/// An API key on the one occasion that its text is told.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "IssuedApiKey", example = json!({
    "id": "019376a1-9c3b-7aaa-8bbb-0123456789ab", "name": "Nightly import",
    "key": "ashlar_N6QbsZPxT5SQS42OYqg8B1CwwDo9S44PofiNHOXFuLh2b0gfR", "hint": "0gfR",
    "capabilities": ["create_products", "edit_products"], "created_at": "2026-01-31T12:00:00.000Z",
    "expires_at": "2027-01-31T12:00:00.000Z",
}))]
pub struct IssuedApiKeyView {
    /// The id.
    pub id: ApiKeyId,
    /// What it is for.
    pub name: String,
    /// The key itself. It is not stored; nobody can tell it again.
    pub key: String,
    /// The last four characters of its text.
    pub hint: String,
    /// What it may do, if its user may.
    pub capabilities: Vec<&'static str>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
}

impl From<ApiKeyRecord> for ApiKeyView {
    fn from(key: ApiKeyRecord) -> Self {
        Self {
            id: key.id,
            name: key.name,
            hint: key.hint,
            capabilities: key.capabilities.names().collect(),
            created_at: key.created_at,
            expires_at: key.expires_at,
            last_used_at: key.last_used_at,
        }
    }
}
