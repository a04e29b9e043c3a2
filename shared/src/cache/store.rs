//! The shared level: the key-value store, which may be slow, out of order, late or wrong.

use std::rc::Rc;

use super::entry::Entry;
use super::key::Place;
use super::status::Why;
use super::{Key, MAX_STALENESS, PATIENCE, Seen};
use crate::ports::Ports;
use crate::time::within;

/// How long entries stay in the store; they are useless after [`MAX_STALENESS`], and stores have minima.
const STORE_TTL: std::time::Duration = std::time::Duration::from_mins(1);

/// Asks the store for what may answer a client that has seen this.
pub(super) async fn find(ports: &Ports, key: &Key, place: &Place, seen: Seen) -> Result<Rc<Entry>, Why> {
    let (clock, local) = (&*ports.clock, &ports.local);
    if local.store_rests(clock.now()) {
        return Err(Why::Resting);
    }
    let Some(found) = within(clock, PATIENCE, ports.key_value.get(&place.slot)).await else {
        local.let_store_rest(clock.now());
        return Err(Why::TimedOut);
    };
    let bytes = found.map_err(|_| Why::Failed)?.ok_or(Why::Missing)?;
    let entry = Entry::decode(&bytes, &place.digest).ok_or(Why::Missing)?;
    // The entry has aged while the store took its time.
    let usable = entry.is_usable(key.policy, clock.now()) && local.is_current(key, seen, &entry);
    usable.then(|| Rc::new(entry)).ok_or(Why::Stale)
}

/// Has the store keep an entry, off the request's path. Not so when its slot was written just now: a key of the store takes
/// one write a second. Nor when a copy of the database answered, whose lag would be spread. Says whether it is tried.
pub(super) fn fill(ports: &Ports, place: Place, entry: &Entry) -> bool {
    if !ports.database.is_primary() {
        return false;
    }
    let now = ports.clock.now();
    let Some(bytes) = entry.encode(&place.digest) else { return false };
    if ports.local.store_rests(now) || !ports.local.may_write(&place.slot, now) {
        return false;
    }
    let (store, clock) = (Rc::clone(&ports.key_value), Rc::clone(&ports.clock));
    ports.background.spawn(Box::pin(async move {
        // A cache that cannot be written is a slower one. After this time the entry is of no use.
        let _ = within(&*clock, MAX_STALENESS, store.put(&place.slot, &bytes, STORE_TTL)).await;
    }));
    true
}
