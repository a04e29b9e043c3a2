//! The Queue port: a request to the consumer component through service chaining.

use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use async_trait::async_trait;
use bytes::Bytes;
use shared::ports::{HttpClient, Queue, QueueError};

/// The consumer's component in `spin.toml`; it has no route from outside.
const WAKE_URL: &str = "http://queue-consumer.spin.internal/wake";

/// Answers whether the consumer could be woken, and wakes nobody.
const READY_URL: &str = "http://queue-consumer.spin.internal/readyz";

/// The consumer answers when the jobs are done. The bell is rung off the request's path, so that only a consumer
/// that hangs is given up.
const MAX_WAIT: Duration = Duration::from_mins(15);

/// The longest that a check waits; whoever asks may give up earlier.
const MAX_CHECK: Duration = Duration::from_secs(30);

/// Wakes the consumer component.
pub struct ConsumerBell(Rc<dyn HttpClient>);

impl ConsumerBell {
    /// Rings through an HTTP client that may call the consumer.
    pub fn new(http: Rc<dyn HttpClient>) -> Self {
        Self(http)
    }

    async fn wake(&self, job_ids: &[String]) -> anyhow::Result<()> {
        let body = serde_json::to_vec(&serde_json::json!({ "ids": job_ids }))?;
        let request = http::Request::post(WAKE_URL)
            .header(http::header::CONTENT_TYPE, "application/json")
            .body(Bytes::from(body))?;
        self.send(request, MAX_WAIT).await.context("waking the queue consumer")
    }

    async fn ask(&self) -> anyhow::Result<()> {
        let request = http::Request::get(READY_URL).body(Bytes::new())?;
        self.send(request, MAX_CHECK).await.context("asking the queue consumer")
    }

    async fn send(&self, request: http::Request<Bytes>, max_wait: Duration) -> anyhow::Result<()> {
        let response = self.0.send(request, max_wait).await?;
        ensure!(response.status().is_success(), "the queue consumer answered {}", response.status());
        Ok(())
    }
}

#[async_trait(?Send)]
impl Queue for ConsumerBell {
    async fn ring(&self, job_ids: &[String]) -> Result<(), QueueError> {
        self.wake(job_ids).await.map_err(QueueError)
    }

    async fn check(&self) -> Result<(), QueueError> {
        self.ask().await.map_err(QueueError)
    }
}
