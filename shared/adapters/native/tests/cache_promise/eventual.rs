//! A key-value store as an isolate far from the last writer sees it: a read may answer any state of the last minute. At
//! times it fails, never answers, or answers with something else.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::pending;
use std::rc::Rc;
use std::time::Duration;

use async_trait::async_trait;
use native::TestClock;
use shared::ports::{Clock as _, KeyValue, KeyValueError};
use shared::time::Timestamp;

/// How old a state may be that a read answers.
const LAG: Duration = Duration::from_mins(1);

/// Numbers that depend on the seed alone: `SplitMix64`.
#[derive(Clone)]
pub struct Dice(Rc<Cell<u64>>);

impl Dice {
    /// Dice that fall as this seed says.
    pub fn new(seed: u64) -> Self {
        Self(Rc::new(Cell::new(seed)))
    }

    /// A number below this one.
    pub fn below(&self, end: usize) -> usize {
        self.0.set(self.0.get().wrapping_add(0x9e37_79b9_7f4a_7c15));
        let mixed = (self.0.get() ^ (self.0.get() >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % end as u64).unwrap()
    }

    /// Whether it is one of so many.
    pub fn once_in(&self, times: usize) -> bool {
        self.below(times) == 0
    }
}

/// What is wrong with the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// It is only late.
    None,
    /// Every call is an error.
    Failing,
    /// No call ends.
    Silent,
    /// Reads take a second less a millisecond.
    Slow,
    /// Reads answer the value of another key, a part of one, or garbage.
    Mixed,
}

impl Trouble {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::None, Self::Failing, Self::Silent, Self::Slow, Self::Mixed];
}

/// The states that each key has had, with the time of each.
type States = BTreeMap<String, Vec<(Timestamp, Vec<u8>)>>;

/// The store, for all isolates.
pub struct Eventual {
    clock: Rc<TestClock>,
    dice: Dice,
    states: RefCell<States>,
    /// What is wrong with it.
    pub trouble: Cell<Trouble>,
}

impl Eventual {
    /// An empty store.
    pub fn new(clock: &Rc<TestClock>, dice: &Dice) -> Self {
        let (states, trouble) = (RefCell::default(), Cell::new(Trouble::None));
        Self { clock: Rc::clone(clock), dice: dice.clone(), states, trouble }
    }

    async fn trouble(&self) -> Result<Trouble, KeyValueError> {
        match self.trouble.get() {
            Trouble::Failing => Err(KeyValueError(anyhow::anyhow!("out of order"))),
            Trouble::Silent => pending().await,
            other => Ok(other),
        }
    }

    /// One of the states that the key has had in the last minute, the last one often.
    fn some_state(&self, key: &str) -> Option<Vec<u8>> {
        let (states, now) = (self.states.borrow(), self.clock.now());
        let all = states.get(key)?;
        // The state at the beginning of the minute, and those since.
        let first = all.iter().rposition(|(at, _)| now.since(*at) >= LAG);
        let seen = all.get(first.unwrap_or(0)..)?;
        let missing = usize::from(first.is_none());
        let back = if self.dice.once_in(2) { 0 } else { self.dice.below(seen.len() + missing) };
        let index = (seen.len() - 1).checked_sub(back)?;
        Some(seen[index].1.clone())
    }

    /// Something else in its place.
    fn mixed(&self, key: &str) -> Option<Vec<u8>> {
        let mut value = self.some_state(key)?;
        match self.dice.below(4) {
            0 => {
                let states = self.states.borrow();
                let other = states.values().nth(self.dice.below(states.len()))?;
                return Some(other.last()?.1.clone());
            }
            1 => value.truncate(self.dice.below(value.len())),
            2 => {
                let index = self.dice.below(value.len());
                value[index] ^= 1 << self.dice.below(8);
            }
            _ => {}
        }
        Some(value)
    }
}

#[async_trait(?Send)]
impl KeyValue for Eventual {
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, KeyValueError> {
        match self.trouble().await? {
            Trouble::Mixed => Ok(self.mixed(key)),
            trouble => {
                let found = self.some_state(key);
                if trouble == Trouble::Slow {
                    self.clock.sleep(Duration::from_millis(999)).await;
                }
                Ok(found)
            }
        }
    }

    async fn put(&self, key: &str, value: &[u8], _: Duration) -> Result<(), KeyValueError> {
        self.trouble().await?;
        let state = (self.clock.now(), value.to_vec());
        self.states.borrow_mut().entry(key.to_owned()).or_default().push(state);
        Ok(())
    }

    async fn delete(&self, key: &str) -> Result<(), KeyValueError> {
        self.states.borrow_mut().remove(key);
        Ok(())
    }
}
