//! Randomness from `crypto.getRandomValues`.

use anyhow::anyhow;
use shared::ports::Entropy;

/// Web Crypto. The runtime refuses it outside of an event, for instance while a Worker starts.
pub(crate) struct WebCrypto;

impl Entropy for WebCrypto {
    fn fill(&self, buffer: &mut [u8]) -> anyhow::Result<()> {
        getrandom::fill(buffer).map_err(|error| anyhow!("crypto.getRandomValues: {error}"))
    }
}
