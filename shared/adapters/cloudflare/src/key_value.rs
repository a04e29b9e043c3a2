//! The shared cache level on Workers KV.

use std::cell::OnceCell;
use std::time::Duration;

use async_trait::async_trait;
use shared::ports::{KeyValue, KeyValueError};
use worker::kv::KvError;
use worker::{Env, KvStore};

use crate::KEY_VALUE;
use crate::binding::{explain_worker, lookup};

/// The shortest time to live that KV takes, in seconds.
const SHORTEST: u64 = 60;

/// A KV namespace. Keys hold at most 512 bytes, values 25 MiB; a key takes one write a second.
pub(crate) struct Kv {
    env: Env,
    store: OnceCell<KvStore>,
}

impl Kv {
    pub(crate) fn new(env: &Env) -> Self {
        Self { env: env.clone(), store: OnceCell::new() }
    }

    fn store(&self) -> Result<&KvStore, KeyValueError> {
        if let Some(store) = self.store.get() {
            return Ok(store);
        }
        lookup(&self.env, KEY_VALUE).map_err(KeyValueError)?;
        let store = self.env.kv(KEY_VALUE).map_err(|error| KeyValueError(explain_worker(error)))?;
        Ok(self.store.get_or_init(|| store))
    }
}

fn failed(error: KvError) -> KeyValueError {
    KeyValueError(match error {
        KvError::JavaScript(error) => crate::binding::explain(&error),
        other => anyhow::anyhow!("{other:?}"),
    })
}

/// Whole seconds, rounded up, and at least what KV takes.
fn seconds(ttl: Duration) -> u64 {
    (ttl.as_secs() + u64::from(ttl.subsec_nanos() > 0)).max(SHORTEST)
}

#[async_trait(?Send)]
impl KeyValue for Kv {
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, KeyValueError> {
        self.store()?.get(key).bytes().await.map_err(failed)
    }

    async fn put(&self, key: &str, value: &[u8], ttl: Duration) -> Result<(), KeyValueError> {
        let put = self.store()?.put_bytes(key, value).map_err(failed)?;
        put.expiration_ttl(seconds(ttl)).execute().await.map_err(failed)
    }

    async fn delete(&self, key: &str) -> Result<(), KeyValueError> {
        self.store()?.delete(key).await.map_err(failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_to_live_is_rounded_up_to_what_kv_takes() {
        assert_eq!(seconds(Duration::ZERO), 60);
        assert_eq!(seconds(Duration::from_mins(1)), 60);
        assert_eq!(seconds(Duration::from_millis(60_001)), 61);
    }
}
