//! Users: people with an account.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use validator::Validate;

use crate::auth::{CurrentUser, password_rules};
use crate::ids::{JobId, UserId};
use crate::time::Timestamp;
use crate::validation::{self, patterns};

/// An account.
#[derive(Debug, Clone)]
pub struct User {
    /// The id.
    pub id: UserId,
    /// The e-mail address, in lower case; unique.
    pub email: String,
    /// When its user showed that mail reaches them.
    pub email_verified_at: Option<Timestamp>,
    /// The name.
    pub name: String,
    /// The password's Argon2id hash in the PHC string format.
    pub password_hash: String,
    /// When the password was last changed; `None` for the one of the sign-up.
    pub password_changed_at: Option<Timestamp>,
    /// When an administrator locked the user out.
    pub locked_at: Option<Timestamp>,
    /// Counts the changes.
    pub version: i64,
    /// When the account was made.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
}

impl User {
    /// An account as it is at first.
    pub fn new(id: UserId, email: String, name: String, password_hash: String, now: Timestamp) -> Self {
        Self {
            id,
            email,
            email_verified_at: None,
            name,
            password_hash,
            password_changed_at: None,
            locked_at: None,
            version: 1,
            created_at: now,
            updated_at: now,
        }
    }
}

/// What a sign-up says.
#[derive(Debug, Deserialize, Validate, JsonSchema)]
#[schemars(example = json!({ "email": "ada@example.com", "name": "Ada Lovelace", "password": "correct horse battery" }))]
#[serde(deny_unknown_fields)]
pub struct NewUser {
    /// The e-mail address.
    #[serde(deserialize_with = "validation::email_address")]
    #[validate(custom(function = "validation::email"))]
    #[schemars(transform = patterns::email)]
    pub email: String,
    /// The name, 1 to 100 characters.
    #[serde(deserialize_with = "validation::normalised")]
    #[validate(length(min = 1, max = 100), custom(function = "validation::one_line"))]
    #[schemars(transform = patterns::one_line)]
    pub name: String,
    /// The password, 8 to 128 characters; none of the most common, and without the e-mail address.
    #[serde(deserialize_with = "validation::password")]
    #[validate(length(min = 8, max = 128), custom(function = "password_rules::uncommon"))]
    pub password: String,
}

/// An account as its owner and administrators see it.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "User", example = json!({
    "id": "019376a1-9c3b-7aaa-8bbb-0123456789ab", "email": "ada@example.com", "email_verified": false,
    "name": "Ada Lovelace",
    "created_at": "2026-01-31T12:00:00.000Z",
}))]
pub struct UserView {
    /// The id.
    pub id: UserId,
    /// The e-mail address.
    pub email: String,
    /// Whether the user has shown that mail to the address reaches them.
    pub email_verified: bool,
    /// The name.
    pub name: String,
    /// When the account was made.
    pub created_at: Timestamp,
}

impl From<User> for UserView {
    fn from(user: User) -> Self {
        Self {
            id: user.id,
            email: user.email,
            email_verified: user.email_verified_at.is_some(),
            name: user.name,
            created_at: user.created_at,
        }
    }
}

/// The signed-in user about themselves.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Me", example = json!({
    "id": "019376a1-9c3b-7aaa-8bbb-0123456789ab", "email": "ada@example.com", "email_verified": false,
    "name": "Ada Lovelace",
    "capabilities": ["create_products"], "created_at": "2026-01-31T12:00:00.000Z",
}))]
pub struct MeView {
    /// The id.
    pub id: UserId,
    /// The e-mail address.
    pub email: String,
    /// Whether the user has shown that mail to the address reaches them.
    pub email_verified: bool,
    /// The name.
    pub name: String,
    /// What the user may do.
    pub capabilities: Vec<&'static str>,
    /// When the account was made.
    pub created_at: Timestamp,
}

impl From<&CurrentUser> for MeView {
    fn from(user: &CurrentUser) -> Self {
        Self {
            id: user.id.clone(),
            email: user.email.clone(),
            email_verified: user.email_verified,
            name: user.name.clone(),
            capabilities: user.capabilities.names().collect(),
            created_at: user.created_at,
        }
    }
}

/// Facts about a sign-up.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(example = json!({ "job_id": "019376a1-9c3b-7aaa-8bbb-0123456789ab" }))]
pub struct SignUpMeta {
    /// The job that greets the new user.
    pub job_id: JobId,
}
