//! Refresh tokens: 256 random bits that are good for one use, each of which makes the next one of the same session.
//!
//! The text is the session's id, the secret and a code of the signing keys, in base64url. The code tells a token that
//! was ours once from a guess: only the former ends its family. Whether a token counts is for the database to say, which
//! knows hashes only; so a token in force goes on working when the keys have changed.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::auth::KeySet;
use crate::error::{Error, Result};
use crate::ids::{Id as _, SessionId};
use crate::ports::Entropy;

const PURPOSE: &str = "refresh";
const SUCCESSOR: &[u8] = b"ashlar refresh successor";
const ID_BYTES: usize = 16;
const SECRET_BYTES: usize = 32;
const CODE_BYTES: usize = 16;

/// A token of a session's family.
#[derive(Clone, PartialEq, Eq)]
pub struct RefreshToken {
    session: SessionId,
    secret: [u8; SECRET_BYTES],
}

/// A token as a client showed it.
#[derive(Debug)]
pub struct Presented {
    /// The token.
    pub token: RefreshToken,
    code: [u8; CODE_BYTES],
}

impl std::fmt::Debug for RefreshToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RefreshToken({}, …)", self.session)
    }
}

impl RefreshToken {
    /// A fresh token of a session.
    ///
    /// # Errors
    /// Only when the runtime has no randomness.
    pub fn new(session: SessionId, entropy: &dyn Entropy) -> Result<Self> {
        let mut secret = [0; SECRET_BYTES];
        entropy.fill(&mut secret).map_err(Error::Internal)?;
        Ok(Self { session, secret })
    }

    /// Whose token it is.
    pub fn session(&self) -> &SessionId {
        &self.session
    }

    /// The text for the client.
    ///
    /// # Errors
    /// Never in practice: the id of a session is a UUID.
    pub fn text(&self, keys: &KeySet) -> Result<String> {
        let message = self.message()?;
        Ok(URL_SAFE_NO_PAD.encode([&message[..], &keys.mac(PURPOSE, &message)].concat()))
    }

    /// What the database keeps of it. The secret is random, so that a plain SHA-256 gives nothing away.
    pub fn hash(&self) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(self.secret))
    }

    /// Encrypts the next token of the family for whoever has this one. The key is used for this alone, because a
    /// token has one successor.
    pub fn seal(&self, successor: &Self) -> String {
        URL_SAFE_NO_PAD.encode(self.crypt(successor.secret))
    }

    /// Decrypts what [`RefreshToken::seal`] made; `None` when it has another shape.
    pub fn unseal(&self, sealed: &str) -> Option<Self> {
        let sealed = URL_SAFE_NO_PAD.decode(sealed).ok()?.try_into().ok()?;
        Some(Self { session: self.session.clone(), secret: self.crypt(sealed) })
    }

    /// A one-time pad that is derived from the secret.
    fn crypt(&self, mut text: [u8; SECRET_BYTES]) -> [u8; SECRET_BYTES] {
        // HMAC takes keys of any length.
        if let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.secret) {
            mac.update(SUCCESSOR);
            text.iter_mut().zip(mac.finalize().into_bytes()).for_each(|(byte, pad)| *byte ^= pad);
        }
        text
    }

    fn message(&self) -> Result<Vec<u8>> {
        let id = Uuid::try_parse(self.session.as_str()).map_err(Error::internal)?;
        Ok([&id.as_bytes()[..], &self.secret].concat())
    }
}

impl Presented {
    /// Reads the text of a token; `None` when it is none. Touches no storage.
    pub fn read(text: &str) -> Option<Self> {
        const LENGTH: usize = (ID_BYTES + SECRET_BYTES + CODE_BYTES) * 4 / 3 + 1;
        let bytes = (text.len() == LENGTH).then(|| URL_SAFE_NO_PAD.decode(text).ok()).flatten()?;
        let (id, rest) = bytes.split_first_chunk::<ID_BYTES>()?;
        let (secret, code) = rest.split_first_chunk::<SECRET_BYTES>()?;
        let session = SessionId::parse(&Uuid::from_bytes(*id).to_string())?;
        Some(Self { token: RefreshToken { session, secret: *secret }, code: code.try_into().ok()? })
    }

    /// Whether one of our keys made it.
    pub fn is_genuine(&self, keys: &KeySet) -> bool {
        self.token.message().is_ok_and(|message| keys.verify_mac(PURPOSE, &message, &self.code))
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::config::SigningKey;

    /// Different bytes with each call.
    #[derive(Default)]
    struct Counting(Cell<u8>);

    impl Entropy for Counting {
        fn fill(&self, buffer: &mut [u8]) -> anyhow::Result<()> {
            self.0.set(self.0.get() + 1);
            buffer.fill(self.0.get());
            Ok(())
        }
    }

    fn keys(byte: u8) -> KeySet {
        KeySet::new(&[SigningKey { id: "k".to_owned(), bytes: vec![byte; 32] }]).unwrap()
    }

    fn tokens() -> (RefreshToken, RefreshToken) {
        let (entropy, id) = (Counting::default(), "019376a1-9c3b-7aaa-8bbb-0123456789ab");
        let new = || RefreshToken::new(SessionId::parse(id).unwrap(), &entropy).unwrap();
        (new(), new())
    }

    #[test]
    fn a_token_reads_back_and_only_the_keys_that_made_it_know_it() {
        let (token, _) = tokens();
        let text = token.text(&keys(1)).unwrap();
        let presented = Presented::read(&text).unwrap();
        assert_eq!(presented.token, token);
        assert!(presented.is_genuine(&keys(1)) && !presented.is_genuine(&keys(2)));
        assert_eq!(text.len(), 86);
        assert!(!format!("{presented:?}").contains(&text[24..40]));
    }

    #[test]
    fn what_is_no_token_is_not_read() {
        let text = tokens().0.text(&keys(1)).unwrap();
        let longer = format!("{text}A");
        let padded = format!("{}==", &text[..84]);
        for garbage in ["", "x", &text[1..], &longer, &padded, &"=".repeat(86), &"é".repeat(43)] {
            assert!(Presented::read(garbage).is_none(), "{garbage}");
        }
    }

    #[test]
    fn only_the_token_before_opens_what_seals_its_successor() {
        let (token, successor) = tokens();
        let sealed = token.seal(&successor);
        assert_eq!(token.unseal(&sealed), Some(successor.clone()));
        assert_ne!(successor.unseal(&sealed).unwrap(), successor);
        assert!(!sealed.contains(&URL_SAFE_NO_PAD.encode(successor.secret)));
        assert_eq!(token.unseal("AAAA"), None);
        assert_ne!(token.hash(), successor.hash());
    }
}
