//! Cookies (RFC 6265bis): reading a request's, writing a response's.

use std::time::Duration;

use http::{HeaderMap, header};

/// The access token. `__Host-` ties a cookie to this host, this path and HTTPS; browsers treat localhost as such.
pub const ACCESS: &str = "__Host-ashlar_access";

/// The name of the cookie with the generation of a resource that this client's last write made.
pub fn seen(resource: &str) -> String {
    format!("__Host-ashlar_seen_{resource}")
}

/// The value of a cookie; `None` when it is missing or given twice with different values, which no browser of a
/// single jar does.
pub fn get<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut found = None;
    for value in headers.get_all(header::COOKIE) {
        for pair in value.as_bytes().split(|byte| *byte == b';') {
            // Another cookie of this site may hold any bytes.
            let Some((key, value)) = std::str::from_utf8(pair).ok().and_then(|pair| pair.split_once('='))
            else {
                continue;
            };
            if key.trim() != name {
                continue;
            }
            if found.is_some_and(|found| found != value.trim()) {
                return None;
            }
            found = Some(value.trim());
        }
    }
    found
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
    fn a_cookie_is_found_among_others_and_contradictions_are_none() {
        let read = |text: &[u8]| {
            let headers = HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_bytes(text).unwrap())]);
            get(&headers, "a").map(str::to_owned)
        };
        assert_eq!(read(b"b=1; a=2;c=3"), Some("2".to_owned()));
        assert_eq!(read(b"aa=1; b=a=2"), None);
        assert_eq!(read(b"a=1; a=2"), None);
        assert_eq!(read(b"x=\xfc; a=2"), Some("2".to_owned()));
    }
}
