//! Cryptographic randomness.

/// Fills buffers with random bytes.
///
/// # MUST
/// - draw from the runtime's cryptographically secure source.
pub trait Entropy {
    /// Fills the whole buffer.
    ///
    /// # Errors
    /// Only when the runtime has no randomness to give; nothing sensible can go on then.
    fn fill(&self, buffer: &mut [u8]) -> anyhow::Result<()>;
}
