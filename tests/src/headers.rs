//! Holds answers to the table of security headers: every answer that any test gets must carry all of them, say what it
//! depends on and who may keep it, and hide nothing from scripts of allowed origins.

use std::collections::BTreeSet;

use edge::middleware::cors::EXPOSED_HEADERS;
use edge::middleware::security_headers::{API_PAGE_POLICY, REMOVED, TABLE};
use reqwest::header::HeaderName;

use crate::Answer;

/// What scripts may read anyway, by the Fetch standard.
const SAFELISTED: [&str; 7] = [
    "cache-control",
    "content-language",
    "content-length",
    "content-type",
    "expires",
    "last-modified",
    "pragma",
];

/// What scripts need not read, beside the security headers and those of CORS itself.
const NOT_FOR_SCRIPTS: [&str; 6] =
    ["connection", "date", "keep-alive", "set-cookie", "transfer-encoding", "vary"];

/// What is wrong with the headers of an answer to a request with this `Origin`.
pub fn check(method: &str, target: &str, origin: Option<&str>, answer: &Answer) -> Option<String> {
    let path = target.split('?').next().unwrap_or_default();
    let mut problems = security(path, answer);
    problems.extend(depends(method, path, answer));
    problems.extend(caching(answer));
    problems.extend(sharing(origin, answer));
    (!problems.is_empty()).then(|| format!("headers of {}: {}", answer.status, problems.join("; ")))
}

/// Fails unless the header is there once with this value.
fn expect(answer: &Answer, name: &str, value: &str) -> Option<String> {
    let found: Vec<_> = answer.headers.get_all(name).iter().collect();
    (found != [value]).then(|| format!("{name} is {found:?} and not {value:?}"))
}

fn security(path: &str, answer: &Answer) -> Vec<String> {
    let page = path == "/docs" && answer.status < 400 && answer.status != 204;
    let value = |name: &str, value| {
        if page && name == "content-security-policy" { API_PAGE_POLICY } else { value }
    };
    let mut problems: Vec<_> = TABLE
        .iter()
        .filter_map(|header| expect(answer, header.name, value(header.name, header.value)))
        .collect();
    if answer.headers.get_all("x-request-id").iter().count() != 1 {
        problems.push("not one x-request-id".to_owned());
    }
    if answer.headers.contains_key(REMOVED) || answer.header("server").is_some() {
        problems.push("says what it runs on".to_owned());
    }
    problems
}

/// The names in `Vary`, sorted, each as often as it is there.
fn depends(method: &str, path: &str, answer: &Answer) -> Option<String> {
    let json = answer.header("content-type") == Some("application/json") && path != "/openapi.json";
    // A file comes in one of several formats.
    let file = answer.header("content-disposition").is_some();
    let expected: &[_] = if method == "OPTIONS" && answer.status == 204 {
        &["access-control-request-headers", "access-control-request-method", "origin"]
    } else if answer.status >= 400 || answer.status == 304 || json || file {
        &["accept", "origin"]
    } else {
        &["origin"]
    };
    let lines = answer.headers.get_all("vary").iter().map(|line| line.to_str().expect("text"));
    let mut found: Vec<_> =
        lines.flat_map(|line| line.split(',')).map(|name| name.trim().to_ascii_lowercase()).collect();
    found.sort();
    (found != expected).then(|| format!("vary is {found:?} and not {expected:?}"))
}

fn caching(answer: &Answer) -> Option<String> {
    let personal = answer.status >= 400 || answer.status == 204 || answer.headers.contains_key("set-cookie");
    match answer.header("cache-control") {
        None => Some("no cache-control".to_owned()),
        Some(_) if personal => expect(answer, "cache-control", "no-store"),
        Some(value) => expect(answer, "cache-control", value),
    }
}

fn sharing(origin: Option<&str>, answer: &Answer) -> Vec<String> {
    let allowed = answer.header("access-control-allow-origin");
    let mut problems = Vec::new();
    if allowed.is_some() && allowed != origin {
        problems.push(format!("may be read by {allowed:?}"));
    }
    let credentials = answer.header("access-control-allow-credentials");
    if credentials != allowed.map(|_| "true") {
        problems.push(format!("credentials are {credentials:?}"));
    }
    let secret = |name: &&str| {
        !SAFELISTED.contains(name)
            && !NOT_FOR_SCRIPTS.contains(name)
            && !name.starts_with("access-control-")
            && TABLE.iter().all(|header| header.name != *name)
            && EXPOSED_HEADERS.split(", ").all(|exposed| exposed != *name)
    };
    let hidden: BTreeSet<_> = answer.headers.keys().map(HeaderName::as_str).filter(secret).collect();
    problems.extend((!hidden.is_empty()).then(|| format!("scripts cannot read {hidden:?}")));
    problems
}
