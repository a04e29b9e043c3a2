//! Session tokens: JSON Web Tokens (RFC 7519), HMAC-SHA-256, the algorithm pinned by the key's type.
//!
//! A token says which session it stands for. What the user may do is not in it: that is read from the database
//! with each request, so that a change holds at once.
//!
//! We read only what we write ourselves, so header and claims must have exactly the members that ours have, each once and
//! of its type. Whatever else the standard allows (algorithms, embedded or linked keys, critical extensions, several
//! audiences) is refused unread.

use std::collections::HashSet;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jwt_simple::algorithms::MACLike as _;
use jwt_simple::claims::{Audiences, JWTClaims};
use jwt_simple::common::VerificationOptions;
use jwt_simple::prelude::Duration as TokenDuration;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::auth::KeySet;
use crate::error::{Error, Result, SignedOut};
use crate::ids::{Id as _, SessionId, UserId};
use crate::time::Timestamp;

const AUDIENCE: &str = "ashlar-api";
const MAX_TOKEN_BYTES: usize = 2048;
const MAX_HEADER_BYTES: usize = 512;

/// How far the clocks of two machines may be apart.
const CLOCK_TOLERANCE_SECONDS: u64 = 5;

/// How long an access token lasts: 15 minutes.
pub const ACCESS_LIFETIME: Duration = Duration::from_mins(15);

/// What a verified token says.
#[derive(Debug, Clone)]
pub struct Claims {
    /// The user.
    pub user_id: UserId,
    /// The session.
    pub session_id: SessionId,
}

#[derive(Serialize, Deserialize)]
struct SessionClaim {
    sid: String,
}

/// The header of a token of ours.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    alg: String,
    typ: String,
    kid: String,
}

/// The claims of a token of ours.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Payload {
    iat: u64,
    exp: u64,
    #[expect(dead_code, reason = "the library looks at it; here it must only be a number, and there once")]
    nbf: Option<u64>,
    iss: String,
    sub: String,
    aud: String,
    sid: String,
}

/// Signs an access token for a session. The issuer is the application's public URL.
///
/// # Errors
/// Only when signing fails, which it does not with a symmetric key.
pub fn sign_session(keys: &KeySet, issuer: &str, claims: &Claims, now: Timestamp) -> Result<String> {
    let now = seconds(now);
    let lifetime = TokenDuration::from_secs(ACCESS_LIFETIME.as_secs());
    let claims = JWTClaims {
        issued_at: Some(now),
        expires_at: Some(now + lifetime),
        invalid_before: Some(now),
        issuer: Some(issuer.to_owned()),
        subject: Some(claims.user_id.to_string()),
        audiences: Some(Audiences::AsString(AUDIENCE.to_owned())),
        jwt_id: None,
        nonce: None,
        custom: SessionClaim { sid: claims.session_id.to_string() },
    };
    keys.signing()?.authenticate(claims).map_err(Error::internal)
}

/// Verifies an access token: known key, right signature, issuer and audience, within its time.
///
/// # Errors
/// [`SignedOut::InvalidSession`] whatever is wrong with it.
pub fn verify_session(keys: &KeySet, issuer: &str, token: &str, now: Timestamp) -> Result<Claims> {
    verify(keys, issuer, token, now).ok_or(Error::SignedOut(SignedOut::InvalidSession))
}

fn verify(keys: &KeySet, issuer: &str, token: &str, now: Timestamp) -> Option<Claims> {
    if token.len() > MAX_TOKEN_BYTES {
        return None;
    }
    let (header, payload) = token.rsplit_once('.')?.0.split_once('.')?;
    let header: Header = read(header)?;
    let key = keys.find(&header.kid).filter(|_| header.alg == "HS256" && header.typ == "JWT")?;
    let options = VerificationOptions {
        allowed_issuers: Some(HashSet::from([issuer.to_owned()])),
        allowed_audiences: Some(HashSet::from([AUDIENCE.to_owned()])),
        time_tolerance: Some(TokenDuration::from_secs(CLOCK_TOLERANCE_SECONDS)),
        max_validity: Some(TokenDuration::from_secs(ACCESS_LIFETIME.as_secs())),
        max_token_length: Some(MAX_TOKEN_BYTES),
        max_header_length: Some(MAX_HEADER_BYTES),
        artificial_time: Some(seconds(now)),
        ..VerificationOptions::default()
    };
    key.verify_token::<SessionClaim>(token, Some(options)).ok()?;
    let Payload { iat, exp, iss, sub, aud, sid, .. } = read(payload)?;
    let in_time = (iat..=iat.saturating_add(ACCESS_LIFETIME.as_secs())).contains(&exp);
    let ours = in_time && iss == issuer && aud == AUDIENCE;
    let claims = || Some(Claims { user_id: UserId::parse(&sub)?, session_id: SessionId::parse(&sid)? });
    ours.then(claims).flatten()
}

/// A part of a token: an object in JSON, in base64url.
fn read<T: DeserializeOwned>(part: &str) -> Option<T> {
    let json = URL_SAFE_NO_PAD.decode(part).ok()?;
    // An array would do for an object otherwise.
    (json.first() == Some(&b'{')).then(|| serde_json::from_slice(&json).ok()).flatten()
}

fn seconds(moment: Timestamp) -> TokenDuration {
    TokenDuration::from_secs(u64::try_from(moment.seconds()).unwrap_or(0))
}
