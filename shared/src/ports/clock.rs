//! Wall-clock time.

use crate::time::Timestamp;

/// Tells the time.
///
/// # MUST
/// - answer UTC with millisecond resolution;
/// - advance between two requests (Cloudflare freezes it within one stretch of computation).
pub trait Clock {
    /// The present moment.
    fn now(&self) -> Timestamp;
}
