//! What is answered while no application can be built, or outside of it: no header is missing.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::rc::Rc;

use edge::app::{emergency, misconfigured, refuse};
use edge::http::Response;
use edge::middleware::security_headers::TABLE;
use http::{HeaderMap, HeaderValue, Method};
use native::{Instance, SystemClock};
use shared::config::Config;
use tokio::task::LocalSet;

fn request() -> HeaderMap {
    let headers = [("x-request-id", "probe-2026_07.30"), ("origin", "https://app.example.com")];
    headers
        .map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value)))
        .into_iter()
        .collect()
}

fn assert_every_header(answer: &Response, status: u16) {
    assert_eq!(answer.status(), status);
    let more = [
        ("cache-control", "no-store"),
        ("content-type", "application/json"),
        ("vary", "accept, origin"),
        ("x-request-id", "probe-2026_07.30"),
    ];
    for (name, value) in TABLE.iter().map(|header| (header.name, header.value)).chain(more) {
        assert_eq!(answer.headers().get_all(name).iter().collect::<Vec<_>>(), [value], "{name}");
    }
    let allowed = answer.headers().keys().find(|name| name.as_str().starts_with("access-control-"));
    assert_eq!(allowed, None, "nobody knows which origins are allowed");
}

#[test]
fn a_service_without_usable_settings_sends_every_header() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    LocalSet::new().block_on(&runtime, async {
        let ports = Instance::in_memory(Rc::new(SystemClock)).await.unwrap().ports;
        let failure = misconfigured(&Config::from_settings(|_| None).unwrap_err());
        assert_every_header(&refuse(failure, &Method::GET, &request(), &ports), 503);
    });
}

#[test]
fn an_emergency_sends_every_header() {
    assert_every_header(&emergency(&request()), 500);
}
