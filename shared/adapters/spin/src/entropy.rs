//! The Entropy port.

use anyhow::Context as _;
use shared::ports::Entropy;

/// The host's cryptographically secure source (`wasi:random`).
pub struct HostEntropy;

impl Entropy for HostEntropy {
    fn fill(&self, buffer: &mut [u8]) -> anyhow::Result<()> {
        getrandom::fill(buffer).context("the runtime has no randomness")
    }
}
