//! The Clock port.

use std::time::Duration;

use shared::ports::{Clock, LocalTask};
use shared::time::Timestamp;
use spin_sdk::wasip3::clocks::system_clock;

/// The host's clock.
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let now = system_clock::now();
        Timestamp::from_millis(
            now.seconds.saturating_mul(1000).saturating_add(i64::from(now.nanoseconds / 1_000_000)),
        )
    }

    /// The host wakes the request's own task; no other request has a part in it.
    fn sleep(&self, duration: Duration) -> LocalTask {
        Box::pin(spin_sdk::time::sleep(duration))
    }
}
