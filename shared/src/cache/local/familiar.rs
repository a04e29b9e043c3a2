//! What was asked for before, and not found in the isolate: only that is worth a place in the store. Most queries that people
//! make up are asked once, and a store that is asked and written for each of them costs more than the database.

use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher};

use lru::LruCache;

/// How many are remembered.
const MAX: usize = 4096;

/// The keys by their hashes, those met last.
pub(super) struct Familiar {
    keys: LruCache<u64, ()>,
    takes_all: bool,
}

impl Default for Familiar {
    fn default() -> Self {
        Self { keys: LruCache::unbounded(), takes_all: false }
    }
}

impl Familiar {
    /// One that takes every key for one that it has met.
    pub(super) fn with_all() -> Self {
        Self { takes_all: true, ..Self::default() }
    }

    /// Whether the key was met before; it is from now on.
    pub(super) fn meet(&mut self, key: &str) -> bool {
        // Two keys of one hash are taken for one another, which costs a question to the store.
        let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one(key);
        let known = self.takes_all || self.keys.put(hash, ()).is_some();
        if self.keys.len() > MAX {
            self.keys.pop_lru();
        }
        known
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_met_is_known_until_many_others_were() {
        let mut familiar = Familiar::default();
        assert!(!familiar.meet("a") && familiar.meet("a") && familiar.meet("a"));
        for other in 0..MAX {
            assert!(!familiar.meet(&other.to_string()), "{other}");
        }
        assert!(!familiar.meet("a"));
    }
}
