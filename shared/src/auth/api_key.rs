//! API keys: what one looks like, and what is kept of it. docs/API-KEYS.md has the format for others.
//!
//! A key is `ashlar_`, 32 random bytes in base 62, and a checksum: 56 characters that a double click selects, that
//! scanners of leaked secrets recognise, and whose typos are told apart without asking the database.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use crate::error::{Error, Result};
use crate::ports::{Entropy, Value};

/// What every key begins with.
pub const PREFIX: &str = "ashlar_";

/// 32 bytes in base 62.
const RANDOM_CHARS: usize = 43;
/// 32 bits in base 62.
const CHECKSUM_CHARS: usize = 6;
const HINT_CHARS: usize = 4;

const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// A key in clear text, which only its user keeps.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey(String);

/// What is stored of a key: its SHA-256. A key has 256 random bits, so that nothing slower is needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKeyHash(String);

impl ApiKey {
    /// A new key.
    ///
    /// # Errors
    /// Only when the runtime has no randomness.
    pub fn new(entropy: &dyn Entropy) -> Result<Self> {
        let mut bytes = [0; 32];
        entropy.fill(&mut bytes).map_err(Error::Internal)?;
        let random = base62(&bytes, RANDOM_CHARS);
        Ok(Self(format!("{PREFIX}{random}{}", checksum(&random))))
    }

    /// Whether a text is meant to be a key, right or wrong.
    pub fn is_meant_by(text: &str) -> bool {
        text.starts_with(PREFIX)
    }

    /// Reads a key; `None` when the form or the checksum is wrong.
    pub fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix(PREFIX)?;
        let right_form = rest.len() == RANDOM_CHARS + CHECKSUM_CHARS
            && rest.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let (random, sum) = right_form.then_some(rest)?.split_at_checked(RANDOM_CHARS)?;
        (checksum(random) == sum).then(|| Self(text.to_owned()))
    }

    /// The text, for its user's eyes.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The last characters, by which people tell their keys apart.
    pub fn hint(&self) -> &str {
        self.0.get(self.0.len() - HINT_CHARS..).unwrap_or_default()
    }

    /// What is stored.
    pub fn hash(&self) -> ApiKeyHash {
        ApiKeyHash(URL_SAFE_NO_PAD.encode(Sha256::digest(self.0.as_bytes())))
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(…)")
    }
}

impl From<&ApiKeyHash> for Value {
    fn from(hash: &ApiKeyHash) -> Self {
        Self::Text(hash.0.clone())
    }
}

/// CRC-32 of the random characters, in base 62.
fn checksum(random: &str) -> String {
    base62(&crc32(random.as_bytes()).to_be_bytes(), CHECKSUM_CHARS)
}

/// A number, its largest byte first, in so many digits of base 62.
fn base62(number: &[u8], width: usize) -> String {
    let mut number = number.to_vec();
    let mut digits = vec![b'0'; width];
    for digit in digits.iter_mut().rev() {
        let mut remainder = 0;
        for byte in &mut number {
            let dividend = remainder << 8 | usize::from(*byte);
            *byte = u8::try_from(dividend / DIGITS.len()).unwrap_or(u8::MAX);
            remainder = dividend % DIGITS.len();
        }
        *digit = DIGITS.get(remainder).copied().unwrap_or(b'0');
    }
    digits.into_iter().map(char::from).collect()
}

/// CRC-32 as zlib computes it (ISO 3309). Bit by bit: 43 bytes are not worth a table.
fn crc32(bytes: &[u8]) -> u32 {
    let shift = |crc: u32, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
    !bytes.iter().fold(!0, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), shift))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fixed(u8);

    impl Entropy for Fixed {
        fn fill(&self, bytes: &mut [u8]) -> anyhow::Result<()> {
            bytes.fill(self.0);
            Ok(())
        }
    }

    fn key(byte: u8) -> ApiKey {
        ApiKey::new(&Fixed(byte)).unwrap()
    }

    #[test]
    fn the_checksum_is_the_common_crc_32_in_base_62() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(base62(&[0, 0, 0, 61], 2), "0z");
        assert_eq!(base62(&[0, 0, 0, 62], 2), "10");
        assert_eq!(base62(&u32::MAX.to_be_bytes(), 6), "4gfFC3");
        // What docs/API-KEYS.md shows.
        assert_eq!(checksum(&"0".repeat(43)), "2CZclj");
    }

    #[test]
    fn keys_of_any_bytes_have_one_form_and_are_read_again() {
        let form = regex::Regex::new("^ashlar_[0-9A-Za-z]{49}$").unwrap();
        for byte in [0, 1, 127, 255] {
            let key = key(byte);
            assert!(form.is_match(key.expose()), "{}", key.expose());
            assert_eq!(ApiKey::parse(key.expose()), Some(key.clone()));
            assert!(key.expose().ends_with(key.hint()) && key.hint().len() == 4);
            assert_eq!(format!("{key:?}"), "ApiKey(…)");
        }
        assert_ne!(key(1).hash(), key(2).hash());
    }

    #[test]
    fn every_typo_of_one_character_is_noticed() {
        let key = key(200);
        let text = key.expose();
        for index in 0..text.len() {
            for other in ['0', 'Z', 'q', '_', '-'] {
                let mut wrong: Vec<char> = text.chars().collect();
                if std::mem::replace(&mut wrong[index], other) != other {
                    let wrong: String = wrong.into_iter().collect();
                    assert_eq!(ApiKey::parse(&wrong), None, "{wrong}");
                }
            }
        }
        for wrong in
            ["", "ashlar_", &text[..55], &format!("{text}0"), &text.to_uppercase(), &text.replace('_', "-")]
        {
            assert_eq!(ApiKey::parse(wrong), None, "{wrong}");
        }
    }
}
