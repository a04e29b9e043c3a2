//! The keys of session tokens: the first signs, all verify, so that keys rotate without signing anybody out.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use jwt_simple::algorithms::HS256Key;
use sha2::Sha256;

use crate::config::{Config, SigningKey};
use crate::error::{Error, Result};
use crate::ports::Ports;
use crate::repositories::secrets;

/// The keys in use.
#[derive(Debug)]
pub struct KeySet {
    keys: Vec<Key>,
}

struct Key {
    id: String,
    bytes: Vec<u8>,
    token: HS256Key,
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Key({}, …)", self.id)
    }
}

impl KeySet {
    /// The keys of the settings, or in development, when there are none, one that is made and kept in the database.
    ///
    /// # Errors
    /// When there is neither.
    pub async fn load(config: &Config, ports: &Ports) -> Result<Self> {
        if !config.signing_keys.is_empty() {
            return Self::new(&config.signing_keys);
        }
        let mut bytes = [0; 32];
        ports.entropy.fill(&mut bytes).map_err(Error::Internal)?;
        let fresh = URL_SAFE_NO_PAD.encode(bytes);
        let kept = secrets::get_or_insert(&*ports.database, "signing_key", &fresh).await?;
        let bytes = URL_SAFE_NO_PAD.decode(kept).map_err(Error::internal)?;
        Self::new(&[SigningKey { id: "development".to_owned(), bytes }])
    }

    /// These keys.
    ///
    /// # Errors
    /// When there are none.
    pub fn new(keys: &[SigningKey]) -> Result<Self> {
        if keys.is_empty() {
            return Err(Error::internal("there is no signing key"));
        }
        let key = |key: &SigningKey| Key {
            id: key.id.clone(),
            bytes: key.bytes.clone(),
            token: HS256Key::from_bytes(&key.bytes).with_key_id(&key.id),
        };
        Ok(Self { keys: keys.iter().map(key).collect() })
    }

    /// The key that signs.
    ///
    /// # Errors
    /// Never in practice: a set is not empty.
    pub(crate) fn signing(&self) -> Result<&HS256Key> {
        self.keys.first().map(|key| &key.token).ok_or_else(|| Error::internal("there is no signing key"))
    }

    /// The key with this id.
    pub(crate) fn find(&self, id: &str) -> Option<&HS256Key> {
        self.keys.iter().find(|key| key.id == id).map(|key| &key.token)
    }

    /// A message authentication code (HMAC-SHA-256 cut to 16 bytes) with the signing key. The purpose keeps codes
    /// of one kind from passing as another, and all of them from passing as tokens.
    pub fn mac(&self, purpose: &str, message: &[u8]) -> [u8; MAC_BYTES] {
        self.keys.first().map_or([0; MAC_BYTES], |key| mac(&key.bytes, purpose, message))
    }

    /// Message authentication codes in full length (HMAC-SHA-256), one by each key, the signing key's first: secrets that
    /// can be made again from what they are for, and kept nowhere.
    pub fn codes(&self, purpose: &str, message: &[u8]) -> Vec<[u8; WHOLE_MAC_BYTES]> {
        self.keys.iter().map(|key| whole_mac(&key.bytes, purpose, message)).collect()
    }

    /// Whether a code is genuine, whichever key made it.
    pub fn verify_mac(&self, purpose: &str, message: &[u8], code: &[u8]) -> bool {
        self.keys.iter().any(|key| {
            let right = mac(&key.bytes, purpose, message);
            // Every byte is looked at, so that the time tells nothing.
            code.len() == right.len()
                && right.iter().zip(code).fold(0, |differing, (a, b)| differing | (a ^ b)) == 0
        })
    }
}

const MAC_BYTES: usize = 16;
const WHOLE_MAC_BYTES: usize = 32;

fn mac(key: &[u8], purpose: &str, message: &[u8]) -> [u8; MAC_BYTES] {
    let mut short = [0; MAC_BYTES];
    short.iter_mut().zip(whole_mac(key, purpose, message)).for_each(|(to, from)| *to = from);
    short
}

fn whole_mac(key: &[u8], purpose: &str, message: &[u8]) -> [u8; WHOLE_MAC_BYTES] {
    // HMAC takes keys of any length.
    Hmac::<Sha256>::new_from_slice(key).map_or([0; WHOLE_MAC_BYTES], |mut mac| {
        mac.update(purpose.as_bytes());
        mac.update(&[0]);
        mac.update(message);
        mac.finalize().into_bytes().into()
    })
}
