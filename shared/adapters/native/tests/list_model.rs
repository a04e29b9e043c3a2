//! Lists over tables that are made up: they answer what their queries mean, and their pages miss and repeat nothing while
//! others write.
//!
//! `ASHLAR_CASES` sets another number of queries, `ASHLAR_SEED` another beginning; a failure says both.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test's name says what it shows, and it fails by panicking; its environment says how long it runs"
)]

#[path = "list_model/differential.rs"]
mod differential;
#[path = "list_model/lister.rs"]
mod lister;
#[path = "list_model/walks.rs"]
mod walks;

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap())
}

/// Does something for each seed, on every processor.
fn for_seeds(first: u64, count: u64, each: impl Fn(u64) + Sync) {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for offset in 0..threads {
            let each = &each;
            scope.spawn(move || (first..first + count).skip(offset).step_by(threads).for_each(each));
        }
    });
}
