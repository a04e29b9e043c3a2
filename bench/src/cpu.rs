//! Processor time of processes, as Linux counts it.

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use anyhow::{Context as _, Result};

/// The kernel's clock ticks a second that `/proc` counts in (`USER_HZ`).
const TICKS_PER_SECOND: u64 = 100;

/// User and system time of all processes that descend from this one, in steps of 10 ms: threads that have ended count.
///
/// # Errors
/// Where there is no `/proc`.
pub(crate) fn of_descendants() -> Result<Duration> {
    let mut parents = BTreeMap::new();
    let mut ticks = BTreeMap::new();
    for (id, stat) in processes()? {
        // The command's name, in parentheses, may hold anything.
        let fields: Vec<_> =
            stat.rsplit_once(") ").map_or("", |(_, rest)| rest).split_ascii_whitespace().collect();
        let number = |index: usize| fields.get(index).and_then(|text| text.parse::<u64>().ok()).unwrap_or(0);
        parents.insert(id, number(1));
        ticks.insert(id, number(11) + number(12) + number(13) + number(14));
    }
    let ours = u64::from(std::process::id());
    let used =
        ticks.iter().filter(|(id, _)| descends(&parents, **id, ours)).map(|(_, ticks)| ticks).sum::<u64>();
    Ok(Duration::from_millis(used * 1000 / TICKS_PER_SECOND))
}

/// The same to the nanosecond, of threads that are alive.
///
/// # Errors
/// Where there is no `/proc` with scheduler statistics.
pub(crate) fn of_descendants_threads() -> Result<Duration> {
    let mut parents = BTreeMap::new();
    for (id, stat) in processes()? {
        let parent = stat.rsplit_once(") ").and_then(|(_, rest)| rest.split_ascii_whitespace().nth(1));
        parents.insert(id, parent.and_then(|text| text.parse().ok()).unwrap_or(0));
    }
    let ours = u64::from(std::process::id());
    let mut nanoseconds = 0;
    for id in parents.keys().filter(|id| descends(&parents, **id, ours)) {
        let Ok(threads) = fs::read_dir(format!("/proc/{id}/task")) else { continue };
        for thread in threads.flatten() {
            nanoseconds += scheduled(&thread.path().join("schedstat").to_string_lossy()).unwrap_or(0);
        }
    }
    Ok(Duration::from_nanos(nanoseconds))
}

/// Of the calling thread.
///
/// # Errors
/// Where there is no `/proc` with scheduler statistics.
pub(crate) fn of_this_thread() -> Result<Duration> {
    scheduled("/proc/thread-self/schedstat").map(Duration::from_nanos)
}

fn scheduled(path: &str) -> Result<u64> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {path}"))?;
    let first = text.split_ascii_whitespace().next().context("no scheduler statistics")?;
    first.parse().context("no scheduler statistics")
}

fn processes() -> Result<Vec<(u64, String)>> {
    let entries = fs::read_dir("/proc").context("benchmarks count processor time by Linux's /proc")?;
    let ids = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse::<u64>().ok());
    Ok(ids.filter_map(|id| Some((id, fs::read_to_string(format!("/proc/{id}/stat")).ok()?))).collect())
}

fn descends(parents: &BTreeMap<u64, u64>, mut id: u64, from: u64) -> bool {
    while let Some(parent) = parents.get(&id) {
        if *parent == from {
            return true;
        }
        id = *parent;
    }
    false
}
