//! What a client has seen: the token that its writes hand it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::CAUTION;
use crate::auth::KeySet;
use crate::time::Timestamp;

const MAC_PURPOSE: &str = "generation-seen";

/// The generation of a resource that a client has seen at least: what it wrote, or zero.
///
/// Of two writes at once, the answer of the earlier one may arrive last, and its token replace the newer one. So the token
/// also says when it was made, and until nothing older can be in the cache, its bearer is answered from the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// The resource, by the name of its table.
    pub resource: &'static str,
    /// The generation.
    pub generation: u64,
    /// When the write had been committed.
    pub at: Timestamp,
}

impl Seen {
    /// The client has seen nothing in particular.
    pub fn nothing(resource: &'static str) -> Self {
        Self { resource, generation: 0, at: Timestamp::from_millis(0) }
    }

    /// Whether something older than the write may be in the cache whatever its generation says: the token's bearer may have
    /// written again since.
    pub(super) fn is_recent(&self, now: Timestamp) -> bool {
        now.since(self.at) < CAUTION
    }

    /// Of two things seen of one resource, what rules out more.
    #[must_use]
    pub fn or_later(self, other: Self) -> Self {
        Self { generation: self.generation.max(other.generation), at: self.at.max(other.at), ..self }
    }

    /// The text that the client keeps and presents: `products.12.1769860800000.MAC`.
    pub fn to_token(self, keys: &KeySet) -> String {
        let body = format!("{}.{}.{}", self.resource, self.generation, self.at.millis());
        let mac = URL_SAFE_NO_PAD.encode(keys.mac(MAC_PURPOSE, body.as_bytes()));
        format!("{body}.{mac}")
    }

    /// Reads a token for a resource; one that is forged, malformed or for another resource counts as nothing seen.
    pub fn from_token(resource: &'static str, keys: &KeySet, token: &str) -> Self {
        let read = || {
            let (body, mac) = token.rsplit_once('.')?;
            let (name, numbers) = body.split_once('.')?;
            let (generation, at) = numbers.split_once('.')?;
            let mac = URL_SAFE_NO_PAD.decode(mac).ok()?;
            let genuine = name == resource && keys.verify_mac(MAC_PURPOSE, body.as_bytes(), &mac);
            let at = Timestamp::from_millis(at.parse().ok()?);
            genuine.then_some(Self { resource, generation: generation.parse().ok()?, at })
        };
        read().unwrap_or_else(|| Self::nothing(resource))
    }
}

#[cfg(test)]
mod tests;
