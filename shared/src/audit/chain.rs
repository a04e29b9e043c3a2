//! The chain over the audit log: the hash of an entry covers the entry and the hash before it, so that whoever knows one
//! hash can tell whether anything up to there was changed.

use sha2::{Digest as _, Sha256};

use crate::ports::{DatabaseError, Row};

/// What the first hash follows.
const GENESIS: [u8; 32] = [0; 32];

/// Names the encoding, so that another one can never be taken for it.
const DOMAIN: &[u8] = b"ashlar audit 1";

/// A link of the chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hash([u8; 32]);

impl Hash {
    /// What the first entry's hash follows.
    pub const GENESIS: Self = Self(GENESIS);

    /// The hash in 64 hexadecimal digits.
    pub fn to_hex(self) -> String {
        self.0.iter().fold(String::with_capacity(64), |mut text, byte| {
            for half in [byte >> 4, byte & 15] {
                text.extend(char::from_digit(half.into(), 16));
            }
            text
        })
    }

    /// Reads 64 lower-case hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.bytes().map(|byte| match byte {
            b'0'..=b'9' => Some(byte - b'0'),
            b'a'..=b'f' => Some(byte - b'a' + 10),
            _ => None,
        });
        let digits = digits.collect::<Option<Vec<_>>>().filter(|digits| digits.len() == 64)?;
        let mut hash = [0; 32];
        for (byte, pair) in hash.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = pair.iter().fold(0, |byte, digit| byte << 4 | digit);
        }
        Some(Self(hash))
    }
}

/// An entry as the database holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// Its number, from 1 without gaps.
    pub seq: i64,
    /// When, in milliseconds.
    pub at: i64,
    /// The texts in the order of [`Recorded::COLUMNS`]; `None` is NULL.
    pub texts: [Option<String>; 9],
}

impl Recorded {
    /// The columns of the texts, in the order of the encoding.
    pub const TEXTS: [&str; 9] = [
        "action",
        "actor_id",
        "credential",
        "target_kind",
        "target_id",
        "details",
        "address",
        "user_agent",
        "request_id",
    ];

    /// The columns that [`Recorded::read`] reads.
    pub const COLUMNS: &str = "seq, at, action, actor_id, credential, target_kind, target_id, details, address, user_agent, request_id";

    /// Reads a row of [`Recorded::COLUMNS`].
    ///
    /// # Errors
    /// When the row is not what the migrations promise.
    pub fn read(row: Row<'_>) -> Result<Self, DatabaseError> {
        let mut texts = [const { None }; 9];
        for (text, column) in texts.iter_mut().zip(Self::TEXTS) {
            *text = row.get(column)?;
        }
        Ok(Self { seq: row.get("seq")?, at: row.get("at")?, texts })
    }

    /// The hash of this entry after the one before it. Numbers are eight bytes, big-endian; a text is its length in
    /// bytes and its UTF-8, NULL is a length that no text has: no two entries have one encoding.
    #[must_use]
    pub fn hash(&self, previous: Hash) -> Hash {
        let mut digest = Sha256::new()
            .chain_update(previous.0)
            .chain_update(DOMAIN)
            .chain_update(self.seq.to_be_bytes())
            .chain_update(self.at.to_be_bytes());
        for text in &self.texts {
            let length = text.as_ref().map_or(u64::MAX, |text| text.len() as u64);
            digest.update(length.to_be_bytes());
            digest.update(text.as_deref().unwrap_or_default());
        }
        Hash(digest.finalize().into())
    }
}

/// What is wrong with a place of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    /// The entry is gone, or was never there while a later one is.
    Missing,
    /// The entry is not the one that was sealed, or the chain before it is another.
    Changed,
    /// The entry has no seal, but a later one has.
    Unsealed,
}

impl Problem {
    /// The name in the API.
    pub const NAMES: &[&str] = &["missing", "changed", "unsealed"];

    /// The name in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Changed => "changed",
            Self::Unsealed => "unsealed",
        }
    }
}

/// The first place where the log is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Broken {
    /// The number of the entry.
    pub seq: i64,
    /// What is wrong with it.
    pub problem: Problem,
}

/// Walks along the chain, one number after the other.
#[derive(Debug, Clone, Copy)]
pub struct Walk {
    /// The last number that was found right.
    pub seq: i64,
    /// Its hash.
    pub hash: Hash,
    /// The number of the newest seal: whatever is up to there must be whole.
    sealed: i64,
}

impl Walk {
    /// Begins after the entry with this number and hash; the newest seal is that of `sealed`.
    pub fn after(seq: i64, hash: Hash, sealed: i64) -> Self {
        Self { seq, hash, sealed }
    }

    /// The number that comes next.
    pub fn next(&self) -> i64 {
        self.seq + 1
    }

    /// Whether every sealed entry was seen.
    pub fn is_complete(&self) -> bool {
        self.seq >= self.sealed
    }

    /// Takes the next entry and its seal; the numbers must rise.
    ///
    /// # Errors
    /// The first place where the log is broken.
    pub fn step(&mut self, entry: &Recorded, seal: Option<&str>) -> Result<(), Broken> {
        let broken = |problem| Broken { seq: self.next(), problem };
        if entry.seq != self.next() {
            return Err(broken(Problem::Missing));
        }
        let hash = entry.hash(self.hash);
        match seal {
            Some(seal) if Hash::parse(seal) == Some(hash) => {}
            Some(_) => return Err(broken(Problem::Changed)),
            None if entry.seq <= self.sealed => return Err(broken(Problem::Unsealed)),
            None => {}
        }
        (self.seq, self.hash) = (entry.seq, hash);
        Ok(())
    }

    /// Ends the walk where there are no more entries.
    ///
    /// # Errors
    /// When there is a seal whose entry is gone.
    pub fn end(&self) -> Result<(), Broken> {
        let broken = Broken { seq: self.next(), problem: Problem::Missing };
        if self.is_complete() { Ok(()) } else { Err(broken) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(seq: i64) -> Recorded {
        let text = |index: usize| (index != 1).then(|| format!("text {index}"));
        Recorded { seq, at: 7, texts: std::array::from_fn(text) }
    }

    #[test]
    fn a_hash_is_written_and_read() {
        let hash = entry(1).hash(Hash::GENESIS);
        assert_eq!(Hash::parse(&hash.to_hex()), Some(hash));
        assert_eq!(Hash::GENESIS.to_hex(), "0".repeat(64));
        for wrong in ["", "0", &"0".repeat(63), &"g".repeat(64), &"A".repeat(64)] {
            assert_eq!(Hash::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn the_encoding_stays_what_it_is() {
        // Computed apart from this code, by hand of the description in docs/AUDIT.md.
        let expected = "ea027812c20d2ef61b450405848c2391c1ffbc0d9a079b888b00391d9c53926a";
        assert_eq!(entry(1).hash(Hash::GENESIS).to_hex(), expected);
    }

    #[test]
    fn every_part_of_an_entry_and_what_went_before_are_in_its_hash() {
        let hash = entry(1).hash(Hash::GENESIS);
        assert_ne!(hash, entry(2).hash(Hash::GENESIS));
        assert_ne!(hash, entry(1).hash(hash));
        assert_ne!(hash, Recorded { at: 8, ..entry(1) }.hash(Hash::GENESIS));
        for index in 0..9 {
            for other in [None, Some(String::new()), Some("text".to_owned())] {
                let mut changed = entry(1);
                if changed.texts[index] != other {
                    changed.texts[index] = other;
                    assert_ne!(hash, changed.hash(Hash::GENESIS));
                }
            }
        }
        // What moves from one text to its neighbour is a change.
        let mut moved = entry(1);
        moved.texts[3] = Some("text 3t".to_owned());
        moved.texts[4] = Some("ext 4".to_owned());
        assert_ne!(hash, moved.hash(Hash::GENESIS));
    }
}
