//! The operating system's randomness.

use shared::ports::Entropy;

/// Draws from the operating system.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, buffer: &mut [u8]) -> anyhow::Result<()> {
        getrandom::fill(buffer).map_err(|error| anyhow::anyhow!("the system gives no randomness: {error}"))
    }
}
