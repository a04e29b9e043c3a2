//! Exact rate limits.

use async_trait::async_trait;

use crate::limits::{Decision, Quota};

/// Why the limiter could not decide; each policy states whether that closes or opens its route.
#[derive(Debug)]
pub struct LimiterError(pub anyhow::Error);

impl std::fmt::Display for LimiterError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:#}", self.0)
    }
}

impl std::error::Error for LimiterError {}

/// Admits at most a quota of requests per key and window by the generic cell rate algorithm
/// ([`crate::limits::gcra`]).
///
/// # MUST
/// - admit exactly the quota, however many callers ask at the same moment and on however many instances;
/// - decide for each key on its own;
/// - count a refused request as nothing.
#[async_trait(?Send)]
pub trait Limiter {
    /// Takes one slot under the key, if one is left.
    async fn take(&self, key: &str, quota: Quota) -> Result<Decision, LimiterError>;

    /// Gives back a slot that [`Limiter::take`] admitted.
    async fn give_back(&self, key: &str, quota: Quota) -> Result<(), LimiterError>;
}
