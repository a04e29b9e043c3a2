//! Wall-clock time from `Date.now()`.

use shared::ports::Clock;
use shared::time::Timestamp;

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
}
