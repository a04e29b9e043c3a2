//! Keys and values in memory, each with its end.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::time::Duration;

use anyhow::anyhow;
use async_trait::async_trait;
use shared::ports::{Clock, KeyValue, KeyValueError};
use shared::time::Timestamp;

use crate::give_way;

/// Cloudflare's limit, held here too so that a key that is too long shows in the tests.
const MAX_KEY_BYTES: usize = 512;

/// Beyond this the store forgets what has ended, and everything when that frees nothing: the port allows it.
const MAX_ENTRIES: usize = 100_000;

struct Entry {
    value: Rc<[u8]>,
    ends: Timestamp,
}

/// A key-value store in memory.
pub struct MemoryKeyValue {
    clock: Rc<dyn Clock>,
    entries: RefCell<HashMap<String, Entry>>,
}

impl MemoryKeyValue {
    /// An empty store that tells the ends of its entries by this clock.
    pub fn new(clock: Rc<dyn Clock>) -> Self {
        Self { clock, entries: RefCell::default() }
    }

    fn make_room(&self) {
        let (mut entries, now) = (self.entries.borrow_mut(), self.clock.now());
        if entries.len() >= MAX_ENTRIES {
            entries.retain(|_, entry| entry.ends > now);
        }
        if entries.len() >= MAX_ENTRIES {
            entries.clear();
        }
    }
}

fn check(key: &str) -> Result<(), KeyValueError> {
    let allowed = (1..=MAX_KEY_BYTES).contains(&key.len()) && key != "." && key != "..";
    allowed.then_some(()).ok_or_else(|| {
        KeyValueError(anyhow!(
            "a key has 1 to {MAX_KEY_BYTES} bytes and is neither \".\" nor \"..\": found {key:?}"
        ))
    })
}

#[async_trait(?Send)]
impl KeyValue for MemoryKeyValue {
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, KeyValueError> {
        check(key)?;
        give_way().await;
        let (entries, now) = (self.entries.borrow(), self.clock.now());
        Ok(entries.get(key).filter(|entry| entry.ends > now).map(|entry| entry.value.to_vec()))
    }

    async fn put(&self, key: &str, value: &[u8], ttl: Duration) -> Result<(), KeyValueError> {
        check(key)?;
        give_way().await;
        self.make_room();
        let entry = Entry { value: value.into(), ends: self.clock.now().plus(ttl) };
        self.entries.borrow_mut().insert(key.to_owned(), entry);
        Ok(())
    }

    async fn delete(&self, key: &str) -> Result<(), KeyValueError> {
        check(key)?;
        give_way().await;
        self.entries.borrow_mut().remove(key);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;

    use super::*;
    use crate::TestClock;

    #[test]
    fn a_value_ends_with_its_time_to_live() {
        let clock = Rc::new(TestClock::new(Timestamp::from_millis(1_000_000)));
        let store = MemoryKeyValue::new(Rc::<TestClock>::clone(&clock));
        block_on(store.put("key", b"value", Duration::from_mins(1))).unwrap();
        clock.advance(Duration::from_millis(59_999));
        assert!(block_on(store.get("key")).unwrap().is_some());
        clock.advance(Duration::from_millis(1));
        assert_eq!(block_on(store.get("key")).unwrap(), None);
    }

    #[test]
    fn a_second_put_starts_the_time_anew() {
        let clock = Rc::new(TestClock::new(Timestamp::from_millis(1_000_000)));
        let store = MemoryKeyValue::new(Rc::<TestClock>::clone(&clock));
        for _ in 0..3 {
            block_on(store.put("key", b"value", Duration::from_mins(1))).unwrap();
            clock.advance(Duration::from_secs(40));
        }
        assert!(block_on(store.get("key")).unwrap().is_some());
    }

    #[test]
    fn the_store_is_bounded() {
        let clock = Rc::new(TestClock::new(Timestamp::from_millis(1_000_000)));
        let store = MemoryKeyValue::new(Rc::<TestClock>::clone(&clock));
        for number in 0..=MAX_ENTRIES {
            block_on(store.put(&number.to_string(), b"", Duration::from_mins(1))).unwrap();
        }
        assert!(store.entries.borrow().len() <= MAX_ENTRIES);
        assert!(block_on(store.get(&MAX_ENTRIES.to_string())).unwrap().is_some());
    }

    #[test]
    fn keys_that_cloudflare_refuses_are_refused() {
        let store = MemoryKeyValue::new(Rc::new(crate::SystemClock));
        for key in ["", ".", "..", &"k".repeat(513)] {
            assert!(block_on(store.get(key)).is_err(), "{key:?}");
        }
    }
}
