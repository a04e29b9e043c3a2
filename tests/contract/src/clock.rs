//! The `Clock` port. A runtime may stop the clock while it computes, never across input and output.

use anyhow::{bail, ensure};
use shared::ports::Statement;
use shared::time::Timestamp;

use crate::{Case, Context, case_list};

/// 2025-01-01 and 2100-01-01: outside of them the machine's clock is wrong, or the unit is not milliseconds.
const PLAUSIBLE: std::ops::Range<i64> = 1_735_689_600_000..4_102_444_800_000;

pub(crate) fn cases() -> Vec<Case> {
    case_list!["clock":
        tells_a_plausible_time,
        never_goes_back,
        advances_across_input_and_output,
        counts_in_milliseconds,
    ]
}

/// Reads the clock after a round trip to the database.
async fn later(context: &Context) -> anyhow::Result<Timestamp> {
    context.ports.database.query(Statement::new("SELECT 1 AS one")).await?;
    Ok(context.ports.clock.now())
}

async fn tells_a_plausible_time(context: &Context) -> anyhow::Result<()> {
    let now = context.ports.clock.now();
    ensure!(PLAUSIBLE.contains(&now.millis()), "the clock says {now}");
    Ok(())
}

async fn never_goes_back(context: &Context) -> anyhow::Result<()> {
    let mut before = context.ports.clock.now();
    for _ in 0..50 {
        let now = later(context).await?;
        ensure!(now >= before, "the clock went from {before} to {now}");
        before = now;
    }
    Ok(())
}

async fn advances_across_input_and_output(context: &Context) -> anyhow::Result<()> {
    let start = context.ports.clock.now();
    for _ in 0..10_000 {
        if later(context).await? > start {
            return Ok(());
        }
    }
    bail!("the clock still said {start} after 10,000 queries")
}

async fn counts_in_milliseconds(context: &Context) -> anyhow::Result<()> {
    for _ in 0..10_000 {
        if later(context).await?.millis() % 1000 != 0 {
            return Ok(());
        }
    }
    bail!("the clock showed whole seconds only")
}
