//! The machine's clock, and one that tests set.

use std::cell::Cell;
use std::time::{Duration, SystemTime};

use shared::ports::Clock;
use shared::time::Timestamp;

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let since_epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_millis(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX))
    }
}

/// A clock that stands still until a test moves it.
#[derive(Debug)]
pub struct TestClock(Cell<Timestamp>);

impl TestClock {
    /// A clock that shows this moment.
    pub fn new(now: Timestamp) -> Self {
        Self(Cell::new(now))
    }

    /// Moves it forward.
    pub fn advance(&self, by: Duration) {
        self.0.set(self.0.get().plus(by));
    }

    /// Moves it to a moment, forward or back.
    pub fn set(&self, now: Timestamp) {
        self.0.set(now);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        self.0.get()
    }
}
