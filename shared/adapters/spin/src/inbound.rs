//! Spin's requests as the application wants them, and its responses as Spin wants them.

use std::net::{IpAddr, SocketAddr};

use bytes::Bytes;
use futures::stream::LocalBoxStream;
use futures::{StreamExt as _, TryStreamExt as _};
use http::header::{CONTENT_LENGTH, HOST};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use http_body::Frame;
use http_body_util::{Either, StreamBody};
use spin_sdk::http::body::IncomingBodyExt as _;
use spin_sdk::http::{FullBody, Request};

/// What all headers that Spin adds start with.
const RUNTIME_PREFIX: &str = "spin-";

const CLIENT_ADDRESS: HeaderName = HeaderName::from_static("spin-client-addr");

/// A request body in chunks.
pub type BodyStream = LocalBoxStream<'static, anyhow::Result<Bytes>>;

/// Splits an incoming request into what the client sent and the client's address as Spin saw it.
pub fn receive(request: Request) -> (http::Request<BodyStream>, Option<IpAddr>) {
    let (mut head, body) = request.into_parts();
    let client = client_address(&head.headers);
    remove_runtime_headers(&mut head.headers);
    if !head.headers.contains_key(HOST)
        && let Some(host) = head.uri.authority().and_then(|host| HeaderValue::from_str(host.as_str()).ok())
    {
        head.headers.insert(HOST, host);
    }
    let chunks = body.stream().map_err(anyhow::Error::from);
    (http::Request::from_parts(head, Box::pin(chunks)), client)
}

/// Sets the length: a response without one goes out in chunks, and each stalls a client that keeps its connection by
/// 44 ms, because Spin leaves Nagle's algorithm on. The answer to HEAD has the length that its GET says, if that says one.
pub fn respond(method: &Method, response: http::Response<Bytes>) -> http::Response<FullBody<Bytes>> {
    let (mut head, mut body) = response.into_parts();
    if head.status.is_informational()
        || matches!(head.status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED)
    {
        head.headers.remove(CONTENT_LENGTH);
        body = Bytes::new();
    } else if *method != Method::HEAD || !body.is_empty() {
        head.headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
    }
    http::Response::from_parts(head, FullBody::new(body))
}

/// A response that is sent in one piece, or in chunks while they are made.
pub type Sent = http::Response<Either<FullBody<Bytes>, StreamBody<FrameStream>>>;

/// The frames of a body.
type FrameStream = LocalBoxStream<'static, anyhow::Result<Frame<Bytes>>>;

/// The response in one piece.
pub fn whole(method: &Method, response: http::Response<Bytes>) -> Sent {
    respond(method, response).map(Either::Left)
}

/// The response in chunks. When one of them is an error, Spin breaks the transfer off.
pub fn streamed(response: http::Response<BodyStream>) -> Sent {
    response.map(|chunks| Either::Right(StreamBody::new(chunks.map_ok(Frame::data).boxed_local())))
}

/// Spin appends its header to what the client sent, so that only the last one can be believed.
fn client_address(headers: &HeaderMap) -> Option<IpAddr> {
    let address: SocketAddr =
        headers.get_all(CLIENT_ADDRESS).iter().next_back()?.to_str().ok()?.parse().ok()?;
    Some(address.ip().to_canonical())
}

fn remove_runtime_headers(headers: &mut HeaderMap) {
    let names: Vec<_> =
        headers.keys().filter(|name| name.as_str().starts_with(RUNTIME_PREFIX)).cloned().collect();
    for name in names {
        headers.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_client_cannot_choose_its_address() {
        let mut headers = HeaderMap::new();
        assert_eq!(client_address(&headers), None);
        headers.append(CLIENT_ADDRESS, HeaderValue::from_static("203.0.113.9:1"));
        headers.append(CLIENT_ADDRESS, HeaderValue::from_static("[::ffff:192.0.2.1]:5000"));
        assert_eq!(client_address(&headers), "192.0.2.1".parse().ok());
        headers.append(HOST, HeaderValue::from_static("example.com"));
        remove_runtime_headers(&mut headers);
        assert_eq!(headers.len(), 1);
    }

    #[test]
    fn responses_have_the_length_that_their_kind_has() {
        let length = |method: &Method, status: u16, body: &'static str, length: Option<&'static str>| {
            let mut response = http::Response::new(Bytes::from(body));
            *response.status_mut() = StatusCode::from_u16(status).unwrap();
            if let Some(length) = length {
                response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from_static(length));
            }
            respond(method, response)
                .headers()
                .get(CONTENT_LENGTH)
                .map(|value| value.to_str().unwrap().to_owned())
        };
        assert_eq!(length(&Method::GET, 200, "four", None).as_deref(), Some("4"));
        assert_eq!(length(&Method::GET, 200, "", None).as_deref(), Some("0"));
        assert_eq!(length(&Method::GET, 304, "", Some("9")), None);
        assert_eq!(length(&Method::DELETE, 204, "", None), None);
        assert_eq!(length(&Method::HEAD, 200, "four", None).as_deref(), Some("4"));
        assert_eq!(length(&Method::HEAD, 200, "", Some("9")).as_deref(), Some("9"));
        assert_eq!(length(&Method::HEAD, 200, "", None), None, "its GET is sent in chunks");
    }
}
