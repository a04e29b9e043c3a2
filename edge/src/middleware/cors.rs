//! Cross-origin resource sharing (Fetch standard): credentials for named origins only, never for any.

use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use shared::config::Config;

use crate::http::request::header as one;
use crate::http::{Response, accept};
use crate::middleware::origin_check::is_listed;

/// Seconds for which a browser need not ask again: two hours, the most that Chromium takes. Firefox takes a day, Safari
/// cuts it to ten minutes.
pub const MAX_AGE: &str = "7200";

/// What requests may carry beside the headers that need no permission, such as `accept`.
pub const ALLOWED_HEADERS: &str = "authorization, content-type, if-match, if-none-match, idempotency-key, \
                                   x-request-id, traceparent, tracestate, ashlar-bookmark, \
                                   ashlar-seen";

/// What scripts may read beside the headers that need no permission, such as `cache-control`.
pub const EXPOSED_HEADERS: &str = "allow, ashlar-bookmark, ashlar-seen, cache-status, content-disposition, etag, \
                                   idempotency-replayed, link, location, ratelimit, ratelimit-policy, retry-after, \
                                   server-timing, www-authenticate, x-request-id";

/// What any answer depends on: the origin that it lets read.
pub const VARY: &str = "origin";

/// What an answer depends on that is negotiated, or that would be a failure in another form.
pub const VARY_NEGOTIATED: &str = "accept, origin";

/// What the answer to OPTIONS depends on.
pub const VARY_OPTIONS: &str = "origin, access-control-request-method, access-control-request-headers";

/// The answer to a preflight request, or to OPTIONS in general: what the resource allows.
pub fn options(config: &Config, headers: &HeaderMap, allow: &str) -> Response {
    let mut response = Response::default();
    *response.status_mut() = StatusCode::NO_CONTENT;
    let allow = HeaderValue::from_str(allow).ok();
    let answer = response.headers_mut();
    answer.insert(header::VARY, const { HeaderValue::from_static(VARY_OPTIONS) });
    if is_preflight(&Method::OPTIONS, headers) && origin(config, headers).is_some() {
        let allowed = const { HeaderValue::from_static(ALLOWED_HEADERS) };
        answer.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, allowed);
        answer.insert(header::ACCESS_CONTROL_MAX_AGE, const { HeaderValue::from_static(MAX_AGE) });
        if let Some(allow) = allow.clone() {
            answer.insert(header::ACCESS_CONTROL_ALLOW_METHODS, allow);
        }
    }
    if let Some(allow) = allow {
        answer.insert(header::ALLOW, allow);
    }
    response
}

/// Lets an allowed origin read the response, and keeps caches from mixing up origins.
pub fn add(config: &Config, method: &Method, request: &HeaderMap, response: &mut HeaderMap) {
    vary(response);
    if let Some(origin) = origin(config, request) {
        response.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        let credentials = const { HeaderValue::from_static("true") };
        response.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, credentials);
        if !is_preflight(method, request) {
            let exposed = const { HeaderValue::from_static(EXPOSED_HEADERS) };
            response.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
        }
    }
}

/// Adds the origin to what the answer depends on, in one line where the other names are ours.
pub fn vary(response: &mut HeaderMap) {
    let known = response.get(header::VARY);
    if known == Some(&accept::VARY) {
        response.insert(header::VARY, const { HeaderValue::from_static(VARY_NEGOTIATED) });
    } else if known.is_none_or(|known| known != VARY_OPTIONS) {
        response.append(header::VARY, const { HeaderValue::from_static(VARY) });
    }
}

fn is_preflight(method: &Method, headers: &HeaderMap) -> bool {
    *method == Method::OPTIONS && headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

fn origin<'a>(config: &Config, headers: &'a HeaderMap) -> Option<&'a HeaderValue> {
    let listed = is_listed(config, one(headers, "origin")?);
    headers.get(header::ORIGIN).filter(|_| listed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::extract::SEEN_HEADER;
    use crate::middleware::{request_id, trace_context};

    #[test]
    fn what_an_answer_depends_on_is_said_once() {
        let with = |known: Option<&'static str>| {
            let known = known.map(|known| (header::VARY, HeaderValue::from_static(known)));
            let mut headers: HeaderMap = known.into_iter().collect();
            vary(&mut headers);
            let lines: Vec<_> =
                headers.get_all(header::VARY).iter().map(|line| line.to_str().unwrap()).collect();
            lines.join(" + ")
        };
        assert_eq!(with(None), "origin");
        assert_eq!(with(Some("accept")), "accept, origin");
        assert_eq!(with(Some(VARY_OPTIONS)), VARY_OPTIONS);
        assert_eq!(with(Some("cookie")), "cookie + origin");
    }

    #[test]
    fn headers_of_ours_may_be_sent_and_read() {
        let has = |list: &str, name: &str| list.split(", ").any(|known| known == name);
        for name in [SEEN_HEADER, request_id::HEADER] {
            assert!(has(ALLOWED_HEADERS, name) && has(EXPOSED_HEADERS, name), "{name}");
        }
        assert!(has(ALLOWED_HEADERS, trace_context::HEADER));
    }
}
