//! Requests that are carried out once, however often they are sent: the header field `Idempotency-Key`
//! (draft-ietf-httpapi-idempotency-key-header).
//!
//! A key is claimed in the batch of the write that it is for, and the answer is kept in that same batch. So there is no
//! moment at which one of them is done and the other is not, whatever ends the process: a request that is sent again
//! either finds the write with its answer, or finds nothing and is the first. Of two at once, one writes and the other
//! is answered with what the first one was. What is refused writes nothing and keeps nothing.

use std::marker::PhantomData;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::error::{Error, Result};

/// How long a key is remembered.
pub const KEPT: Duration = Duration::from_hours(24);

/// The most characters of a key.
pub const MAX_KEY_CHARS: usize = 255;

/// A key with what it was given for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey {
    key: String,
    fingerprint: String,
}

impl IdempotencyKey {
    /// Reads the header field's value: a string in quotation marks, as the draft has it (RFC 9651, section 3.3.3), or the
    /// same characters without them, as most clients send it. `None` when it is neither. `request` is what the key is
    /// given for, as [`fingerprint`] tells it.
    pub fn parse(value: &str, request: String) -> Option<Self> {
        let key = match value.strip_prefix('"') {
            Some(rest) => unquoted(rest)?,
            None => bare(value)?,
        };
        (1..=MAX_KEY_CHARS).contains(&key.len()).then_some(Self { key, fingerprint: request })
    }

    /// The key itself.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The digest of what it was given for.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }
}

/// What follows the first quotation mark.
fn unquoted(rest: &str) -> Option<String> {
    let inner = rest.strip_suffix('"')?;
    let mut key = String::with_capacity(inner.len());
    let mut characters = inner.chars();
    while let Some(character) = characters.next() {
        key.push(match character {
            '\\' => characters.next().filter(|next| matches!(next, '"' | '\\'))?,
            '"' => return None,
            ' '..='~' => character,
            _ => return None,
        });
    }
    Some(key)
}

/// No commas: header fields that are given twice are joined by them.
fn bare(value: &str) -> Option<String> {
    let plain = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b',');
    value.bytes().all(plain).then(|| value.to_owned())
}

/// The digest of a body.
pub fn digest(body: &[u8]) -> [u8; 32] {
    Sha256::digest(body).into()
}

/// The digest of what a request asks for: method, path with query, and body.
pub fn fingerprint(method: &str, target: &str, body: &[u8; 32]) -> String {
    let mut hasher = Sha256::new();
    hasher.update(format!("{method} {target}\n"));
    hasher.update(body);
    URL_SAFE_NO_PAD.encode(hasher.finalize())
}

/// What was made, as the text that its maker is answered and that a key keeps.
#[derive(Debug)]
pub struct Made<V> {
    /// The id of the entity, when it is one.
    pub id: Option<String>,
    /// The version of the entity.
    pub version: Option<i64>,
    /// The view as JSON text.
    pub data: String,
    /// Whether an earlier request with the same key made it.
    pub replayed: bool,
    view: PhantomData<fn() -> V>,
}

impl<V> Made<V> {
    /// What an earlier request made.
    pub(crate) fn earlier(id: Option<String>, version: Option<i64>, data: String) -> Self {
        Self { id, version, data, replayed: true, view: PhantomData }
    }
}

impl<V: Serialize> Made<V> {
    /// An entity that is made now.
    ///
    /// # Errors
    /// Only when the view cannot be serialised, which is a mistake of ours.
    pub fn entity(id: &str, version: i64, view: &V) -> Result<Self> {
        Ok(Self { id: Some(id.to_owned()), version: Some(version), ..Self::other(view)? })
    }

    /// Something else that is made now.
    ///
    /// # Errors
    /// As [`Made::entity`].
    pub fn other(view: &V) -> Result<Self> {
        let data = serde_json::to_string(view).map_err(Error::internal)?;
        Ok(Self { id: None, version: None, data, replayed: false, view: PhantomData })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &str) -> Option<String> {
        IdempotencyKey::parse(value, String::new()).map(|key| key.key)
    }

    #[test]
    fn a_key_is_the_same_with_quotation_marks_and_without() {
        for (value, key) in [
            ("8e03978e-40d5-43dd-bc93-6894a57f9324", "8e03978e-40d5-43dd-bc93-6894a57f9324"),
            ("\"8e03978e-40d5-43dd-bc93-6894a57f9324\"", "8e03978e-40d5-43dd-bc93-6894a57f9324"),
            ("a", "a"),
            ("\"two words, and \\\"more\\\\\"", "two words, and \"more\\"),
            ("~!;=", "~!;="),
        ] {
            assert_eq!(read(value).as_deref(), Some(key), "{value}");
        }
        assert_eq!(read(&"k".repeat(255)).map(|key| key.len()), Some(255));
    }

    #[test]
    fn what_is_no_key_is_refused() {
        let long = "k".repeat(256);
        for value in
            ["", "\"\"", "\"", "\"a", "a\"", "a b", "a, a", "\"a\", \"a\"", "\"a\\n\"", "\"a\\", "é", &long]
        {
            assert_eq!(read(value), None, "{value}");
        }
    }

    #[test]
    fn a_fingerprint_differs_with_each_part_of_a_request() {
        let of = |method: &str, target: &str, body: &[u8]| fingerprint(method, target, &digest(body));
        let all =
            [of("POST", "/a", b"1"), of("POST", "/a", b"2"), of("POST", "/a?b", b"1"), of("PUT", "/a", b"1")];
        for (index, one) in all.iter().enumerate() {
            assert!(all.iter().skip(index + 1).all(|other| other != one), "{index}");
        }
        assert_eq!(all.first(), Some(&of("POST", "/a", b"1")));
    }
}
