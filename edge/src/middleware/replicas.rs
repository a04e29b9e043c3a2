//! Says for each request which copies of the database may answer it, where reads may go to copies at all.
//!
//! Copies lag. A session that was ended or a role that was taken away must hold from the next request on, so that whoever
//! shows a token is answered by the primary, and so is every write. A write hands its client a bookmark of the state that
//! it made; reads that present it are never behind it. Who shows what a write has handed them, and no bookmark, is answered
//! by the primary, too.

use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use shared::auth::bookmark;
use shared::ports::Anchor;

use crate::app::Services;
use crate::http::request::header as one;
use crate::http::{Response, Result, cookies, seen};
use crate::middleware::verify_token;

/// The header that carries the bookmark for clients without a cookie jar, in both directions.
pub const HEADER: &str = "ashlar-bookmark";

/// The same for those that have one.
const COOKIE: &str = "__Host-ashlar_bookmark";

/// How long a client presents it: copies are seconds behind, not minutes.
const LIFETIME: Duration = Duration::from_mins(1);

/// Says what may answer this request.
///
/// # Errors
/// When there are no signing keys.
pub async fn anchor(services: &Services, method: &Method, headers: &HeaderMap) -> Result<()> {
    let anchor = if !method.is_safe() || verify_token::is_shown(headers) {
        Anchor::Primary
    } else {
        match one(headers, HEADER).or_else(|| cookies::get(headers, COOKIE)) {
            // A writer's, which has lost its bookmark.
            None if seen::is_shown(headers) => Anchor::Primary,
            None => Anchor::Nearest,
            // What we have not made is worth nothing: the primary is never wrong.
            Some(text) => {
                bookmark::open(&*services.keys().await?, text).map_or(Anchor::Primary, Anchor::AtLeast)
            }
        }
    };
    services.ports().database.anchor(anchor);
    Ok(())
}

/// Hands the bookmark of a write to its client.
///
/// # Errors
/// When there are no signing keys.
pub async fn hand_over(services: &Services, response: &mut Response) -> Result<()> {
    let Some(seen) = services.ports().database.bookmark() else { return Ok(()) };
    let text = bookmark::seal(&*services.keys().await?, &seen);
    let cookie = cookies::set(COOKIE, &text, LIFETIME);
    let headers = response.headers_mut();
    if let (Ok(text), Ok(cookie)) = (HeaderValue::from_str(&text), HeaderValue::from_str(&cookie)) {
        headers.insert(HeaderName::from_static(HEADER), text);
        headers.append(header::SET_COOKIE, cookie);
    }
    Ok(())
}
