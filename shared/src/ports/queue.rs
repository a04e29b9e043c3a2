//! The doorbell of the queue consumer.

use async_trait::async_trait;

/// Why a bell did not ring. Never fatal: the job is in the database and a sweep finds it.
#[derive(Debug)]
pub struct QueueError(pub anyhow::Error);

impl std::fmt::Display for QueueError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:#}", self.0)
    }
}

impl std::error::Error for QueueError {}

/// Wakes the consumer for jobs that are already committed to the database.
///
/// # MUST
/// - carry ids only; the job table is the truth;
/// - start no work for a `check`.
///
/// It MAY deliver twice, late, out of order or never.
#[async_trait(?Send)]
pub trait Queue {
    /// Rings for the given job ids, at most 100 a call; with none, for a sweep over whatever is due.
    async fn ring(&self, job_ids: &[String]) -> Result<(), QueueError>;

    /// Whether a ring would reach the consumer, as far as the runtime can tell; docs/RUNTIMES.md says how far that is.
    async fn check(&self) -> Result<(), QueueError>;
}
