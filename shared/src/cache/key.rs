//! Keys: what is asked for, under the policy of the operation that asks.

use sha2::{Digest as _, Sha256};

use super::Policy;

/// How many entries of an operation the store keeps at most.
const SLOTS: u16 = 4096;

/// Says how entries are encoded: another form is another key, so that a deployment reads none of the old ones.
const FORM: &str = "2";

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Key {
    /// What holds for it.
    pub policy: &'static Policy,
    text: String,
}

impl Key {
    /// `what` in the operation of the policy: the canonical query of a list, the id of an entity.
    pub fn new(policy: &'static Policy, what: &str) -> Self {
        let mut text = String::with_capacity(policy.operation.len() + 1 + what.len());
        text.extend([policy.operation, " ", what]);
        Self { policy, text }
    }

    /// Its name in the isolate.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Where it is in the store. There is a fixed number of slots, so that queries made up by strangers push each other out
    /// instead of filling the store; the entry says by its digest what it answers.
    pub(super) fn place(&self) -> Place {
        let digest: [u8; 32] =
            Sha256::new().chain_update(FORM).chain_update(" ").chain_update(&self.text).finalize().into();
        let slot = u16::from_le_bytes([digest[0], digest[1]]) % SLOTS;
        Place { slot: format!("cache:{}:{slot}", self.policy.operation), digest }
    }
}

/// A place in the store.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// The store's key.
    pub(super) slot: String,
    /// What tells the key from all others that share the slot.
    pub(super) digest: [u8; 32],
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::policies;

    #[test]
    fn queries_share_a_fixed_number_of_slots() {
        let slot = |policy, what: &str| Key::new(policy, what).place().slot;
        let slots: std::collections::BTreeSet<_> =
            (0..50_000).map(|page| slot(&policies::LIST_PRODUCTS, &format!("page={page}"))).collect();
        assert_eq!(slots.len(), usize::from(SLOTS), "each is used");
        assert_ne!(slot(&policies::LIST_PRODUCTS, "page=1"), slot(&policies::LIST_POSTS, "page=1"));
    }

    #[test]
    fn operations_do_not_share_keys() {
        let [products, posts] =
            [&policies::LIST_PRODUCTS, &policies::LIST_POSTS].map(|policy| Key::new(policy, "page=1"));
        assert_ne!(products.text(), posts.text());
        assert_ne!(products.place().digest, posts.place().digest);
    }
}
