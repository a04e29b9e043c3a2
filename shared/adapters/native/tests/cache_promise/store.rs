//! A key-value store in memory with one fault, as a test sets it.

use std::cell::{Cell, RefCell};
use std::future::pending;
use std::rc::Rc;
use std::time::Duration;

use async_trait::async_trait;
use native::{MemoryKeyValue, TestClock};
use shared::ports::{Clock as _, KeyValue, KeyValueError};

/// What a read of a key finds in place of what is there.
pub type Garble = Box<dyn Fn(&str, Option<Vec<u8>>) -> Option<Vec<u8>>>;

/// What is wrong with the store.
pub enum Fault {
    /// Nothing.
    None,
    /// It takes nothing at all, and keeps what it has.
    Frozen,
    /// Every call is an error.
    Failing,
    /// No call ever ends.
    Silent,
    /// No write ever ends.
    NoWrites,
    /// A read looks at once and answers only later.
    Slow(Duration),
    /// Every list is kept in the same slot.
    OneSlot,
    /// Reads answer something else.
    Garbled(Garble),
}

/// The store.
pub struct Store {
    memory: MemoryKeyValue,
    clock: Rc<TestClock>,
    fault: RefCell<Rc<Fault>>,
    writes: Cell<usize>,
}

impl Store {
    /// An empty store.
    pub fn new(clock: &Rc<TestClock>, fault: Fault) -> Self {
        let memory = MemoryKeyValue::new(Rc::<TestClock>::clone(clock));
        Self { memory, clock: Rc::clone(clock), fault: RefCell::new(Rc::new(fault)), writes: Cell::default() }
    }

    /// From now on this is wrong with it.
    pub fn set(&self, fault: Fault) {
        *self.fault.borrow_mut() = Rc::new(fault);
    }

    /// How often it was written to.
    pub fn writes(&self) -> usize {
        self.writes.get()
    }

    /// The fault of this moment, when the call gets as far as that.
    async fn fault(&self) -> Result<Rc<Fault>, KeyValueError> {
        let fault = Rc::clone(&self.fault.borrow());
        match &*fault {
            Fault::Failing => Err(KeyValueError(anyhow::anyhow!("out of order"))),
            Fault::Silent => pending().await,
            _ => Ok(fault),
        }
    }
}

fn place<'a>(fault: &Fault, key: &'a str) -> &'a str {
    let one_slot = matches!(fault, Fault::OneSlot) && key.starts_with("cache:");
    if one_slot { "cache:only" } else { key }
}

#[async_trait(?Send)]
impl KeyValue for Store {
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, KeyValueError> {
        let fault = self.fault().await?;
        let found = self.memory.get(place(&fault, key)).await?;
        match &*fault {
            Fault::Slow(time) => self.clock.sleep(*time).await,
            Fault::Garbled(garble) => return Ok(garble(key, found)),
            _ => {}
        }
        Ok(found)
    }

    async fn put(&self, key: &str, value: &[u8], ttl: Duration) -> Result<(), KeyValueError> {
        self.writes.set(self.writes.get() + 1);
        let fault = self.fault().await?;
        match &*fault {
            Fault::Frozen => Ok(()),
            Fault::NoWrites => pending().await,
            _ => self.memory.put(place(&fault, key), value, ttl).await,
        }
    }

    async fn delete(&self, key: &str) -> Result<(), KeyValueError> {
        let fault = self.fault().await?;
        self.memory.delete(place(&fault, key)).await
    }
}
