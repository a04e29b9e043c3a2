//! The machine's clock, and one that tests set.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};
use std::time::{Duration, SystemTime};

use shared::ports::{Clock, LocalTask};
use shared::time::Timestamp;

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let since_epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_millis(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX))
    }

    fn sleep(&self, duration: Duration) -> LocalTask {
        Box::pin(async move { tokio::time::sleep(duration).await })
    }
}

/// A clock that stands still until a test moves it; whoever waits for it waits for the test.
#[derive(Debug)]
pub struct TestClock(Rc<Dial>);

#[derive(Debug)]
struct Dial {
    now: Cell<Timestamp>,
    waiting: RefCell<Vec<Waker>>,
}

impl TestClock {
    /// A clock that shows this moment.
    pub fn new(now: Timestamp) -> Self {
        Self(Rc::new(Dial { now: Cell::new(now), waiting: RefCell::default() }))
    }

    /// Moves it forward.
    pub fn advance(&self, by: Duration) {
        self.set(self.now().plus(by));
    }

    /// Moves it to a moment, forward or back.
    pub fn set(&self, now: Timestamp) {
        self.0.now.set(now);
        let waiting = self.0.waiting.take();
        waiting.into_iter().for_each(Waker::wake);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        self.0.now.get()
    }

    fn sleep(&self, duration: Duration) -> LocalTask {
        let (dial, end) = (Rc::clone(&self.0), self.now().plus(duration));
        Box::pin(poll_fn(move |context| {
            if dial.now.get() >= end {
                return Poll::Ready(());
            }
            dial.waiting.borrow_mut().push(context.waker().clone());
            Poll::Pending
        }))
    }
}
