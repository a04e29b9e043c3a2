//! Security headers: everything that Helmet 8 sends by default, with its value or a stricter one. They are on every
//! answer, whatever kind it is.
//!
//! docs/SECURITY-HEADERS.md is made from this table, and a test holds its Helmet column against Helmet itself.

use http::{HeaderMap, HeaderName, HeaderValue};

/// The version of Helmet that the table speaks of.
pub const HELMET: &str = "8.3.0";

/// What Helmet takes off answers. Nothing here ever sends it.
pub const REMOVED: &str = "x-powered-by";

/// The policy of everything but the API page: nothing of it is a document, and if a browser took it for one, it could
/// load nothing, send nothing and be framed by nobody.
pub const POLICY: &str = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/// The policy of the API page, which runs scripts and styles from here and talks to this API. The viewer's stylesheet
/// holds its icons as `data:`.
pub const API_PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
                                   connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/// A header with what people read about it.
#[derive(Debug)]
pub struct SecurityHeader {
    /// The name.
    pub name: &'static str,
    /// What Helmet sends; `None` when it leaves the header out.
    pub helmet: Option<&'static str>,
    /// What we send.
    pub value: &'static str,
    /// What it is for, and why it differs where it does.
    pub why: &'static str,
}

macro_rules! headers {
    ($($name:literal { helmet: $helmet:expr, value: $value:expr, why: $why:literal })+) => {
        /// The table.
        pub const TABLE: &[SecurityHeader] =
            &[$(SecurityHeader { name: $name, helmet: $helmet, value: $value, why: $why }),+];

        /// The same, ready to be sent. What only people read is not in the Wasm.
        static HEADERS: [(HeaderName, HeaderValue); TABLE.len()] =
            [$((HeaderName::from_static($name), HeaderValue::from_static($value))),+];
    };
}

headers! {
    "content-security-policy" {
        helmet: Some("default-src 'self';base-uri 'self';font-src 'self' https: data:;form-action 'self';\
                      frame-ancestors 'self';img-src 'self' data:;object-src 'none';script-src 'self';\
                      script-src-attr 'none';style-src 'self' https: 'unsafe-inline';upgrade-insecure-requests"),
        value: POLICY,
        why: "Helmet's is for pages. Our answers are data and may load nothing; the API page has a policy of its own, see below"
    }
    "cross-origin-opener-policy" {
        helmet: Some("same-origin"),
        value: "same-origin",
        why: "A page that opens the API page in a window gets no handle to it"
    }
    "cross-origin-resource-policy" {
        helmet: Some("same-origin"),
        value: "same-origin",
        why: "Other sites cannot embed an answer as an image, a script or a style. It does not concern `fetch` in CORS mode, so \
              applications on allowed origins read answers all the same. A route whose answers other sites shall embed, such as \
              images, sets `cross-origin` or `same-site` itself"
    }
    "origin-agent-cluster" {
        helmet: Some("?1"),
        value: "?1",
        why: "The API page shares no process memory with other origins of its site"
    }
    "permissions-policy" {
        helmet: None,
        value: "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        why: "Helmet leaves it to the application. The API page needs none of these"
    }
    "referrer-policy" {
        helmet: Some("no-referrer"),
        value: "no-referrer",
        why: "Addresses with ids and queries are told to nobody"
    }
    "strict-transport-security" {
        helmet: Some("max-age=31536000; includeSubDomains"),
        value: "max-age=31536000; includeSubDomains",
        why: "HTTPS only for a year. Browsers ignore it over HTTP, so that development is not concerned"
    }
    "x-content-type-options" {
        helmet: Some("nosniff"),
        value: "nosniff",
        why: "An answer is what its media type says, never guessed"
    }
    "x-dns-prefetch-control" {
        helmet: Some("off"),
        value: "off",
        why: "Names in answers are not looked up ahead"
    }
    "x-download-options" {
        helmet: Some("noopen"),
        value: "noopen",
        why: "Old Internet Explorers do not open downloads in our origin"
    }
    "x-frame-options" {
        helmet: Some("SAMEORIGIN"),
        value: "DENY",
        why: "Stricter: not even we frame our answers. For browsers that do not know `frame-ancestors`"
    }
    "x-permitted-cross-domain-policies" {
        helmet: Some("none"),
        value: "none",
        why: "No policy file here speaks for Adobe's plug-ins"
    }
    "x-robots-tag" {
        helmet: None,
        value: "noindex",
        why: "Not Helmet's: an API is no search result"
    }
    "x-xss-protection" {
        helmet: Some("0"),
        value: "0",
        why: "Off: the filter of old browsers opened holes of its own"
    }
}

/// Adds the headers; one that a handler has set stays.
pub fn add(headers: &mut HeaderMap) {
    // With what CORS and the rest add, so that the map grows once.
    headers.reserve(HEADERS.len() + 8);
    for (name, value) in &HEADERS {
        headers.entry(name).or_insert_with(|| value.clone());
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// Directives that do not fall back to `default-src`.
    const OF_THEIR_OWN: [&str; 3] = ["base-uri", "form-action", "frame-ancestors"];

    fn directives(policy: &str) -> BTreeMap<&str, Vec<&str>> {
        let directives = policy.split(';').map(|directive| {
            let mut words = directive.split_ascii_whitespace();
            (words.next().unwrap(), words.collect())
        });
        directives.collect()
    }

    /// What a directive allows by a policy; `None` for everything.
    fn allowed<'a>(policy: &BTreeMap<&str, Vec<&'a str>>, directive: &str) -> Option<Vec<&'a str>> {
        let falls_back = !OF_THEIR_OWN.contains(&directive);
        // `script-src-attr` falls back to `script-src` first.
        let parent = directive.strip_suffix("-attr").unwrap_or(directive);
        let found = policy.get(directive).or_else(|| policy.get(parent).filter(|_| falls_back));
        found.or_else(|| policy.get("default-src").filter(|_| falls_back)).cloned()
    }

    /// Inline handlers run by `'unsafe-inline'` or a hash only, so that `'self'` allows none.
    fn effective<'a>(directive: &str, sources: Vec<&'a str>) -> Vec<&'a str> {
        let nothing =
            |source: &&str| *source == "'none'" || (directive.ends_with("-attr") && *source == "'self'");
        sources.into_iter().filter(|source| !nothing(source)).collect()
    }

    #[test]
    fn our_policies_allow_nothing_that_helmets_does_not() {
        let helmet = TABLE.iter().find(|header| header.name == "content-security-policy").unwrap();
        let helmet = directives(helmet.helmet.unwrap());
        assert_eq!(helmet.len(), 11);
        for policy in [POLICY, API_PAGE_POLICY] {
            let ours = directives(policy);
            // It turns http into https, which 'self' does not let out of an https page anyway.
            let known = ours.keys().chain(helmet.keys()).filter(|name| **name != "upgrade-insecure-requests");
            for directive in known {
                let sources = |policy| allowed(policy, directive).map(|found| effective(directive, found));
                let (ours, theirs) = (sources(&ours), sources(&helmet));
                let ours = ours.unwrap_or_else(|| panic!("{directive} allows everything: {policy}"));
                let theirs = theirs.unwrap_or_default();
                assert!(ours.iter().all(|source| theirs.contains(source)), "{directive}: {policy}");
            }
        }
    }

    #[test]
    fn a_header_that_a_handler_has_set_stays() {
        let name = "cross-origin-resource-policy";
        let mut headers =
            HeaderMap::from_iter([(HeaderName::from_static(name), HeaderValue::from_static("cross-origin"))]);
        add(&mut headers);
        assert_eq!(headers.len(), TABLE.len());
        assert_eq!(headers.get_all(name).iter().collect::<Vec<_>>(), ["cross-origin"]);
    }
}
