//! What is kept of one answer, and its form in the store.

#[cfg(test)]
mod tests;

use std::hash::{DefaultHasher, Hasher as _};
use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderName, HeaderValue};

use super::{Content, Loaded, Policy};
use crate::time::Timestamp;

/// What the database answered, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// The generation that it was read with.
    pub(super) generation: u64,
    /// `None` when there was no such thing.
    pub(super) content: Option<Rc<Content>>,
    /// The moment before the database was asked.
    pub(super) read_at: Timestamp,
    /// How long it took to answer.
    pub(super) took: Duration,
}

impl Entry {
    pub(super) fn new(loaded: Loaded, read_at: Timestamp, now: Timestamp) -> Self {
        let Loaded { generation, content } = loaded;
        Self { generation, content: content.map(Rc::new), read_at, took: now.since(read_at) }
    }

    /// The age from which on it is no answer.
    pub(super) fn end(&self, policy: &Policy) -> Duration {
        if self.content.is_some() { policy.staleness } else { policy.absence }
    }

    /// Neither too old nor from a clock that is ahead: how old that one is, nobody knows.
    pub(super) fn is_usable(&self, policy: &Policy, now: Timestamp) -> bool {
        self.read_at <= now && now.since(self.read_at) < self.end(policy)
    }

    /// For the store: the digest of the key, generation, time, duration, lengths, headers, body; and a checksum of all
    /// before it. The store has only answers that are there.
    pub(super) fn encode(&self, digest: &[u8; 32]) -> Option<Vec<u8>> {
        let content = self.content.as_ref()?;
        let headers =
            content.headers.iter().map(|(name, value)| [name.as_ref(), value.as_bytes()].join(&b':'));
        let headers = headers.collect::<Vec<_>>().join(&b'\n');
        let mut bytes = Vec::with_capacity(72 + headers.len() + content.body.len());
        bytes.extend_from_slice(digest);
        bytes.extend_from_slice(&self.generation.to_le_bytes());
        bytes.extend_from_slice(&self.read_at.millis().to_le_bytes());
        bytes.extend_from_slice(&u64::try_from(self.took.as_millis()).ok()?.to_le_bytes());
        bytes.extend_from_slice(&u64::try_from(headers.len()).ok()?.to_le_bytes());
        bytes.extend_from_slice(&headers);
        bytes.extend_from_slice(&content.body);
        let checksum = checksum(&bytes);
        bytes.extend_from_slice(&checksum.to_le_bytes());
        Some(bytes)
    }

    /// `None` for bytes that are no entry, not the whole of one, or one for another key.
    pub(super) fn decode(bytes: &[u8], wanted: &[u8; 32]) -> Option<Self> {
        let (bytes, sum) = bytes.split_last_chunk()?;
        let (digest, rest) = bytes.split_first_chunk()?;
        if digest != wanted || checksum(bytes) != u64::from_le_bytes(*sum) {
            return None;
        }
        let (generation, rest) = rest.split_first_chunk()?;
        let (read_at, rest) = rest.split_first_chunk()?;
        let (took, rest) = rest.split_first_chunk()?;
        let (length, rest) = rest.split_first_chunk()?;
        let (headers, body) = rest.split_at_checked(usize::try_from(u64::from_le_bytes(*length)).ok()?)?;
        let headers = headers.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        Some(Self {
            generation: u64::from_le_bytes(*generation),
            content: Some(Rc::new(Content {
                body: Bytes::copy_from_slice(body),
                headers: headers.map(header).collect::<Option<_>>()?,
            })),
            read_at: Timestamp::from_millis(i64::from_le_bytes(*read_at)),
            took: Duration::from_millis(u64::from_le_bytes(*took)),
        })
    }
}

fn header(line: &[u8]) -> Option<(HeaderName, HeaderValue)> {
    let colon = line.iter().position(|byte| *byte == b':')?;
    let (name, value) = (line.get(..colon)?, line.get(colon + 1..)?);
    Some((HeaderName::from_bytes(name).ok()?, HeaderValue::from_bytes(value).ok()?))
}

/// Finds what a store has mixed up, not what somebody has forged: whoever can write there can write lists, too.
fn checksum(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(bytes);
    hasher.finish()
}
