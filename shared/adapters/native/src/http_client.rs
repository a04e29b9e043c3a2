//! Outbound HTTP over hyper. Plain `http` only: what tests and tools talk to is on this machine, and TLS would cost
//! every test build its compilation.

use std::error::Error as _;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use shared::ports::{HttpClient, HttpClientError, MAX_RESPONSE_BYTES};

/// Sends plain HTTP/1.1 requests; refuses `https` URLs.
#[derive(Debug, Clone)]
pub struct PlainHttpClient(Client<HttpConnector, Full<Bytes>>);

impl PlainHttpClient {
    /// A client with an empty pool of connections. It works within a tokio runtime.
    pub fn new() -> Self {
        Self(Client::builder(TokioExecutor::new()).build_http())
    }

    async fn exchange(&self, request: http::Request<Bytes>) -> anyhow::Result<http::Response<Bytes>> {
        let response = self.0.request(request.map(Full::new)).await.map_err(|error| {
            // hyper's own sentence is "client error (Connect)"; the reason is behind it.
            let source = error.source().map(ToString::to_string).unwrap_or_default();
            anyhow::anyhow!("{error}: {source}")
        })?;
        let (parts, body) = response.into_parts();
        let body = Limited::new(body, MAX_RESPONSE_BYTES).collect().await.map_err(|error| {
            if error.is::<LengthLimitError>() {
                anyhow::anyhow!("the response has more than {MAX_RESPONSE_BYTES} bytes")
            } else {
                anyhow::anyhow!("the response broke off: {error}")
            }
        })?;
        Ok(http::Response::from_parts(parts, body.to_bytes()))
    }
}

impl Default for PlainHttpClient {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait(?Send)]
impl HttpClient for PlainHttpClient {
    async fn send(
        &self,
        request: http::Request<Bytes>,
        timeout: Duration,
    ) -> Result<http::Response<Bytes>, HttpClientError> {
        match tokio::time::timeout(timeout, self.exchange(request)).await {
            Ok(result) => result.map_err(HttpClientError::Failed),
            Err(_) => Err(HttpClientError::TimedOut),
        }
    }
}
