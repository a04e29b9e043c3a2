//! The `KeyValue` port over Spin's key-value store, which knows no time to live: each value starts with its own.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use async_trait::async_trait;
use shared::ports::{Clock, KeyValue, KeyValueError};
use spin_sdk::key_value::Store;

/// The moment of expiry in milliseconds since 1970, big-endian, in front of the value.
const EXPIRY_BYTES: usize = 8;

/// The component's default store.
pub struct SpinKeyValue {
    clock: Rc<dyn Clock>,
    store: RefCell<Option<Rc<Store>>>,
}

impl SpinKeyValue {
    /// The store is opened with the first call and kept: a handle carries no state.
    pub fn new(clock: Rc<dyn Clock>) -> Self {
        Self { clock, store: RefCell::default() }
    }

    async fn store(&self) -> Result<Rc<Store>, KeyValueError> {
        let opened = self.store.borrow().clone();
        if let Some(store) = opened {
            return Ok(store);
        }
        let store = Rc::new(Store::open_default().await.map_err(failure)?);
        *self.store.borrow_mut() = Some(Rc::clone(&store));
        Ok(store)
    }
}

#[async_trait(?Send)]
impl KeyValue for SpinKeyValue {
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, KeyValueError> {
        let store = self.store().await?;
        let Some(entry) = store.get(key).await.map_err(failure)? else { return Ok(None) };
        let value = fresh_value(entry, self.clock.now().millis());
        if value.is_none() {
            // Forgetting is always allowed, so a value that somebody stores at this moment may go with the old one.
            store.delete(key).await.map_err(failure)?;
        }
        Ok(value)
    }

    async fn put(&self, key: &str, value: &[u8], ttl: Duration) -> Result<(), KeyValueError> {
        let expiry = self.clock.now().plus(ttl).millis();
        let mut entry = Vec::with_capacity(EXPIRY_BYTES + value.len());
        entry.extend_from_slice(&expiry.to_be_bytes());
        entry.extend_from_slice(value);
        self.store().await?.set(key, entry).await.map_err(failure)
    }

    async fn delete(&self, key: &str) -> Result<(), KeyValueError> {
        self.store().await?.delete(key).await.map_err(failure)
    }
}

/// The value of an entry that has not expired. An entry that is too short was not written by us and counts as expired.
fn fresh_value(mut entry: Vec<u8>, now: i64) -> Option<Vec<u8>> {
    let expiry = i64::from_be_bytes(*entry.first_chunk::<EXPIRY_BYTES>()?);
    (now < expiry).then(|| entry.split_off(EXPIRY_BYTES))
}

fn failure(error: spin_sdk::key_value::Error) -> KeyValueError {
    KeyValueError(anyhow::Error::new(error).context("the default key-value store"))
}

#[cfg(test)]
mod tests {
    use super::fresh_value;

    #[test]
    fn a_value_is_fresh_until_its_expiry() {
        let entry = |expiry: i64| [&expiry.to_be_bytes(), &b"value"[..]].concat();
        assert_eq!(fresh_value(entry(1000), 999).unwrap(), b"value");
        assert_eq!(fresh_value(entry(1000), 1000), None);
        assert_eq!(fresh_value(1000_i64.to_be_bytes().to_vec(), 0).unwrap(), b"");
        assert_eq!(fresh_value(b"foreign".to_vec(), 0), None);
    }
}
