//! Users as those see them who administer them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use validator::Validate;

use crate::ids::{RoleId, UserId};
use crate::models::field::without_defaults;
use crate::time::Timestamp;
use crate::validation::{self, patterns};

/// A user with what administering needs.
#[derive(Debug, Clone)]
pub struct ManagedUser {
    /// The id.
    pub id: UserId,
    /// The e-mail address.
    pub email: String,
    /// Whether the user has shown that mail to the address reaches them.
    pub email_verified: bool,
    /// The name.
    pub name: String,
    /// Whether the user is kept out.
    pub locked: bool,
    /// Their roles, by id.
    pub roles: Vec<RoleId>,
    /// Raised by each change of the account or of which roles it has.
    pub version: i64,
    /// When the account was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// What changes in a user; what is absent stays as it is.
#[derive(Debug, Default, Deserialize, Validate, JsonSchema)]
#[schemars(rename = "UserAdministration", example = json!({ "locked": true }), transform = without_defaults)]
#[serde(deny_unknown_fields)]
pub struct ManagedUserPatch {
    /// The name, 1 to 100 characters.
    #[serde(default, deserialize_with = "validation::normalised")]
    #[schemars(with = "String")]
    #[validate(length(min = 1, max = 100), custom(function = "validation::one_line"))]
    #[schemars(transform = patterns::one_line)]
    pub name: Option<String>,
    /// Whether the user is kept out. Locking ends all their sessions.
    #[serde(default, deserialize_with = "validation::not_null")]
    #[schemars(with = "bool")]
    pub locked: Option<bool>,
}

/// The roles that a user shall have.
#[derive(Debug, Deserialize, Serialize, Validate, JsonSchema)]
#[schemars(rename = "UserRoles", example = json!({ "roles": ["00000000-0000-7000-8000-000000000001"] }))]
#[serde(deny_unknown_fields)]
pub struct ManagedUserRoles {
    /// The ids of all roles that the user shall have, up to 50; none takes all.
    #[validate(length(max = 50))]
    pub roles: Vec<RoleId>,
}

/// A user as those see them who administer them.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "ManagedUser", example = json!({
    "id": "019376a1-9c3b-7aaa-8bbb-0123456789ab", "email": "ada@example.com", "email_verified": false,
    "name": "Ada Lovelace", "locked": false, "roles": [], "version": 1,
    "created_at": "2026-01-31T12:00:00.000Z", "updated_at": "2026-01-31T12:00:00.000Z",
}))]
pub struct ManagedUserView {
    /// The id.
    pub id: UserId,
    /// The e-mail address.
    pub email: String,
    /// Whether the user has shown that mail to the address reaches them.
    pub email_verified: bool,
    /// The name.
    pub name: String,
    /// Whether the user is kept out.
    pub locked: bool,
    /// The ids of their roles.
    pub roles: Vec<RoleId>,
    /// Raised by each change of the account or of which roles it has.
    pub version: i64,
    /// When the account was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl From<ManagedUser> for ManagedUserView {
    fn from(user: ManagedUser) -> Self {
        Self {
            id: user.id,
            email: user.email,
            email_verified: user.email_verified,
            name: user.name,
            locked: user.locked,
            roles: user.roles,
            version: user.version,
            created_at: user.created_at,
            updated_at: user.updated_at,
        }
    }
}
