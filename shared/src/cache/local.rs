//! The isolate's own level: plain data that requests of one isolate share. No object of the runtime and nothing of a
//! request is in here, because neither may cross requests on Workers.

mod familiar;
mod known;
#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use lru::LruCache;

use self::familiar::Familiar;
use self::known::Known;
use super::entry::Entry;
use super::flight::Flights;
use super::{Key, Seen};
use crate::ports::Entropy;
use crate::time::Timestamp;

/// The memory that entries may take together. An isolate has 128 MB for everything.
const MAX_BYTES: usize = 8 * 1024 * 1024;

/// The most entries.
const MAX_ENTRIES: usize = 4096;

/// The largest entry: a page of a hundred long rows. What is larger is not kept.
const MAX_ENTRY: usize = 256 * 1024;

/// What an entry takes beside its key and content, about.
const OVERHEAD: usize = 256;

/// A key of the store takes one write a second.
const BETWEEN_WRITES: Duration = Duration::from_secs(1);

/// How many slots of the store are remembered with the time of their last write.
const MAX_WRITES: usize = 1024;

/// How long a store that did not answer in time is not asked again.
const REST: Duration = Duration::from_secs(2);

/// The isolate's level.
#[derive(Default)]
pub struct Local {
    pub(super) flights: Flights,
    known: Known,
    familiar: RefCell<Familiar>,
    entries: RefCell<Entries>,
    writes: RefCell<Writes>,
    store: RefCell<StoreState>,
    chance: RefCell<Option<u64>>,
}

struct Entries {
    map: LruCache<String, Kept>,
    bytes: usize,
}

struct Kept {
    entry: Rc<Entry>,
    /// When it is to be read anew.
    due: Timestamp,
    weight: usize,
}

struct Writes(LruCache<String, Timestamp>);

#[derive(Default)]
struct StoreState {
    rests_until: Option<Timestamp>,
}

impl Default for Entries {
    fn default() -> Self {
        Self { map: LruCache::unbounded(), bytes: 0 }
    }
}

impl Default for Writes {
    fn default() -> Self {
        Self(LruCache::unbounded())
    }
}

/// What the level holds for a key.
#[derive(Debug)]
pub(super) enum Look {
    /// An answer; and whether it is time to read it anew.
    Found { entry: Rc<Entry>, due: bool },
    /// Something that is too old, or older than what the client or the isolate knows of.
    Outdated,
    /// Nothing.
    Missing,
}

impl Local {
    /// A level that asks the store and fills it with the first miss of a key already: where all queries are popular, as in
    /// tests of the store.
    pub fn eager() -> Self {
        Self { familiar: RefCell::new(Familiar::with_all()), ..Self::default() }
    }

    /// Looks for what may answer a client that has seen this.
    pub(super) fn look(&self, key: &Key, seen: Seen, now: Timestamp) -> Look {
        self.known.raise(seen.resource, seen.generation, now);
        let mut entries = self.entries.borrow_mut();
        let Some(kept) = entries.map.get(key.text()) else { return Look::Missing };
        let current = self.is_current(key, seen, &kept.entry);
        if !current || !kept.entry.is_usable(key.policy, now) {
            entries.remove(key.text());
            return Look::Outdated;
        }
        let (entry, due) = (Rc::clone(&kept.entry), kept.due);
        drop(entries);
        Look::Found { due: entry.content.is_some() && self.is_due(&entry, due, now), entry }
    }

    /// Whether an entry is of the generation that the client has seen, and of the one that this isolate knows of.
    pub(super) fn is_current(&self, key: &Key, seen: Seen, entry: &Entry) -> bool {
        entry.generation >= seen.generation
            && self.known.allows(key.policy.resource, entry.generation, entry.read_at)
    }

    /// Whether the key was asked for before and missed here; it counts as such from now on.
    pub(super) fn meet(&self, key: &Key) -> bool {
        self.familiar.borrow_mut().meet(key.text())
    }

    /// Notes that a resource is at this generation at least.
    pub(super) fn raise(&self, resource: &'static str, generation: u64, now: Timestamp) {
        self.known.raise(resource, generation, now);
    }

    /// Keeps an entry, unless it is outdated already, older than what is there, or too large.
    pub(super) fn keep(&self, key: &Key, entry: Rc<Entry>, entropy: &dyn Entropy, now: Timestamp) -> bool {
        self.known.raise(key.policy.resource, entry.generation, now);
        let weight =
            OVERHEAD + 2 * key.text().len() + entry.content.as_ref().map_or(0, |content| content.weight());
        let current = self.known.allows(key.policy.resource, entry.generation, entry.read_at);
        if weight > MAX_ENTRY || !current || !entry.is_usable(key.policy, now) {
            return false;
        }
        let off = key.policy.fresh.mul_f64(self.chance(entropy, now) / 10.0);
        let due = entry.read_at.plus(key.policy.fresh.saturating_sub(off));
        let mut entries = self.entries.borrow_mut();
        let newer = entries.map.peek(key.text()).is_some_and(|there| {
            (there.entry.generation, there.entry.read_at) > (entry.generation, entry.read_at)
                && there.entry.is_usable(key.policy, now)
        });
        if !newer {
            entries.insert(key.text(), Kept { entry, due, weight });
        }
        true
    }

    /// Early by chance, the likelier the nearer its time and the longer reading takes: "Optimal Probabilistic Cache Stampede
    /// Prevention" by Vattani, Chierichetti and Lowenstein (2015), with a beta of 1.
    fn is_due(&self, entry: &Entry, due: Timestamp, now: Timestamp) -> bool {
        // No chance of 53 bits is smaller than e to the power of -37.
        const LEAST: u32 = 37;
        if now >= due {
            return true;
        }
        let left = due.since(now);
        left <= entry.took * LEAST && left <= entry.took.mul_f64(-self.next_chance(now).ln())
    }

    /// A number above 0, up to 1: for spreading load, not for secrets.
    fn chance(&self, entropy: &dyn Entropy, now: Timestamp) -> f64 {
        let mut chance = self.chance.borrow_mut();
        if chance.is_none() {
            let mut seed = [0; 8];
            // Without randomness the time will do.
            let filled = entropy.fill(&mut seed).is_ok();
            *chance = Some(if filled { u64::from_le_bytes(seed) } else { now.millis().unsigned_abs() });
        }
        drop(chance);
        self.next_chance(now)
    }

    #[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
    fn next_chance(&self, now: Timestamp) -> f64 {
        const SCALE: f64 = 1.0 / (1_u64 << 53) as f64;
        let mut chance = self.chance.borrow_mut();
        let state = chance.get_or_insert_with(|| now.millis().unsigned_abs());
        // SplitMix64 (Steele, Lea and Flood, 2014).
        *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (((mixed ^ (mixed >> 31)) >> 11) + 1) as f64 * SCALE
    }

    /// Whether the slot of the store may be written now; if so, it counts as written.
    pub(super) fn may_write(&self, slot: &str, now: Timestamp) -> bool {
        let mut writes = self.writes.borrow_mut();
        let recent = writes.0.get(slot).is_some_and(|last| *last <= now && now.since(*last) < BETWEEN_WRITES);
        if recent {
            return false;
        }
        writes.0.put(slot.to_owned(), now);
        if writes.0.len() > MAX_WRITES {
            writes.0.pop_lru();
        }
        true
    }

    /// Whether the store is not asked for a while.
    pub(super) fn store_rests(&self, now: Timestamp) -> bool {
        let end = self.store.borrow().rests_until;
        // A clock that was set back must not let it rest for longer.
        end.is_some_and(|end| now < end && end.since(now) <= REST)
    }

    /// The store did not answer in time.
    pub(super) fn let_store_rest(&self, now: Timestamp) {
        self.store.borrow_mut().rests_until = Some(now.plus(REST));
    }

    /// Forgets all answers, as an isolate may at any time.
    pub fn forget(&self) {
        *self.entries.borrow_mut() = Entries::default();
    }
}

impl Entries {
    fn insert(&mut self, key: &str, kept: Kept) {
        self.remove(key);
        self.bytes += kept.weight;
        self.map.put(key.to_owned(), kept);
        while self.bytes > MAX_BYTES || self.map.len() > MAX_ENTRIES {
            let Some((_, oldest)) = self.map.pop_lru() else { break };
            self.bytes -= oldest.weight;
        }
    }

    fn remove(&mut self, key: &str) {
        if let Some(kept) = self.map.pop(key) {
            self.bytes -= kept.weight;
        }
    }
}
