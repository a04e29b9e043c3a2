//! Rate limits: the arithmetic that every limiter shares. [`policies`] is the table of them, [`operations`] says what is
//! under which, [`Gate`] takes their slots.
//!
//! The generic cell rate algorithm (ITU-T I.371, appendix) keeps one number a key: the theoretical arrival time.
//! It admits a burst of the whole quota at once and gives slots back evenly over the window.

mod gate;
pub mod operations;
pub mod policies;

use std::time::Duration;

use crate::time::Timestamp;

pub use gate::{Admission, Gate, Report};
pub use policies::{Limits, Policy};

/// How many requests a window admits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// Requests in a window; at least 1.
    pub limit: u32,
    /// The window's length.
    pub window: Duration,
}

impl Quota {
    /// The time after which one slot comes back, in microseconds.
    pub fn emission_interval(self) -> i64 {
        self.window_micros() / i64::from(self.limit.max(1))
    }

    /// The window in microseconds, cut to a whole number of emission intervals.
    pub fn tolerance(self) -> i64 {
        self.emission_interval() * i64::from(self.limit.max(1))
    }

    fn window_micros(self) -> i64 {
        i64::try_from(self.window.as_micros()).unwrap_or(i64::MAX / 4)
    }
}

/// What a limiter decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    /// Whether the request may go on.
    pub admitted: bool,
    /// The quota's limit.
    pub limit: u32,
    /// Slots left after this request.
    pub remaining: u32,
    /// The time until at least one slot is free again: zero while some are left.
    pub retry_after: Duration,
    /// The time until one more slot is free than are left: zero when none is taken.
    pub more_after: Duration,
    /// The time until the whole quota is free again.
    pub reset_after: Duration,
}

impl Decision {
    /// The decision that a state implies: `arrival` is the theoretical arrival time in microseconds after the
    /// request was admitted, or the unchanged one when it was refused.
    pub fn from_arrival(quota: Quota, admitted: bool, arrival: i64, now: Timestamp) -> Self {
        let interval = quota.emission_interval().max(1);
        // Another caller with a later clock may have put it further ahead than the window is long.
        let ahead = (arrival - micros(now)).clamp(0, quota.tolerance());
        let free = (quota.tolerance() - ahead).max(0) / interval;
        let until_more = if ahead > 0 { (free + 1) * interval - (quota.tolerance() - ahead) } else { 0 };
        let duration = |micros: i64| Duration::from_micros(u64::try_from(micros).unwrap_or(0));
        Self {
            admitted,
            limit: quota.limit,
            remaining: u32::try_from(free).unwrap_or(u32::MAX),
            retry_after: duration(if free > 0 { 0 } else { until_more }),
            more_after: duration(until_more),
            reset_after: duration(ahead),
        }
    }

    /// What holds when the slot that it admitted has been given back.
    #[must_use]
    pub fn given_back(self, quota: Quota) -> Self {
        let interval = Duration::from_micros(u64::try_from(quota.emission_interval()).unwrap_or(0));
        let reset_after = self.reset_after.saturating_sub(interval);
        let more_after = if reset_after.is_zero() { Duration::ZERO } else { self.more_after };
        let remaining = self.remaining.saturating_add(1).min(self.limit);
        Self { remaining, retry_after: Duration::ZERO, more_after, reset_after, ..self }
    }
}

/// Microseconds since 1970-01-01: the unit of arrival times.
pub fn micros(now: Timestamp) -> i64 {
    now.millis() * 1000
}

/// One step of the algorithm: the new theoretical arrival time if the request is admitted, else `None`.
pub fn gcra(arrival: Option<i64>, now: Timestamp, quota: Quota) -> Option<i64> {
    let now = micros(now);
    let next = arrival.unwrap_or(now).max(now) + quota.emission_interval();
    (next - now <= quota.tolerance()).then_some(next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_admits_exactly_the_quota() {
        for limit in [1, 3, 5, 7, 1000] {
            let quota = Quota { limit, window: Duration::from_mins(1) };
            let now = Timestamp::from_millis(1_000_000);
            let (mut arrival, mut admitted) = (None, 0);
            for _ in 0..limit + 50 {
                if let Some(next) = gcra(arrival, now, quota) {
                    (arrival, admitted) = (Some(next), admitted + 1);
                }
            }
            assert_eq!(admitted, limit);
            let refused = Decision::from_arrival(quota, false, arrival.unwrap_or(0), now);
            assert_eq!(refused.remaining, 0);
            assert!(refused.retry_after > Duration::ZERO);
            let later = Timestamp::from_millis(
                now.millis() + i64::try_from(refused.retry_after.as_millis()).unwrap_or(0) + 1,
            );
            assert!(gcra(arrival, later, quota).is_some(), "a slot is free after retry_after");
        }
    }

    #[test]
    fn a_decision_says_when_one_more_slot_is_free() {
        let quota = Quota { limit: 5, window: Duration::from_mins(15) };
        let start = Timestamp::from_millis(1_000_000);
        let now = start.plus(Duration::from_secs(50));
        let taken = |slots| micros(start) + slots * quota.emission_interval();
        let found = |slots| {
            let decision = Decision::from_arrival(quota, true, taken(slots), now);
            (decision.remaining, decision.more_after.as_secs(), decision.retry_after.as_secs())
        };
        assert_eq!([1, 2, 5].map(found), [(4, 130, 0), (3, 130, 0), (0, 130, 130)]);
        assert_eq!(found(0), (5, 0, 0), "nothing is taken");
    }

    #[test]
    fn a_decision_whose_slot_is_given_back_is_the_one_before_it() {
        let quota = Quota { limit: 3, window: Duration::from_secs(30) };
        let now = Timestamp::from_millis(1_000_000);
        let after =
            |slots| Decision::from_arrival(quota, true, micros(now) + slots * quota.emission_interval(), now);
        for slots in 1..=3 {
            assert_eq!(after(slots).given_back(quota), after(slots - 1), "{slots} slots were taken");
        }
    }
}
