//! Reading through the levels.

use std::rc::Rc;

use super::entry::Entry;
use super::flight::{Landing, Turn, take_off, turn};
use super::key::Place;
use super::local::Look;
use super::status::{Passed, Why};
use super::{Content, Key, Loaded, Seen, Status, store};
use crate::error::Result;
use crate::ports::Ports;
use crate::time::Timestamp;

/// An answer, and how it came about.
#[derive(Debug, Clone)]
pub struct Answer {
    /// What to answer.
    pub content: Rc<Content>,
    /// What the levels did.
    pub status: Status,
}

impl Answer {
    /// What is for this reader alone, and was read from the database for them.
    pub fn past_the_cache(content: Content) -> Self {
        Self { content: Rc::new(content), status: Status { store: None, isolate: Passed::on(Why::Bypassed) } }
    }
}

/// Looks an answer up, or has `load` read it from the database, once for all who ask at this moment. `None` when there is
/// no such thing. `load` is called when it is needed, and what it makes may run after the response; it must read the
/// generation in the same transaction as the content.
///
/// # Errors
/// Those of `load`.
pub async fn read<F>(ports: &Ports, key: &Key, seen: Seen, load: impl FnOnce() -> F) -> Result<Option<Answer>>
where
    F: Future<Output = Result<Loaded>> + 'static,
{
    let now = ports.clock.now();
    if seen.is_recent(now) {
        ports.local.raise(seen.resource, seen.generation, now);
        let store = key.policy.shared && ports.local.meet(key);
        let missed = store.then_some((None, Why::OwnWrite));
        return load_now(ports, key, Why::OwnWrite, missed, None, load()).await;
    }
    let why = match ports.local.look(key, seen, now) {
        Look::Found { entry, due } => {
            let landing = if due { take_off(&ports.local, key, now) } else { None };
            let isolate = passed(key, &entry, now, landing.is_some());
            if let Some(landing) = landing {
                refresh(ports, key, Some(key.place()), landing, load());
            }
            return Ok(answer(&entry, Status { store: None, isolate }));
        }
        Look::Outdated => Why::Stale,
        Look::Missing => Why::Missing,
    };
    let landing = match turn(&ports.local, key, seen, &*ports.clock).await {
        Turn::Found(Look::Found { entry, .. }) => {
            let isolate = Passed::Forward { why, stored: false, collapsed: true };
            return Ok(answer(&entry, Status { store: None, isolate }));
        }
        Turn::Lead(landing) => Some(landing),
        Turn::Found(_) | Turn::Alone => None,
    };
    find(ports, key, seen, why, landing, load).await
}

/// A write to the resource has been committed, and made this generation: nothing older is an answer on this isolate from
/// now on.
pub fn committed(ports: &Ports, resource: &'static str, generation: u64) {
    ports.local.raise(resource, generation, ports.clock.now());
}

/// The isolate has nothing: asks the store, then the database.
async fn find<F>(
    ports: &Ports,
    key: &Key,
    seen: Seen,
    why: Why,
    landing: Option<Landing>,
    load: impl FnOnce() -> F,
) -> Result<Option<Answer>>
where
    F: Future<Output = Result<Loaded>> + 'static,
{
    if !key.policy.shared || !ports.local.meet(key) {
        return load_now(ports, key, why, None, landing.as_ref(), load()).await;
    }
    let place = key.place();
    let entry = match store::find(ports, key, &place, seen).await {
        Ok(entry) => entry,
        Err(missed) => {
            let missed = Some((Some(place), missed));
            return load_now(ports, key, why, missed, landing.as_ref(), load()).await;
        }
    };
    let now = ports.clock.now();
    let stored = ports.local.keep(key, Rc::clone(&entry), &*ports.entropy, now);
    if !stored && let Some(landing) = &landing {
        landing.end_in_vain();
    }
    let landing = landing.filter(|_| now.since(entry.read_at) >= key.policy.fresh);
    let from_store = passed(key, &entry, now, landing.is_some());
    if let Some(landing) = landing {
        refresh(ports, key, None, landing, load());
    }
    let isolate = Passed::on(why).and_stored(stored);
    Ok(answer(&entry, Status { store: Some(from_store), isolate }))
}

/// Asks the database, and has the isolate keep what it says; the store, too, if it `missed`.
async fn load_now(
    ports: &Ports,
    key: &Key,
    why: Why,
    missed: Option<(Option<Place>, Why)>,
    landing: Option<&Landing>,
    load: impl Future<Output = Result<Loaded>>,
) -> Result<Option<Answer>> {
    let (entry, kept) = load_and_keep(ports, key, landing, load).await?;
    let store = missed.map(|(place, missed)| {
        let filled = kept && store::fill(ports, place.unwrap_or_else(|| key.place()), &entry);
        Passed::on(missed).and_stored(filled)
    });
    Ok(answer(&entry, Status { store, isolate: Passed::on(why).and_stored(kept) }))
}

async fn load_and_keep(
    ports: &Ports,
    key: &Key,
    landing: Option<&Landing>,
    load: impl Future<Output = Result<Loaded>>,
) -> Result<(Rc<Entry>, bool)> {
    let read_at = ports.clock.now();
    let loaded = load.await.map(|loaded| {
        let now = ports.clock.now();
        let entry = Rc::new(Entry::new(loaded, read_at, now));
        let kept = ports.local.keep(key, Rc::clone(&entry), &*ports.entropy, now);
        (entry, kept)
    });
    if let (Some(landing), Err(_) | Ok((_, false))) = (landing, &loaded) {
        landing.end_in_vain();
    }
    loaded
}

/// Reads an answer anew, off the request's path: from the store, where one is told and another isolate has been there
/// lately, or from the database. When that fails, what is kept serves until it ends, and the next one tries again.
fn refresh(
    ports: &Ports,
    key: &Key,
    place: Option<Place>,
    landing: Landing,
    load: impl Future<Output = Result<Loaded>> + 'static,
) {
    let (ports, key) = (ports.clone(), key.clone());
    let background = Rc::clone(&ports.background);
    background.spawn(Box::pin(async move {
        let place = if key.policy.shared { place } else { None };
        if let Some(place) = &place
            && let Ok(entry) = store::find(&ports, &key, place, Seen::nothing(key.policy.resource)).await
        {
            let now = ports.clock.now();
            if now.since(entry.read_at) < key.policy.fresh / 2 {
                ports.local.keep(&key, entry, &*ports.entropy, now);
                return;
            }
        }
        if let Ok((entry, true)) = load_and_keep(&ports, &key, Some(&landing), load).await
            && key.policy.shared
        {
            store::fill(&ports, place.unwrap_or_else(|| key.place()), &entry);
        }
    }));
}

fn passed(key: &Key, entry: &Entry, now: Timestamp, refreshing: bool) -> Passed {
    Passed::hit(now.since(entry.read_at), key.policy.fresh, refreshing)
}

fn answer(entry: &Entry, status: Status) -> Option<Answer> {
    let content = entry.content.clone()?;
    Some(Answer { content, status })
}
