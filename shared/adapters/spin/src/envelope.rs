//! The few answers that an entry gives by itself, in the envelope of the public contract.

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderName, HeaderValue, StatusCode};
use serde_json::{Value, json};
use shared::ids::new_uuid;
use shared::ports::Ports;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// A failure with its code and a sentence for people, under a request id of its own.
pub fn refusal(ports: &Ports, status: StatusCode, code: &str, sentence: &str) -> http::Response<Bytes> {
    let id = new_uuid(&*ports.clock, &*ports.entropy).unwrap_or_default();
    let mut response = json(
        status,
        &json!({ "success": false, "error": sentence, "code": code, "details": [], "request_id": id }),
    );
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}

/// A JSON answer that nobody may keep.
pub fn json(status: StatusCode, body: &Value) -> http::Response<Bytes> {
    let mut response = http::Response::new(Bytes::from(body.to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
