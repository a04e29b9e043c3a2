//! The latest generation of each resource that this isolate knows of.

use std::cell::RefCell;
use std::time::Duration;

use crate::cache::MAX_STALENESS;
use crate::time::Timestamp;

/// How long what is known counts: until everything older has ended by its age. So a database that was put back to an
/// earlier state is only slow for this time.
const MEMORY: Duration = MAX_STALENESS.saturating_mul(2);

/// The generations. There are as many as there are cached resources: a handful.
#[derive(Default)]
pub(super) struct Known(RefCell<Vec<Generation>>);

struct Generation {
    resource: &'static str,
    value: u64,
    noted: Timestamp,
}

impl Known {
    /// The resource is at this generation at least.
    pub(super) fn raise(&self, resource: &'static str, value: u64, now: Timestamp) {
        if value == 0 {
            return;
        }
        let mut all = self.0.borrow_mut();
        match all.iter_mut().find(|known| known.resource == resource) {
            // To hear of it again tells nothing: what is older ends as it would.
            Some(known) if known.value == value => {}
            Some(known) if known.value > value && now.since(known.noted) < MEMORY => {}
            Some(known) => (known.value, known.noted) = (value, now),
            None => all.push(Generation { resource, value, noted: now }),
        }
    }

    /// Whether what was read with this generation at this moment may still be so.
    pub(super) fn allows(&self, resource: &'static str, value: u64, read_at: Timestamp) -> bool {
        let all = self.0.borrow();
        let known = all.iter().find(|known| known.resource == resource);
        known.is_none_or(|known| value >= known.value || read_at >= known.noted.plus(MEMORY))
    }
}
