//! The limiter in memory. One thread decides for everybody, so it is exact.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use async_trait::async_trait;
use shared::limits::{Decision, Quota, gcra, micros};
use shared::ports::{Clock, Limiter, LimiterError};

use crate::give_way;

/// How many keys are kept before those that are free again are dropped.
const SWEEP_AT: usize = 10_000;

/// Counts requests in memory.
pub struct MemoryLimiter {
    clock: Rc<dyn Clock>,
    /// The theoretical arrival time of each key in microseconds; one in the past says the same as none.
    arrivals: RefCell<HashMap<String, i64>>,
}

impl MemoryLimiter {
    /// A limiter under which every key is free.
    pub fn new(clock: Rc<dyn Clock>) -> Self {
        Self { clock, arrivals: RefCell::default() }
    }
}

#[async_trait(?Send)]
impl Limiter for MemoryLimiter {
    async fn take(&self, key: &str, quota: Quota) -> Result<Decision, LimiterError> {
        give_way().await;
        let now = self.clock.now();
        let mut arrivals = self.arrivals.borrow_mut();
        if arrivals.len() >= SWEEP_AT {
            arrivals.retain(|_, arrival| *arrival > micros(now));
        }
        let known = arrivals.get(key).copied();
        let next = gcra(known, now, quota);
        if let Some(next) = next {
            arrivals.insert(key.to_owned(), next);
        }
        let arrival = next.or(known).unwrap_or_else(|| micros(now));
        Ok(Decision::from_arrival(quota, next.is_some(), arrival, now))
    }

    async fn give_back(&self, key: &str, quota: Quota) -> Result<(), LimiterError> {
        give_way().await;
        if let Some(arrival) = self.arrivals.borrow_mut().get_mut(key) {
            *arrival -= quota.emission_interval();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures::executor::block_on;
    use shared::time::Timestamp;

    use super::*;
    use crate::TestClock;

    const QUOTA: Quota = Quota { limit: 4, window: Duration::from_mins(1) };

    #[test]
    fn slots_come_back_evenly_over_the_window() {
        let clock = Rc::new(TestClock::new(Timestamp::from_millis(1_000_000)));
        let limiter = MemoryLimiter::new(Rc::<TestClock>::clone(&clock));
        let take = || block_on(limiter.take("key", QUOTA)).unwrap();
        assert_eq!((0..10).filter(|_| take().admitted).count(), 4);
        assert_eq!(take().retry_after, Duration::from_secs(15));
        clock.advance(Duration::from_millis(14_999));
        assert!(!take().admitted);
        clock.advance(Duration::from_millis(1));
        assert_eq!((0..10).filter(|_| take().admitted).count(), 1);
        clock.advance(Duration::from_mins(1));
        assert_eq!((0..10).filter(|_| take().admitted).count(), 4);
    }

    #[test]
    fn keys_that_are_free_again_are_forgotten() {
        let clock = Rc::new(TestClock::new(Timestamp::from_millis(1_000_000)));
        let limiter = MemoryLimiter::new(Rc::<TestClock>::clone(&clock));
        for number in 0..SWEEP_AT {
            block_on(limiter.take(&number.to_string(), QUOTA)).unwrap();
        }
        clock.advance(QUOTA.window);
        block_on(limiter.take("another", QUOTA)).unwrap();
        assert_eq!(limiter.arrivals.borrow().len(), 1);
    }
}
