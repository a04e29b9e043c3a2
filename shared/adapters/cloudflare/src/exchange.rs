//! The runtime's requests and responses as those of the `http` crate, and back.

use std::borrow::Cow;

use bytes::Bytes;
use futures::{Stream, TryStreamExt as _};
use http::header::{HeaderMap, HeaderName, HeaderValue};
use http::request::Parts;
use js_sys::{Array, Uint8Array};
use serde::Serialize;
use wasm_bindgen::{JsCast as _, JsValue};
use worker::web_sys;

use crate::binding::{explain, json};
use crate::clock::SystemClock;
use crate::entropy::WebCrypto;

/// Method, origin-form URI (path and query; the `host` header is the client's) and headers of a request.
///
/// # Errors
/// When the URL is nothing that `http` can hold.
pub fn parts(request: &web_sys::Request) -> anyhow::Result<Parts> {
    let url = request.url();
    let mut builder = http::Request::builder().method(request.method().as_str()).uri(path_and_query(&url));
    if let Some(map) = builder.headers_mut() {
        read_headers(&request.headers(), map)?;
    }
    let (parts, ()) = builder.body(())?.into_parts();
    Ok(parts)
}

/// The response for the runtime, its body handed over in one piece.
///
/// # Errors
/// When the runtime refuses a header.
pub fn response(response: &http::Response<Bytes>) -> anyhow::Result<web_sys::Response> {
    let init = init(response.status(), response.headers())?;
    // A copy: the runtime keeps what it is given, and a view of Wasm memory changes under it.
    let body =
        Some(response.body()).filter(|bytes| !bytes.is_empty()).map(|bytes| Uint8Array::from(bytes.as_ref()));
    web_sys::Response::new_with_opt_js_u8_array_and_init(body.as_ref(), &init)
        .map_err(|error| explain(&error))
}

/// The response for the runtime, its body handed over in chunks. When one of them is an error, the stream fails, and the
/// runtime breaks the transfer off.
///
/// # Errors
/// When the runtime refuses a header.
pub fn streamed(
    status: http::StatusCode,
    header_map: &HeaderMap,
    chunks: impl Stream<Item = anyhow::Result<Bytes>> + 'static,
) -> anyhow::Result<web_sys::Response> {
    let init = init(status, header_map)?;
    let chunks = chunks.map_err(|error| worker::Error::RustError(format!("{error:#}")));
    // The crate makes a stream of JavaScript's only as a response's.
    let carrier = web_sys::Response::from(worker::Response::from_stream(chunks)?);
    web_sys::Response::new_with_opt_readable_stream_and_init(carrier.body().as_ref(), &init)
        .map_err(|error| explain(&error))
}

fn init(status: http::StatusCode, header_map: &HeaderMap) -> anyhow::Result<web_sys::ResponseInit> {
    let init = Init { status: status.as_u16(), headers: pairs(header_map) };
    Ok(from_json(&init)?.unchecked_into())
}

/// A failure in the envelope, for what fails before there is an application to say it.
pub fn failure(
    status: http::StatusCode,
    code: &str,
    sentence: &str,
    request_id: &str,
) -> http::Response<Bytes> {
    let envelope = serde_json::json!({
        "success": false, "error": sentence, "code": code, "details": [], "request_id": request_id,
    });
    let mut response = http::Response::new(Bytes::from(envelope.to_string()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(http::header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(http::header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(id) = HeaderValue::from_str(request_id) {
        headers.insert("x-request-id", id);
    }
    response
}

/// An id for a response that no application made: a UUID version 7 like the others, all zero without randomness.
pub fn request_id() -> String {
    shared::ids::new_uuid(&SystemClock, &WebCrypto)
        .unwrap_or_else(|_| "00000000-0000-7000-8000-000000000000".to_owned())
}

/// What a response is made with, beside its body.
#[derive(Serialize)]
struct Init<'a> {
    status: u16,
    headers: Pairs<'a>,
}

type Pairs<'a> = Vec<(&'a str, Cow<'a, str>)>;

fn pairs(map: &HeaderMap) -> Pairs<'_> {
    map.iter().map(|(name, value)| (name.as_str(), String::from_utf8_lossy(value.as_bytes()))).collect()
}

/// A JavaScript value by one JSON text: setting twenty headers one by one crosses into JavaScript sixty times.
fn from_json(value: &impl Serialize) -> anyhow::Result<JsValue> {
    let text = serde_json::to_string(value)?;
    js_sys::JSON::parse(&text).map_err(|error| explain(&error))
}

pub(crate) fn headers(map: &HeaderMap) -> anyhow::Result<web_sys::Headers> {
    web_sys::Headers::new_with_str_sequence_sequence(&from_json(&pairs(map))?)
        .map_err(|error| explain(&error))
}

/// Reads all headers through one JSON text: iterating costs eight calls into JavaScript for each.
pub(crate) fn read_headers(headers: &web_sys::Headers, into: &mut HeaderMap) -> anyhow::Result<()> {
    let pairs: Vec<(String, String)> = serde_json::from_str(&json(&Array::from(headers))?)?;
    for (name, value) in pairs {
        into.append(HeaderName::try_from(name)?, HeaderValue::try_from(value)?);
    }
    Ok(())
}

fn path_and_query(url: &str) -> &str {
    let after_scheme = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = after_scheme.find('/').and_then(|start| after_scheme.get(start..)).unwrap_or("/");
    path.split('#').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_uri_is_what_follows_the_origin() {
        assert_eq!(path_and_query("https://api.example.com:8787/a/b?c=https://d/#e"), "/a/b?c=https://d/");
        assert_eq!(path_and_query("https://api.example.com/"), "/");
        assert_eq!(path_and_query("https://api.example.com"), "/");
    }
}
