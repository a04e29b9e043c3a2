//! `cargo xtask seed`: rows by the million for the database that `dev` serves, while nothing serves it.

use std::time::{Duration, Instant};

use anyhow::Result;
use harness::seed::{Filled, Kind};
use harness::{Runtime, seed, state};

use super::state::State;
use crate::cli::{DevRuntime, Seed};
use crate::ui;

/// The time between two reports of how far it is.
const REPORT_EVERY: Duration = Duration::from_secs(5);

/// Fills the database; what is there already stays.
///
/// # Errors
/// When a server has the database open, or it refuses.
pub(crate) fn run(options: &Seed) -> Result<()> {
    let state = State::open(options.runtime, options.state.as_deref(), false)?;
    if options.runtime == DevRuntime::Workerd {
        // Wrangler applies migrations only for a Worker that is there.
        super::build_all(options.runtime)?;
    }
    super::migrate(&state, options.runtime)?;
    ui::step(&format!("seeding {} products and {} users", options.products, options.users));
    write(&state, options.runtime.into(), options.products, options.users)?;
    ui::say(&format!("    in {}", state.directory.display()));
    Ok(())
}

/// Writes the first admin, the products and the users.
pub(super) fn write(state: &State, runtime: Runtime, products: u32, users: u32) -> Result<()> {
    let mut database = seed::open_alone(&state::database_file(runtime, &state.directory)?)?;
    seed::admin(&mut database, &state.admin)?;
    for (kind, count) in [(Kind::Products, products), (Kind::Users, users)] {
        let started = Instant::now();
        let mut reported = started;
        let filled = seed::fill(&mut database, kind, count, &mut |done| {
            if reported.elapsed() >= REPORT_EVERY {
                reported = Instant::now();
                ui::say(&format!("    {done} of {count} {}", kind.name()));
            }
        })?;
        if count > 0 {
            ui::say(&summary(kind, filled, started.elapsed()));
        }
    }
    state.remember_seed(products)
}

fn summary(kind: Kind, filled: Filled, took: Duration) -> String {
    let Filled { found, written } = filled;
    format!("    {}: {found} found, {written} written in {:.1} s", kind.name(), took.as_secs_f64())
}
