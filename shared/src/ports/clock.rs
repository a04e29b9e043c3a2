//! Wall-clock time, and waiting.

use std::time::Duration;

use crate::ports::LocalTask;
use crate::time::Timestamp;

/// Tells the time and waits.
///
/// # MUST
/// - answer UTC with millisecond resolution;
/// - advance between two requests (Cloudflare freezes it within one stretch of computation);
/// - wait at least as long as asked, counted from the first poll at the latest, while everything else goes on;
/// - leave nothing behind of a wait that is dropped: no timer, and no request that lives on for it.
pub trait Clock {
    /// The present moment.
    fn now(&self) -> Timestamp;

    /// Waits. A wait belongs to the request that began it: nobody else may poll it.
    fn sleep(&self, duration: Duration) -> LocalTask;
}
