//! Random text for ids, passwords and secrets of local servers.

use anyhow::{Result, anyhow};

/// `bytes` random bytes in hexadecimal.
///
/// # Errors
/// When the system has no randomness.
pub fn hex(bytes: usize) -> Result<String> {
    use std::fmt::Write as _;
    let mut buffer = vec![0; bytes];
    getrandom::fill(&mut buffer).map_err(|error| anyhow!("the system gave no random bytes: {error}"))?;
    Ok(buffer.iter().fold(String::with_capacity(bytes * 2), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    }))
}
