//! Cache-aside with a promise: after a committed write its writer never sees the old value, and nobody sees one
//! older than [`MAX_STALENESS`].
//!
//! The generation of a resource lives in the database and is raised in the batch of each write. A cached entry
//! carries the generation that it was read with. The writer is handed the new generation in a signed token
//! ([`Seen`]) and presents it with later requests; an entry of a lower generation is no answer for them. A pointer
//! to the latest generation lies beside the entries, so that other readers, too, usually see a write at once; the
//! age limit is what they are promised. A dead cache makes the application slower and never wrong.
//!
//! Ages are told by the clocks of the machines that read and write; where these differ, the age limit is off by as much.

#[cfg(test)]
mod tests;

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use crate::auth::KeySet;
use crate::ports::Ports;
use crate::time::{Timestamp, within};

/// The age beyond which an entry is never served.
pub const MAX_STALENESS: Duration = Duration::from_secs(10);

/// How long a writer is answered from the database, whatever the cache holds: until nothing older than its write is left
/// there, even if the answer to the write was overtaken by that to one 20 seconds newer.
const CAUTION: Duration = MAX_STALENESS.saturating_add(Duration::from_secs(20));

/// How long a request waits for the store. What it has not answered by then it does not hold.
pub const PATIENCE: Duration = Duration::from_secs(1);

/// How long entries stay in the store; they are useless after [`MAX_STALENESS`], and stores have minima.
const STORE_TTL: Duration = Duration::from_mins(1);

/// How long the pointer to the latest generation stays: longer than any entry that it could rule out.
const POINTER_TTL: Duration = Duration::from_mins(2);

/// How many lists of a resource are kept at most.
const SLOTS: u16 = 4096;

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

/// How a response came about, for the `Cache-Status` header (RFC 9211).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// From the cache.
    Hit,
    /// From the database.
    Miss,
    /// From the database, as it is for no cache.
    Bypass,
}

/// Looks an answer up: the body, if the cache holds one that this client may be given.
pub async fn get(ports: &Ports, seen: Seen, query: &str) -> Option<String> {
    let clock = &*ports.clock;
    if clock.now().since(seen.at) < CAUTION {
        return None;
    }
    let digest = digest(query);
    let (entry_key, pointer_key) = (entry_key(seen.resource, &digest), pointer_key(seen.resource));
    let both = futures::future::join(ports.key_value.get(&entry_key), ports.key_value.get(&pointer_key));
    let (entry, pointer) = within(clock, PATIENCE, both).await?;
    let entry = Entry::decode(&entry.ok()??)?;
    // Without a pointer there was no write for longer than any entry lives.
    let latest =
        pointer.ok()?.map_or(Some(0), |bytes| <[u8; 8]>::try_from(bytes).ok().map(u64::from_le_bytes))?;
    let fits = entry.digest == digest && entry.generation >= seen.generation.max(latest);
    // The entry has aged while the store took its time.
    (fits && entry.is_fresh(clock.now())).then_some(entry.body)
}

/// Keeps an answer, off the request's path. `read_at` is the moment before the database was asked.
pub fn fill(
    ports: &Ports,
    resource: &'static str,
    query: &str,
    generation: u64,
    read_at: Timestamp,
    body: String,
) {
    let digest = digest(query);
    let key = entry_key(resource, &digest);
    let entry = Entry { digest, generation, read_at, body }.encode();
    let (store, clock) = (ports.key_value.clone(), ports.clock.clone());
    ports.background.spawn(Box::pin(async move {
        // A cache that cannot be written is a slower one. After this time the entry is of no use.
        let _ = within(&*clock, MAX_STALENESS, store.put(&key, &entry, STORE_TTL)).await;
    }));
}

/// Tells other readers of a committed write. Awaited by the writer, so that a reader who hears of the write from
/// the writer finds it; a failure only means that others wait for [`MAX_STALENESS`].
pub async fn announce(ports: &Ports, resource: &'static str, generation: u64) {
    let (key, value) = (pointer_key(resource), generation.to_le_bytes());
    let _ = within(&*ports.clock, PATIENCE, ports.key_value.put(&key, &value, POINTER_TTL)).await;
}

fn digest(query: &str) -> [u8; 32] {
    Sha256::digest(query.as_bytes()).into()
}

/// A slot for the query. There is a fixed number of them, so that queries made up by strangers push each other out
/// instead of filling the store; the entry says which query it answers.
fn entry_key(resource: &'static str, digest: &[u8; 32]) -> String {
    let slot = u16::from_le_bytes([digest[0], digest[1]]) % SLOTS;
    format!("list:{resource}:{slot}")
}

fn pointer_key(resource: &'static str) -> String {
    format!("generation:{resource}")
}

/// In the store: digest, generation, time, the length of the body, and the body.
#[derive(Debug, PartialEq, Eq)]
struct Entry {
    digest: [u8; 32],
    generation: u64,
    read_at: Timestamp,
    body: String,
}

impl Entry {
    /// Neither too old nor from a clock that is ahead: how old that one is, nobody knows.
    fn is_fresh(&self, now: Timestamp) -> bool {
        self.read_at <= now && now.since(self.read_at) < MAX_STALENESS
    }

    fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(56 + self.body.len());
        bytes.extend_from_slice(&self.digest);
        bytes.extend_from_slice(&self.generation.to_le_bytes());
        bytes.extend_from_slice(&self.read_at.millis().to_le_bytes());
        bytes.extend_from_slice(&(self.body.len() as u64).to_le_bytes());
        bytes.extend_from_slice(self.body.as_bytes());
        bytes
    }

    /// `None` for bytes that are no entry, or not the whole of one.
    fn decode(bytes: &[u8]) -> Option<Self> {
        let (digest, rest) = bytes.split_first_chunk()?;
        let (generation, rest) = rest.split_first_chunk()?;
        let (read_at, rest) = rest.split_first_chunk()?;
        let (length, body) = rest.split_first_chunk()?;
        let whole = body.len() as u64 == u64::from_le_bytes(*length);
        whole.then_some(Self {
            digest: *digest,
            generation: u64::from_le_bytes(*generation),
            read_at: Timestamp::from_millis(i64::from_le_bytes(*read_at)),
            body: String::from_utf8(body.to_vec()).ok()?,
        })
    }
}
