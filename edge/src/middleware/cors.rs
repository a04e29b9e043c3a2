//! Cross-origin resource sharing (Fetch standard): credentials for named origins only, never for any.

use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use shared::config::Config;

use crate::http::Response;
use crate::http::extract::SEEN_HEADER;
use crate::http::request::header as one;
use crate::middleware::origin_check::is_listed;

const MAX_AGE: HeaderValue = HeaderValue::from_static("7200");
const ALLOWED_HEADERS: HeaderValue = HeaderValue::from_static(
    "authorization, content-type, if-match, if-none-match, idempotency-key, x-request-id, ashlar-seen",
);
const EXPOSED_HEADERS: HeaderValue = HeaderValue::from_static(
    "etag, location, ratelimit, ratelimit-policy, retry-after, x-request-id, ashlar-seen",
);

/// The answer to a preflight request, or to OPTIONS in general: what the resource allows.
pub fn options(config: &Config, headers: &HeaderMap, allow: &str) -> Response {
    let mut response = Response::default();
    *response.status_mut() = StatusCode::NO_CONTENT;
    let allow = HeaderValue::from_str(allow).ok();
    if is_preflight(&Method::OPTIONS, headers) && origin(config, headers).is_some() {
        let headers = response.headers_mut();
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, ALLOWED_HEADERS);
        headers.insert(header::ACCESS_CONTROL_MAX_AGE, MAX_AGE);
        if let Some(allow) = allow.clone() {
            headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, allow);
        }
    }
    if let Some(allow) = allow {
        response.headers_mut().insert(header::ALLOW, allow);
    }
    response
}

/// Lets an allowed origin read the response, and keeps caches from mixing up origins.
pub fn add(config: &Config, request: &HeaderMap, response: &mut HeaderMap) {
    debug_assert_eq!(EXPOSED_HEADERS.to_str().map(|names| names.contains(SEEN_HEADER)).ok(), Some(true));
    response.append(header::VARY, HeaderValue::from_static("origin"));
    if let Some(origin) = origin(config, request) {
        response.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        response.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        response.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED_HEADERS);
    }
}

fn is_preflight(method: &Method, headers: &HeaderMap) -> bool {
    *method == Method::OPTIONS && headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

fn origin<'a>(config: &Config, headers: &'a HeaderMap) -> Option<&'a HeaderValue> {
    let text = one(headers, "origin")?.to_ascii_lowercase();
    headers.get(header::ORIGIN).filter(|_| is_listed(config, &text))
}
