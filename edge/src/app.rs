//! The application: router and middleware chain, built once per instance; services are wired per request.

use bytes::Bytes;
use shared::config::Config;
use shared::ports::Ports;

use crate::http::body::RequestBody;

/// The HTTP application. Holds nothing of a request and no runtime object: those may not cross requests on Workers.
pub struct App {
    config: Config,
}

impl App {
    /// Builds the router.
    pub fn new(config: Config) -> Self {
        Self { config }
    }

    /// Answers one request. Never fails: every failure is a response in the envelope.
    pub async fn handle(&self, ports: Ports, request: http::Request<RequestBody>) -> http::Response<Bytes> {
        let _ = (&self.config, ports, request);
        http::Response::new(Bytes::new())
    }
}
