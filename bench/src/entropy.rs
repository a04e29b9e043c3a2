//! Randomness of this machine.

/// The system's own.
#[derive(Debug)]
pub(crate) struct Random;

impl shared::ports::Entropy for Random {
    fn fill(&self, bytes: &mut [u8]) -> anyhow::Result<()> {
        getrandom::fill(bytes).map_err(|error| anyhow::anyhow!("{error}"))
    }
}
