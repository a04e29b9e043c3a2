//! Sessions: a user signed in on one device.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use validator::Validate;

use crate::ids::{SessionId, UserId};
use crate::models::field::without_defaults;
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
    /// When it ends unless it is used until then; never later than that.
    pub idle_expires_at: Timestamp,
    /// The network address that it was last used from.
    pub address: String,
    /// What the client called itself.
    pub user_agent: String,
    /// SHA-256 of the refresh token in force, in base64url.
    pub refresh_hash: String,
}

/// Where a client wants its tokens.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[schemars(inline)]
#[serde(rename_all = "snake_case")]
pub enum TokensIn {
    /// In cookies that no script can read: for browsers.
    #[default]
    Cookie,
    /// In the answer's body, and no cookie is set: for clients without a cookie jar.
    Body,
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
    /// Where the tokens go: `cookie` for browsers, `body` for other clients.
    #[serde(default)]
    pub tokens: TokensIn,
}

/// What a refresh says that does not come from a browser.
#[derive(Debug, Default, Deserialize, Validate, JsonSchema)]
#[schemars(transform = without_defaults)]
#[serde(deny_unknown_fields)]
pub struct RefreshRequest {
    /// The refresh token of the last answer; without it the one in the cookie counts.
    #[serde(default, deserialize_with = "validation::not_null")]
    #[validate(length(min = 1, max = 200))]
    #[schemars(with = "String")]
    pub refresh_token: Option<String>,
}

/// The tokens of a session, where they were asked for.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline, example = json!({}))]
#[serde(untagged)]
pub enum TokensMeta {
    /// In the body.
    Body(TokensView),
    /// In cookies that no script can read; there is nothing here.
    Cookie {},
}

/// Tokens under the names of RFC 6749.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Tokens", example = json!({
    "access_token": "eyJhbGciOiJIUzI1NiJ9.e30.c2lnbmF0dXJl", "token_type": "Bearer", "expires_in": 900,
    "refresh_token": "AZN2oZw7eqqLuwEjRWeJq", "refresh_expires_in": 1_209_600,
}))]
pub struct TokensView {
    /// Goes with requests, as `Authorization: Bearer …`.
    pub access_token: String,
    /// `Bearer`.
    pub token_type: &'static str,
    /// How many seconds the access token lasts.
    pub expires_in: u64,
    /// Gets the next tokens, once.
    pub refresh_token: String,
    /// How many seconds the refresh token lasts unless it is used.
    pub refresh_expires_in: u64,
}

/// A session as its user sees it.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Session", example = json!({
    "id": "019376a1-9c3b-7aaa-8bbb-0123456789ab", "current": true, "user_agent": "Mozilla/5.0 (X11; Linux x86_64)",
    "address": "192.0.2.7", "methods": ["pwd"], "authenticated_at": "2026-01-31T12:00:00.000Z",
    "created_at": "2026-01-31T12:00:00.000Z", "last_used_at": "2026-02-01T08:30:00.000Z",
    "expires_at": "2026-03-02T12:00:00.000Z", "idle_expires_at": "2026-02-15T08:30:00.000Z",
}))]
pub struct SessionView {
    /// The id.
    pub id: SessionId,
    /// Whether it is the one that asks.
    pub current: bool,
    /// What the client called itself when the session was last used; empty when it did not.
    pub user_agent: String,
    /// The network address that it was last used from.
    pub address: String,
    /// How the user last proved who they are: names of RFC 8176.
    pub methods: Vec<String>,
    /// When they did.
    pub authenticated_at: Timestamp,
    /// When the user signed in.
    pub created_at: Timestamp,
    /// When its tokens were last renewed.
    pub last_used_at: Timestamp,
    /// When it ends in any case.
    pub expires_at: Timestamp,
    /// When it ends unless its tokens are renewed until then.
    pub idle_expires_at: Timestamp,
}

impl SessionView {
    /// The session, as the one with the id `current` sees it.
    pub fn new(session: Session, current: &SessionId) -> Self {
        Self {
            current: session.id == *current,
            id: session.id,
            user_agent: session.user_agent,
            address: session.address,
            methods: session.methods.split(' ').map(str::to_owned).collect(),
            authenticated_at: session.authenticated_at,
            created_at: session.created_at,
            last_used_at: session.last_used_at,
            expires_at: session.expires_at,
            idle_expires_at: session.idle_expires_at,
        }
    }
}
