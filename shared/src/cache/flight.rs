//! One flight for each key: of concurrent misses on an isolate, one asks and the others wait for what it finds.
//!
//! Nobody waits for another request's future. On Workers a promise belongs to the request that made it: whoever awaits one
//! of another request is cancelled with that request, or hangs. On Spin no Rust waker may wake another request's task.
//! So a flight is a mark in plain data, and whoever waits looks again at times of its own clock. A request that is
//! cancelled may never run its destructors on Workers: a flight that takes too long counts as lost.
//!
//! A flight that comes back with nothing to keep is noted as such: whoever waited for it asks by themselves. If each of
//! them led the next one, they would go one after the other.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, VecDeque};
use std::rc::Rc;
use std::time::Duration;

use super::local::{Local, Look};
use super::{Key, PATIENCE, Seen};
use crate::ports::Clock;
use crate::time::Timestamp;

/// The time after which a flight counts as lost: the store's patience, and some for the database.
pub(super) const LOST: Duration = PATIENCE.saturating_add(Duration::from_secs(2));

/// How long a request waits in all before it asks by itself.
const PATIENCE_WITH_OTHERS: Duration = LOST.saturating_add(Duration::from_secs(1));

/// The first wait, which doubles each time up to the longest.
const SHORTEST_WAIT: Duration = Duration::from_millis(2);
const LONGEST_WAIT: Duration = Duration::from_millis(32);

/// How many of the last flights in vain are known, for the longest wait at least. Who waited for another takes off.
const MAX_VAIN: usize = 256;

/// The flights of an isolate.
#[derive(Default)]
pub(super) struct Flights {
    up: RefCell<HashMap<String, Flight>>,
    /// The numbers of the last ones in vain.
    vain: RefCell<VecDeque<u64>>,
    next: Cell<u64>,
}

struct Flight {
    number: u64,
    since: Timestamp,
}

impl Flight {
    fn is_lost(&self, now: Timestamp) -> bool {
        // A clock that was set back tells nothing of how long it takes.
        self.since > now || now.since(self.since) >= LOST
    }
}

/// A flight of one's own; dropping it lets others take off.
pub(super) struct Landing {
    local: Rc<Local>,
    key: String,
    number: u64,
}

impl Landing {
    /// It has come back, and nothing is kept of what it brought.
    pub(super) fn end_in_vain(&self) {
        let mut vain = self.local.flights.vain.borrow_mut();
        if vain.len() == MAX_VAIN {
            vain.pop_front();
        }
        vain.push_back(self.number);
    }
}

impl Drop for Landing {
    fn drop(&mut self) {
        let mut up = self.local.flights.up.borrow_mut();
        if up.get(&self.key).is_some_and(|flight| flight.number == self.number) {
            up.remove(&self.key);
        }
    }
}

/// Takes off, unless somebody else is up for the key.
pub(super) fn take_off(local: &Rc<Local>, key: &Key, now: Timestamp) -> Option<Landing> {
    let flights = &local.flights;
    let mut up = flights.up.borrow_mut();
    if up.get(key.text()).is_some_and(|flight| !flight.is_lost(now)) {
        return None;
    }
    let number = flights.next.replace(flights.next.get().wrapping_add(1));
    up.retain(|_, flight| !flight.is_lost(now));
    up.insert(key.text().to_owned(), Flight { number, since: now });
    Some(Landing { local: Rc::clone(local), key: key.text().to_owned(), number })
}

/// What comes of waiting.
pub(super) enum Turn {
    /// To find it oneself, while others wait.
    Lead(Landing),
    /// To find it oneself: others have taken too long, or found nothing to keep.
    Alone,
    /// Another has found it.
    Found(Look),
}

/// Takes off at once, or waits for who has.
pub(super) async fn turn(local: &Rc<Local>, key: &Key, seen: Seen, clock: &dyn Clock) -> Turn {
    let start = clock.now();
    let mut wait = SHORTEST_WAIT;
    let mut now = start;
    let mut waited_for = None;
    loop {
        if waited_for.is_some_and(|number| local.flights.vain.borrow().contains(&number)) {
            return Turn::Alone;
        }
        if let Some(landing) = take_off(local, key, now) {
            return Turn::Lead(landing);
        }
        if now.since(start) >= PATIENCE_WITH_OTHERS {
            return Turn::Alone;
        }
        waited_for = local.flights.up.borrow().get(key.text()).map(|flight| flight.number);
        clock.sleep(wait).await;
        wait = (wait * 2).min(LONGEST_WAIT);
        now = clock.now();
        if let found @ Look::Found { .. } = local.look(key, seen, now) {
            return Turn::Found(found);
        }
    }
}
