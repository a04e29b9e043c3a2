//! Hands a writer the generation that its write made, as a header and as a cookie.

use std::time::Duration;

use http::{HeaderMap, HeaderName};
use shared::cache::Seen;

use crate::app::Services;
use crate::http::extract::SEEN_HEADER;
use crate::http::{Result, WithHeaders, cookies};

/// How long a client presents what it has seen: longer than any cache serves something older.
const SEEN_LIFETIME: Duration = Duration::from_mins(1);

/// Whether the request shows what a writer has seen, of whatever resource, genuine or not.
pub fn is_shown(headers: &HeaderMap) -> bool {
    headers.contains_key(SEEN_HEADER) || cookies::has_like(headers, &cookies::seen(""))
}

/// Adds what the writer has seen to the answer.
///
/// # Errors
/// When there are no signing keys.
pub async fn hand_over<R: WithHeaders>(services: &Services, reply: R, seen: Seen) -> Result<R> {
    let token = seen.to_token(&*services.keys().await?);
    let cookie = cookies::set(&cookies::seen(seen.resource), &token, SEEN_LIFETIME);
    Ok(reply.header(HeaderName::from_static(SEEN_HEADER), &token).cookie(&cookie))
}
