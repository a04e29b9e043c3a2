//! The shared cache level: a key-value store that may forget.

use std::time::Duration;

use async_trait::async_trait;

/// Why the store did not do as asked. The cache treats every failure as a miss.
#[derive(Debug)]
pub struct KeyValueError(pub anyhow::Error);

impl std::fmt::Display for KeyValueError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:#}", self.0)
    }
}

impl std::error::Error for KeyValueError {}

/// Keeps bytes under a key for a while.
///
/// # MUST
/// - give back the bytes of a completed `put` or an older state of the key, never a mixture;
/// - answer `None` for a key past its time to live, also where the runtime's store has no such notion.
///
/// It MAY forget at any time and MAY answer an older state for up to 60 seconds (Cloudflare KV is eventually
/// consistent): callers decide with what is inside the value.
#[async_trait(?Send)]
pub trait KeyValue {
    /// The bytes under a key.
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, KeyValueError>;

    /// Stores bytes for at least `ttl`; adapters round up to what their store can do (60 seconds on Cloudflare).
    async fn put(&self, key: &str, value: &[u8], ttl: Duration) -> Result<(), KeyValueError>;

    /// Forgets a key; a key that is not there is no error.
    async fn delete(&self, key: &str) -> Result<(), KeyValueError>;
}
