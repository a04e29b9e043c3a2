//! First link: a token that is genuine and in time, from the cookie or the `Authorization` header.

use http::HeaderMap;
use shared::auth::{self, Claims};
use shared::error::{Error, SignedOut};

use crate::app::Services;
use crate::http::request::header;
use crate::http::{Request, Result, cookies};

/// What the request's token says. Touches no storage.
///
/// # Errors
/// 401 when there is no token, or one that does not verify.
pub async fn verify_token(services: &Services, request: &Request) -> Result<Claims> {
    let token = bearer(request.headers()).or_else(|| cookies::get(request.headers(), cookies::ACCESS));
    let token = token.ok_or(Error::SignedOut(SignedOut::NoSession))?;
    let keys = services.keys().await?;
    let issuer = &services.config().public_url;
    Ok(auth::verify_session(&keys, issuer, token, services.ports().clock.now())?)
}

/// The token of an `Authorization: Bearer` header (RFC 6750); the scheme's case does not matter.
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = header(headers, "authorization")?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}
