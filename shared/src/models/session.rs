//! Sessions: a user signed in on one device.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use validator::Validate;

use crate::ids::{SessionId, UserId};
use crate::time::Timestamp;
use crate::validation::{self, patterns};

/// The user proved with their password who they are (RFC 8176).
pub const PASSWORD: &str = "pwd";

/// A session.
#[derive(Debug, Clone)]
pub struct Session {
    /// The id; the access token names it.
    pub id: SessionId,
    /// Whose it is.
    pub user_id: UserId,
    /// How the user last proved who they are: names of RFC 8176, separated by spaces.
    pub methods: String,
    /// When they did.
    pub authenticated_at: Timestamp,
    /// When the user signed in.
    pub created_at: Timestamp,
    /// When its tokens were last renewed.
    pub last_used_at: Timestamp,
    /// When it ends in any case.
    pub expires_at: Timestamp,
    /// When it ends unless it is used until then.
    pub idle_expires_at: Timestamp,
    /// The network address that it was last used from.
    pub address: String,
    /// What the client called itself.
    pub user_agent: String,
    /// SHA-256 of the refresh token in force, in base64url.
    pub refresh_hash: String,
}

/// What a login says.
#[derive(Debug, Deserialize, Validate, JsonSchema)]
#[schemars(example = json!({ "email": "ada@example.com", "password": "correct horse battery" }))]
#[serde(deny_unknown_fields)]
pub struct NewSession {
    /// The account's e-mail address.
    #[serde(deserialize_with = "validation::email_address")]
    #[validate(custom(function = "validation::email"))]
    #[schemars(transform = patterns::email)]
    pub email: String,
    /// The account's password.
    #[serde(deserialize_with = "validation::password")]
    #[validate(length(min = 1, max = 128))]
    pub password: String,
}
