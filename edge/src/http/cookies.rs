//! Cookies (RFC 6265bis): reading a request's, writing a response's.

use std::time::Duration;

use http::{HeaderMap, header};
use shared::auth::device;
use shared::models::session::TokensIn;
use shared::services::sessions::Issued;

use crate::http::WithHeaders;

/// The access token. `__Host-` ties a cookie to this host, this path and HTTPS; browsers treat localhost as such.
pub const ACCESS: &str = "__Host-ashlar_access";

/// The refresh token.
pub const REFRESH: &str = "__Host-ashlar_refresh";

/// What a device is known by that has logged in before.
pub const DEVICE: &str = "__Host-ashlar_device";

/// Hands out the tokens of a session, where they are wanted in cookies.
pub fn hand_out<R: WithHeaders>(reply: R, issued: &Issued) -> R {
    match issued.tokens_in {
        TokensIn::Body => reply,
        TokensIn::Cookie => reply
            .cookie(&set(ACCESS, &issued.access_token, issued.access_lifetime))
            .cookie(&set(REFRESH, &issued.refresh_token, issued.refresh_lifetime)),
    }
}

/// Has the device known from now on, where the client keeps cookies.
pub fn remember<R: WithHeaders>(reply: R, device: &str, tokens_in: TokensIn) -> R {
    match tokens_in {
        TokensIn::Body => reply,
        TokensIn::Cookie => reply.cookie(&set(DEVICE, device, device::LIFETIME)),
    }
}

/// Removes the tokens of a session. The device stays known.
pub fn take_back<R: WithHeaders>(reply: R) -> R {
    reply.cookie(&remove(ACCESS)).cookie(&remove(REFRESH))
}

/// The name of the cookie with the generation of a resource that this client's last write made.
pub fn seen(resource: &str) -> String {
    format!("__Host-ashlar_seen_{resource}")
}

/// The value of a cookie; `None` when it is missing. One that is no text, or that is given twice with different values,
/// which no browser of a single jar does, counts as empty: nothing takes that for genuine.
pub fn get<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut found = None;
    for cookies in headers.get_all(header::COOKIE) {
        for pair in cookies.as_bytes().split(|byte| *byte == b';') {
            let Some(value) = value_of(pair, name) else { continue };
            if found.is_some_and(|found| found != value) {
                return Some("");
            }
            found = Some(value);
        }
    }
    found
}

/// Whether there is a cookie whose name begins like this.
pub fn has_like(headers: &HeaderMap, prefix: &str) -> bool {
    let mut pairs = headers
        .get_all(header::COOKIE)
        .iter()
        .flat_map(|cookies| cookies.as_bytes().split(|byte| *byte == b';'));
    pairs.any(|pair| pair.trim_ascii().starts_with(prefix.as_bytes()))
}

/// The value of a pair with this name. Another cookie of this site may hold any bytes.
fn value_of<'a>(pair: &'a [u8], name: &str) -> Option<&'a str> {
    let value = pair.trim_ascii().strip_prefix(name.as_bytes())?.trim_ascii_start().strip_prefix(b"=")?;
    Some(std::str::from_utf8(value.trim_ascii()).unwrap_or_default())
}

/// A `Set-Cookie` value: HttpOnly, Secure, SameSite=Lax, for the whole host.
pub fn set(name: &str, value: &str, lifetime: Duration) -> String {
    format!("{name}={value}; Max-Age={}; Path=/; Secure; HttpOnly; SameSite=Lax", lifetime.as_secs())
}

/// A `Set-Cookie` value that removes the cookie.
pub fn remove(name: &str) -> String {
    set(name, "", Duration::ZERO)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn a_cookie_is_found_among_others_and_contradictions_are_empty() {
        let read = |text: &[u8]| {
            let headers = HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_bytes(text).unwrap())]);
            get(&headers, "a").map(str::to_owned)
        };
        assert_eq!(read(b"b=1; a=2;c=3"), Some("2".to_owned()));
        assert_eq!(read(b"aa=1; b=a=2"), None);
        assert_eq!(read(b"a; a b=1; A=1"), None);
        assert_eq!(read(b" a = 1 ; a=1"), Some("1".to_owned()));
        assert_eq!(read(b"a=1; a=2"), Some(String::new()));
        assert_eq!(read(b"a=\xfc"), Some(String::new()));
        assert_eq!(read(b"x=\xfc; a=2"), Some("2".to_owned()));
        let has = |text: &[u8], prefix: &str| {
            let headers = HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_bytes(text).unwrap())]);
            has_like(&headers, prefix)
        };
        assert!(has(b"b=\xfc; ab_c=1", "ab_"));
        assert!(!has(b"xab_c=1; b=ab_; AB_c=1", "ab_"));
    }
}
