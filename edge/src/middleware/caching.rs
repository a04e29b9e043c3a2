//! Who may keep an answer (RFC 9111): nobody, unless a handler says otherwise; and nobody at all what is personal.

use http::{HeaderMap, HeaderValue, header};

/// Nobody keeps it.
pub const NO_STORE: &str = "no-store";

/// The caller's own cache keeps it and asks before each use whether it still holds.
pub const ASK_AGAIN: &str = "private, no-cache";

/// Any cache keeps it and asks before each use.
pub const REVALIDATE: &str = "no-cache";

/// Any cache uses it for a minute.
pub const A_MINUTE: &str = "public, max-age=60";

/// It never changes under its name.
pub const FOR_EVER: &str = "public, max-age=31536000, immutable";

/// Which answers have which value, for people: value, answers, why.
pub const TABLE: &[(&str, &str, &str)] = &[
    (
        NO_STORE,
        "every answer behind a guard, every answer that sets a cookie, every failure, OPTIONS and preflights, and whatever \
         says nothing else",
        "Personal, secret or of the moment. Nothing that a handler says opens the first two",
    ),
    (
        ASK_AGAIN,
        "entities and lists that anybody may read, as `GET /api/v1/products` and `GET /api/v1/products/{id}`",
        "They are the same for everybody, but must never be older than we promise. A browser keeps one with its `ETag`, asks \
         with `If-None-Match`, and gets a 304 ([CACHING.md](CACHING.md))",
    ),
    (REVALIDATE, "`/docs`, its own script and style", "Small, and change with a deployment"),
    (A_MINUTE, "`/openapi.json`", "Changes with a deployment"),
    (FOR_EVER, "the viewer's files below `/docs`", "Their names carry their version"),
];

/// Has nobody keep what is for one caller alone.
pub fn forbid(headers: &mut HeaderMap) {
    headers.insert(header::CACHE_CONTROL, const { HeaderValue::from_static(NO_STORE) });
}

/// Has nobody keep what carries a cookie, nor what nothing was said about.
pub fn add(headers: &mut HeaderMap) {
    if headers.contains_key(header::SET_COOKIE) || !headers.contains_key(header::CACHE_CONTROL) {
        forbid(headers);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settled(pairs: &[(header::HeaderName, &'static str)]) -> String {
        let pairs = pairs.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value)));
        let mut headers: HeaderMap = pairs.collect();
        add(&mut headers);
        let values: Vec<_> = headers.get_all(header::CACHE_CONTROL).iter().collect();
        assert_eq!(values.len(), 1, "{values:?}");
        values[0].to_str().unwrap().to_owned()
    }

    #[test]
    fn a_cookie_is_kept_by_nobody_whatever_the_handler_says() {
        assert_eq!(settled(&[]), NO_STORE);
        assert_eq!(settled(&[(header::CACHE_CONTROL, FOR_EVER)]), FOR_EVER);
        assert_eq!(settled(&[(header::CACHE_CONTROL, FOR_EVER), (header::SET_COOKIE, "a=b")]), NO_STORE);
    }
}
