//! First link: what the request shows, if it is well-formed: a genuine access token from the cookie or the
//! `Authorization` header, or an API key from the header.

use http::HeaderMap;
use shared::auth::{self, ApiKey, Presented};
use shared::error::{Error, SignedOut};

use crate::app::Services;
use crate::http::request::header;
use crate::http::{Request, Result, cookies};

/// Whether the request shows anything at all.
pub fn is_presented(request: &Request) -> bool {
    is_shown(request.headers())
}

/// The same by the headers alone.
pub fn is_shown(headers: &HeaderMap) -> bool {
    token(headers).is_some()
}

/// What the request shows. Touches no storage: a mistyped API key is told by its checksum.
///
/// # Errors
/// 401 when there is nothing, a token that does not verify, or no API key in spite of its beginning.
pub async fn verify_token(services: &Services, request: &Request) -> Result<Presented> {
    match token(request.headers()).ok_or(Error::SignedOut(SignedOut::NoSession))? {
        Token::ApiKey(text) => {
            let key = ApiKey::parse(text).ok_or(Error::SignedOut(SignedOut::InvalidApiKey))?;
            Ok(Presented::ApiKey(key.hash()))
        }
        Token::Session(text) => {
            let (keys, issuer) = (services.keys().await?, &services.config().public_url);
            let claims = auth::verify_session(&keys, issuer, text, services.ports().clock.now())?;
            Ok(Presented::Session(claims))
        }
    }
}

/// The token of an `Authorization: Bearer` header (RFC 6750); the scheme's case does not matter.
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = header(headers, "authorization")?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

enum Token<'a> {
    Session(&'a str),
    ApiKey(&'a str),
}

/// The header comes before the cookie. An API key counts in the header only: in a cookie, browsers would send it by
/// themselves, and the check of origins leaves out who shows one.
fn token(headers: &HeaderMap) -> Option<Token<'_>> {
    match bearer(headers) {
        Some(text) if ApiKey::is_meant_by(text) => Some(Token::ApiKey(text)),
        Some(text) => Some(Token::Session(text)),
        None => cookies::get(headers, cookies::ACCESS).map(Token::Session),
    }
}
