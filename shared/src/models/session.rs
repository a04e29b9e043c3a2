//! Sessions: a user signed in on one device.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use validator::Validate;

use crate::ids::{SessionId, UserId};
use crate::time::Timestamp;
use crate::validation::{self, patterns};

/// A session.
#[derive(Debug, Clone)]
pub struct Session {
    /// The id; the access token names it.
    pub id: SessionId,
    /// Whose it is.
    pub user_id: UserId,
    /// When the user signed in.
    pub created_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Timestamp,
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
