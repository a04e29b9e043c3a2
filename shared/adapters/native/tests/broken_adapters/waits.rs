//! Clocks whose waits are wrong.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use native::SystemClock;
use shared::ports::{Clock, LocalTask, Ports};
use shared::time::Timestamp;

use crate::{HastyClock, NOTHING, unnoticed};

#[test]
fn a_wait_that_never_ends_is_caught() {
    let spoil = |ports: &mut Ports| ports.clock = Rc::new(HastyClock(Cell::new(SystemClock.now())));
    let cases = ["clock::a_wait_ends", "clock::a_wait_of_nothing_ends"];
    assert_eq!(unnoticed(spoil, &cases).unwrap(), NOTHING);
}

/// Waits as this function does.
struct Waits(fn(Duration) -> LocalTask);

impl Clock for Waits {
    fn now(&self) -> Timestamp {
        SystemClock.now()
    }

    fn sleep(&self, duration: Duration) -> LocalTask {
        (self.0)(duration)
    }
}

#[test]
fn a_wait_that_ends_at_once_is_caught() {
    let spoil = |ports: &mut Ports| ports.clock = Rc::new(Waits(|_| Box::pin(std::future::ready(()))));
    let cases = [
        "clock::waits_at_least_as_long_as_asked",
        "clock::a_long_wait_holds_up_no_short_one",
        "clock::a_wait_lets_everything_else_go_on",
        "clock::dropped_waits_leave_nothing_behind",
    ];
    assert_eq!(unnoticed(spoil, &cases).unwrap(), NOTHING);
}

#[test]
#[expect(clippy::disallowed_methods, reason = "this is the mistake")]
fn a_wait_that_blocks_the_thread_is_caught() {
    let spoil = |ports: &mut Ports| {
        ports.clock = Rc::new(Waits(|duration| Box::pin(async move { std::thread::sleep(duration) })));
    };
    let cases = ["clock::a_long_wait_holds_up_no_short_one", "clock::many_waits_take_as_long_as_one"];
    assert_eq!(unnoticed(spoil, &cases).unwrap(), NOTHING);
}

/// One wait after the other, each in its turn even if its caller has gone away.
#[derive(Default)]
struct QueueingClock(Rc<Cell<Option<tokio::time::Instant>>>);

impl Clock for QueueingClock {
    fn now(&self) -> Timestamp {
        SystemClock.now()
    }

    fn sleep(&self, duration: Duration) -> LocalTask {
        let last = Rc::clone(&self.0);
        Box::pin(async move {
            let now = tokio::time::Instant::now();
            let end = last.get().unwrap_or(now).max(now) + duration;
            last.set(Some(end));
            tokio::time::sleep_until(end).await;
        })
    }
}

#[test]
fn waits_that_queue_up_are_caught() {
    let cases = ["clock::many_waits_take_as_long_as_one", "clock::dropped_waits_leave_nothing_behind"];
    for case in cases {
        let spoil = |ports: &mut Ports| ports.clock = Rc::new(QueueingClock::default());
        assert_eq!(unnoticed(spoil, &[case]).unwrap(), NOTHING);
    }
}
