//! The `HttpClient` port over outgoing `wasi:http`. Spin follows no redirect and calls only the hosts that the
//! manifest allows.

use std::time::Duration;

use anyhow::{Context as _, anyhow};
use async_trait::async_trait;
use bytes::Bytes;
use futures::future::{Either, select};
use http::header::{CONTENT_LENGTH, HOST};
use shared::ports::{HttpClient, HttpClientError, MAX_RESPONSE_BYTES};
use spin_sdk::time::sleep;
use spin_sdk::wasip3::http::client;
use spin_sdk::wasip3::http::types::{ErrorCode, Fields, Method, Request, RequestOptions, Response, Scheme};
use spin_sdk::wasip3::{wit_future, wit_stream};
use spin_sdk::wit_bindgen::StreamResult;

/// As much of a response as one read takes.
const CHUNK_BYTES: usize = 64 * 1024;

/// Sends requests through the runtime.
pub struct OutboundHttp;

#[async_trait(?Send)]
impl HttpClient for OutboundHttp {
    async fn send(
        &self,
        request: http::Request<Bytes>,
        timeout: Duration,
    ) -> Result<http::Response<Bytes>, HttpClientError> {
        match select(Box::pin(exchange(request, timeout)), Box::pin(sleep(timeout))).await {
            Either::Left((answer, _)) => answer,
            Either::Right(_) => Err(HttpClientError::TimedOut),
        }
    }
}

/// Sends the request and receives the response. The body is written beside waiting for the response, in one future:
/// a spawned writer would not be polled before the response is there, which may never come without the body.
async fn exchange(
    request: http::Request<Bytes>,
    timeout: Duration,
) -> Result<http::Response<Bytes>, HttpClientError> {
    let (head, body) = request.into_parts();
    let (mut writer, contents) = wit_stream::new::<u8>();
    let (trailers_writer, trailers) = wit_future::new(|| Ok(None));
    let has_body = !body.is_empty() || !matches!(head.method, http::Method::GET | http::Method::HEAD);
    let headers = fields(&head.headers, has_body.then_some(body.len())).map_err(HttpClientError::Failed)?;
    let contents = has_body.then_some(contents);
    let (request, _transmitted) = Request::new(headers, contents, trailers, Some(patience(timeout)));
    address(&request, &head).map_err(HttpClientError::Failed)?;
    let upload = async move {
        writer.write_all(body.into()).await;
        drop(writer);
        // Fails when the server answers without having read the whole request: its good right.
        let _ = trailers_writer.write(Ok(None)).await;
    };
    match select(Box::pin(receive(request)), Box::pin(upload)).await {
        Either::Left((answer, _)) => answer,
        Either::Right(((), receiving)) => receiving.await,
    }
}

async fn receive(request: Request) -> Result<http::Response<Bytes>, HttpClientError> {
    let response = client::send(request).await.map_err(failure)?;
    let mut head = http::Response::builder().status(response.get_status_code());
    for (name, value) in response.get_headers().copy_all() {
        head = head.header(name, value);
    }
    let body = read_body(response).await?;
    head.body(body).map_err(|error| HttpClientError::Failed(error.into()))
}

async fn read_body(response: Response) -> Result<Bytes, HttpClientError> {
    let (_outcome, outcome) = wit_future::new(|| Ok(()));
    let (mut stream, trailers) = Response::consume_body(response, outcome);
    let mut body = Vec::new();
    loop {
        body.reserve(CHUNK_BYTES);
        let (status, read) = stream.read(body).await;
        body = read;
        if body.len() > MAX_RESPONSE_BYTES {
            return Err(HttpClientError::Failed(anyhow!(
                "the response has more than {MAX_RESPONSE_BYTES} bytes"
            )));
        }
        if status == StreamResult::Dropped {
            trailers.await.map_err(failure)?;
            return Ok(body.into());
        }
    }
}

/// The runtime sets the host itself and refuses one among the headers.
fn fields(headers: &http::HeaderMap, body_length: Option<usize>) -> anyhow::Result<Fields> {
    let mut entries: Vec<_> = headers
        .iter()
        .filter(|(name, _)| **name != HOST && **name != CONTENT_LENGTH)
        .map(|(name, value)| (name.to_string(), value.as_bytes().to_vec()))
        .collect();
    entries.extend(body_length.map(|length| (CONTENT_LENGTH.to_string(), length.to_string().into_bytes())));
    Fields::from_list(&entries).context("a header that the runtime does not send")
}

fn address(request: &Request, head: &http::request::Parts) -> anyhow::Result<()> {
    let uri = &head.uri;
    let refused = || anyhow!("{uri} is not an address that the runtime can call");
    let scheme = match uri.scheme_str() {
        Some("http") => Scheme::Http,
        Some("https") => Scheme::Https,
        _ => return Err(refused()),
    };
    request
        .set_method(&method(&head.method))
        .and_then(|()| request.set_scheme(Some(&scheme)))
        .and_then(|()| request.set_authority(uri.authority().map(http::uri::Authority::as_str)))
        .and_then(|()| request.set_path_with_query(uri.path_and_query().map(http::uri::PathAndQuery::as_str)))
        .map_err(|()| refused())
}

fn method(method: &http::Method) -> Method {
    match method.as_str() {
        "GET" => Method::Get,
        "HEAD" => Method::Head,
        "POST" => Method::Post,
        "PUT" => Method::Put,
        "PATCH" => Method::Patch,
        "DELETE" => Method::Delete,
        other => Method::Other(other.to_owned()),
    }
}

/// The runtime's own patience, so that it frees a connection whose request was given up.
fn patience(timeout: Duration) -> RequestOptions {
    let options = RequestOptions::new();
    let nanoseconds = u64::try_from(timeout.as_nanos()).unwrap_or(u64::MAX);
    // A runtime that knows no such option waits for its own time; ours ends the request all the same.
    let _ = options.set_connect_timeout(Some(nanoseconds));
    let _ = options.set_first_byte_timeout(Some(nanoseconds));
    let _ = options.set_between_bytes_timeout(Some(nanoseconds));
    options
}

fn failure(code: ErrorCode) -> HttpClientError {
    match code {
        ErrorCode::ConnectionTimeout | ErrorCode::ConnectionReadTimeout | ErrorCode::HttpResponseTimeout => {
            HttpClientError::TimedOut
        }
        ErrorCode::HttpRequestDenied => {
            HttpClientError::Failed(anyhow!("the host is not among the allowed_outbound_hosts of spin.toml"))
        }
        other => HttpClientError::Failed(other.into()),
    }
}
