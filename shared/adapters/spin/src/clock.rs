//! The Clock port.

use shared::ports::Clock;
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
}
