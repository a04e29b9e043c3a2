//! What people say about their own accounts: addresses to verify, passwords to change, names.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use validator::Validate;

use crate::auth::one_time::Purpose;
use crate::auth::password_rules;
use crate::ids::{JobId, UserId};
use crate::models::session::TokensIn;
use crate::validation::{self, patterns};

/// A one-time token as the table knows it.
#[derive(Debug, Clone)]
pub struct OneTimeToken {
    /// The job that mails it; there is one for each.
    pub id: JobId,
    /// What it is good for.
    pub purpose: Purpose,
    /// Whose it is.
    pub user_id: UserId,
    /// The address that the mail goes to.
    pub email: String,
    /// The token's SHA-256 in base64url.
    pub hash: String,
}

/// The token from a mail.
#[derive(Debug, Deserialize, Validate, JsonSchema)]
#[schemars(example = json!({ "token": "xJ3Yq0Zl1mT7cB5vWn9pRs2uKd8eFg4hAi6oLtQbMwE" }))]
#[serde(deny_unknown_fields)]
pub struct EmailVerification {
    /// What follows `#token=` in the link, or stands by itself in the mail's text.
    #[validate(length(min = 1, max = 100))]
    pub token: String,
}

/// An address that a mail is asked for.
#[derive(Debug, Deserialize, Validate, JsonSchema)]
#[schemars(example = json!({ "email": "ada@example.com" }))]
#[serde(deny_unknown_fields)]
pub struct MailRequest {
    /// The account's e-mail address.
    #[serde(deserialize_with = "validation::email_address")]
    #[validate(custom(function = "validation::email"))]
    #[schemars(transform = patterns::email)]
    pub email: String,
}

/// A new password by the token from a mail.
#[derive(Debug, Deserialize, Validate, JsonSchema)]
#[schemars(example = json!({
    "token": "xJ3Yq0Zl1mT7cB5vWn9pRs2uKd8eFg4hAi6oLtQbMwE", "password": "correct horse battery",
}))]
#[serde(deny_unknown_fields)]
pub struct PasswordReset {
    /// What follows `#token=` in the link, or stands by itself in the mail's text.
    #[validate(length(min = 1, max = 100))]
    pub token: String,
    /// The new password, 8 to 128 characters; none of the most common, and without the e-mail address.
    #[serde(deserialize_with = "validation::password")]
    #[validate(length(min = 8, max = 128), custom(function = "password_rules::uncommon"))]
    pub password: String,
}

/// A new password in place of the current one.
#[derive(Debug, Deserialize, Validate, JsonSchema)]
#[schemars(example = json!({
    "current_password": "correct horse battery", "new_password": "another horse and staple",
}))]
#[serde(deny_unknown_fields)]
pub struct PasswordChange {
    /// The password of now.
    #[serde(deserialize_with = "validation::password")]
    #[validate(length(min = 1, max = 128))]
    pub current_password: String,
    /// The new password, 8 to 128 characters; none of the most common, and without the e-mail address.
    #[serde(deserialize_with = "validation::password")]
    #[validate(length(min = 8, max = 128), custom(function = "password_rules::uncommon"))]
    pub new_password: String,
    /// Where the tokens of the new session go: `cookie` for browsers, `body` for other clients.
    #[serde(default)]
    pub tokens: TokensIn,
}

/// Another address.
#[derive(Debug, Deserialize, Validate, JsonSchema)]
#[schemars(example = json!({ "email": "ada@new.example.com", "password": "correct horse battery" }))]
#[serde(deny_unknown_fields)]
pub struct EmailChange {
    /// The new e-mail address.
    #[serde(deserialize_with = "validation::email_address")]
    #[validate(custom(function = "validation::email"))]
    #[schemars(transform = patterns::email)]
    pub email: String,
    /// The account's password.
    #[serde(deserialize_with = "validation::password")]
    #[validate(length(min = 1, max = 128))]
    pub password: String,
}

/// The end of an account.
#[derive(Debug, Deserialize, Validate, JsonSchema)]
#[schemars(example = json!({ "password": "correct horse battery" }))]
#[serde(deny_unknown_fields)]
pub struct AccountDeletion {
    /// The account's password.
    #[serde(deserialize_with = "validation::password")]
    #[validate(length(min = 1, max = 128))]
    pub password: String,
}

/// Changes to one's own account. What is absent stays as it is.
#[derive(Debug, Deserialize, Validate, JsonSchema)]
#[schemars(example = json!({ "name": "Ada Lovelace" }), transform = crate::models::field::without_defaults)]
#[serde(deny_unknown_fields)]
pub struct MePatch {
    /// The name, 1 to 100 characters.
    #[serde(default, deserialize_with = "validation::normalised")]
    #[schemars(with = "String")]
    #[validate(length(min = 1, max = 100), custom(function = "validation::one_line"))]
    #[schemars(transform = patterns::one_line)]
    pub name: Option<String>,
}

/// What a request for a mail answers, whether there is anybody to get it or not.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "MailRequested", example = json!({ "requested": true }))]
pub struct MailRequestedView {
    /// If there is something to mail to the address, it will be mailed.
    pub requested: bool,
}
