//! Hands a writer the generation that its write made, as a header and as a cookie.

use std::time::Duration;

use http::HeaderName;
use shared::cache::Seen;

use crate::app::Services;
use crate::http::extract::SEEN_HEADER;
use crate::http::{Result, WithHeaders, cookies};

/// How long a client presents what it has seen: longer than any cache serves something older.
const SEEN_LIFETIME: Duration = Duration::from_mins(1);

/// Adds what the writer has seen to the answer.
///
/// # Errors
/// When there are no signing keys.
pub async fn hand_over<R: WithHeaders>(services: &Services, reply: R, seen: Seen) -> Result<R> {
    let token = seen.to_token(&*services.keys().await?);
    let cookie = cookies::set(&cookies::seen(seen.resource), &token, SEEN_LIFETIME);
    Ok(reply.header(HeaderName::from_static(SEEN_HEADER), &token).cookie(&cookie))
}
