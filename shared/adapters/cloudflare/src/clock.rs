//! Wall-clock time from `Date.now()`, waits from `setTimeout`.

use std::time::Duration;

use shared::ports::{Clock, LocalTask};
use shared::time::Timestamp;
use worker::Delay;

/// The longest wait that `setTimeout` takes: 24 days, in milliseconds. No request lives that long.
const LONGEST: u64 = i32::MAX.unsigned_abs() as u64;

/// The runtime's clock. Workers freeze it while code computes; it advances with every answer from outside.
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "milliseconds of our age fit; Timestamp clamps the rest"
    )]
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(js_sys::Date::now() as i64)
    }

    /// Dropping the wait clears its timer, which would keep the request alive otherwise.
    fn sleep(&self, duration: Duration) -> LocalTask {
        Box::pin(Delay::from(Duration::from_millis(whole_millis(duration))))
    }
}

/// Rounded up, because `setTimeout` counts no fractions.
fn whole_millis(duration: Duration) -> u64 {
    let millis = duration.as_nanos().div_ceil(1_000_000);
    u64::try_from(millis).unwrap_or(LONGEST).min(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_never_cut_short_by_rounding_nor_by_wrapping_around() {
        assert_eq!(whole_millis(Duration::ZERO), 0);
        assert_eq!(whole_millis(Duration::from_nanos(1)), 1);
        assert_eq!(whole_millis(Duration::from_micros(1_001)), 2);
        assert_eq!(whole_millis(Duration::from_secs(2)), 2_000);
        assert_eq!(whole_millis(Duration::MAX), LONGEST);
    }
}
