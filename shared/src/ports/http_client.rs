//! Outbound HTTP.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;

/// Why a request got no usable response.
#[derive(Debug)]
pub enum HttpClientError {
    /// No response within the time allowed. The server may have acted on the request.
    TimedOut,
    /// The connection failed, or the runtime forbids the host.
    Failed(anyhow::Error),
}

impl std::fmt::Display for HttpClientError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::TimedOut => f.write_str("no response in time"),
            Self::Failed(source) => write!(f, "{source:#}"),
        }
    }
}

impl std::error::Error for HttpClientError {}

/// Sends HTTP requests.
///
/// # MUST
/// - answer with the response whatever its status; follow no redirect;
/// - give up after `timeout`;
/// - refuse a response body over [`MAX_RESPONSE_BYTES`].
#[async_trait(?Send)]
pub trait HttpClient {
    /// Sends the request and reads the whole response.
    async fn send(
        &self,
        request: http::Request<Bytes>,
        timeout: Duration,
    ) -> Result<http::Response<Bytes>, HttpClientError>;
}

/// The largest response body that an [`HttpClient`] reads: 1 MiB.
pub const MAX_RESPONSE_BYTES: usize = 1024 * 1024;
