//! Device cookies ([OWASP](https://owasp.org/www-community/Slow_Down_Online_Guessing_Attacks_with_Device_Cookies)): a
//! device that has logged in to an account before is counted by itself, so that an attack on the account from
//! elsewhere does not keep its owner out.
//!
//! A cookie is a random number, the time and a code of the signing keys over both and the account's address. It opens
//! nothing: a password is still asked for.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::auth::KeySet;
use crate::error::{Error, Result};
use crate::ports::Entropy;
use crate::time::Timestamp;

const PURPOSE: &str = "device";
const NONCE_BYTES: usize = 16;
const TIME_BYTES: usize = 8;

/// How long a device is known after its last login: a year.
pub const LIFETIME: Duration = Duration::from_hours(365 * 24);

/// A device that an account is known on, by the number in its cookie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownDevice(String);

impl KnownDevice {
    /// What tells it from other devices.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    #[cfg(test)]
    pub(crate) fn named(name: &str) -> Self {
        Self(name.to_owned())
    }
}

/// The cookie of a device that has just logged in to the account.
///
/// # Errors
/// Only when the runtime has no randomness.
pub fn issue(keys: &KeySet, email: &str, now: Timestamp, entropy: &dyn Entropy) -> Result<String> {
    let mut nonce = [0; NONCE_BYTES];
    entropy.fill(&mut nonce).map_err(Error::Internal)?;
    let device = [&nonce[..], &now.millis().to_be_bytes()].concat();
    let code = keys.mac(PURPOSE, &message(&device, email));
    Ok(URL_SAFE_NO_PAD.encode([&device[..], &code].concat()))
}

/// The device, if the cookie is genuine, of this account and not too old.
pub fn recognise(keys: &KeySet, email: &str, cookie: &str, now: Timestamp) -> Option<KnownDevice> {
    let bytes = URL_SAFE_NO_PAD.decode(cookie).ok()?;
    let (device, code) = bytes.split_at_checked(NONCE_BYTES + TIME_BYTES)?;
    let (nonce, time) = device.split_first_chunk::<NONCE_BYTES>()?;
    let issued = Timestamp::from_millis(i64::from_be_bytes(time.try_into().ok()?));
    let known = keys.verify_mac(PURPOSE, &message(device, email), code) && now.since(issued) < LIFETIME;
    known.then(|| KnownDevice(URL_SAFE_NO_PAD.encode(nonce)))
}

/// The device has a fixed length, so that nothing can move from one part to the other.
fn message(device: &[u8], email: &str) -> Vec<u8> {
    [device, email.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::SigningKey;

    struct Zeros;

    impl Entropy for Zeros {
        fn fill(&self, buffer: &mut [u8]) -> anyhow::Result<()> {
            buffer.fill(0);
            Ok(())
        }
    }

    fn keys(byte: u8) -> KeySet {
        KeySet::new(&[SigningKey { id: "k".to_owned(), bytes: vec![byte; 32] }]).unwrap()
    }

    #[test]
    fn a_device_is_known_to_its_account_for_a_year() {
        let now = Timestamp::from_millis(1_800_000_000_000);
        let cookie = issue(&keys(1), "ada@example.test", now, &Zeros).unwrap();
        let known = |byte, email, at| recognise(&keys(byte), email, &cookie, at).is_some();
        assert!(known(1, "ada@example.test", now));
        let end = now.plus(LIFETIME);
        assert!(known(1, "ada@example.test", end.minus(Duration::from_millis(1))));
        assert!(!known(1, "ada@example.test", end));
        assert!(!known(1, "eve@example.test", now));
        assert!(!known(2, "ada@example.test", now));
    }

    #[test]
    fn a_cookie_that_was_changed_is_no_devices() {
        let now = Timestamp::from_millis(1_800_000_000_000);
        let cookie = issue(&keys(1), "ada@example.test", now, &Zeros).unwrap();
        for at in 0..cookie.len() {
            let mut changed = cookie.clone().into_bytes();
            changed[at] = if changed[at] == b'B' { b'C' } else { b'B' };
            let changed = String::from_utf8(changed).unwrap();
            assert_eq!(recognise(&keys(1), "ada@example.test", &changed, now), None, "{at}");
        }
        for garbage in ["", "A", &cookie[..20], &cookie[2..], &format!("{cookie}AA")] {
            assert_eq!(recognise(&keys(1), "ada@example.test", garbage, now), None, "{garbage}");
        }
    }
}
