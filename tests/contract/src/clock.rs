//! The `Clock` port. A runtime may stop the clock while it computes, never across input and output.

use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use bytes::Bytes;
use futures::FutureExt as _;
use futures::future::{Either, join_all, select};
use shared::ports::Statement;
use shared::time::Timestamp;

use crate::support::give_way;
use crate::{Case, Context, case_list};

/// 2025-01-01 and 2100-01-01: outside of them the machine's clock is wrong, or the unit is not milliseconds.
const PLAUSIBLE: std::ops::Range<i64> = 1_735_689_600_000..4_102_444_800_000;

pub(crate) fn cases() -> Vec<Case> {
    case_list!["clock":
        tells_a_plausible_time,
        never_goes_back,
        advances_across_input_and_output,
        counts_in_milliseconds,
        a_wait_ends,
        a_wait_of_nothing_ends,
        waits_at_least_as_long_as_asked,
        a_long_wait_holds_up_no_short_one,
        many_waits_take_as_long_as_one,
        a_wait_lets_everything_else_go_on,
        dropped_waits_leave_nothing_behind,
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

const SHORT: Duration = Duration::from_millis(20);

/// A bound to fail by.
const FAR: Duration = Duration::from_secs(5);

/// What a clock in whole milliseconds may be wrong by at the two ends of a wait, and as much again for a system that
/// adjusts its clock meanwhile.
const SLACK: Duration = Duration::from_millis(4);

/// The time that a future takes by this clock.
async fn timed(context: &Context, future: impl Future) -> anyhow::Result<Duration> {
    let start = later(context).await?;
    future.await;
    Ok(later(context).await?.since(start))
}

/// Waits, and fails when the wait goes on for much too long. What watches it is a request to the echo server: queries
/// one after the other would leave a runtime whose database is in its own process no time for its timers.
async fn ends(context: &Context, wait: Duration) -> anyhow::Result<()> {
    let url = format!("{}/slow/100", context.echo_url.as_deref().context("the case needs an echo server")?);
    let watch = async {
        let start = later(context).await?;
        while later(context).await?.since(start) < wait + FAR {
            let request = http::Request::get(&url).body(Bytes::new())?;
            context.ports.http.send(request, FAR).await?;
        }
        bail!("a wait of {wait:?} had not ended after {FAR:?} more")
    };
    match select(context.ports.clock.sleep(wait), Box::pin(watch)).await {
        Either::Left(_) => Ok(()),
        Either::Right((failure, _)) => failure,
    }
}

async fn a_wait_ends(context: &Context) -> anyhow::Result<()> {
    ends(context, SHORT).await
}

async fn a_wait_of_nothing_ends(context: &Context) -> anyhow::Result<()> {
    ends(context, Duration::ZERO).await?;
    ends(context, Duration::from_nanos(1)).await
}

async fn waits_at_least_as_long_as_asked(context: &Context) -> anyhow::Result<()> {
    for millis in [10, 25, 60] {
        let wait = Duration::from_millis(millis);
        let took = timed(context, context.ports.clock.sleep(wait)).await?;
        ensure!(took + SLACK >= wait, "a wait of {wait:?} ended after {took:?}");
    }
    Ok(())
}

async fn a_long_wait_holds_up_no_short_one(context: &Context) -> anyhow::Result<()> {
    let clock = &context.ports.clock;
    match select(clock.sleep(FAR), clock.sleep(SHORT)).await {
        Either::Left(_) => bail!("a wait of {FAR:?} ended before one of {SHORT:?}"),
        Either::Right(_) => Ok(()),
    }
}

async fn many_waits_take_as_long_as_one(context: &Context) -> anyhow::Result<()> {
    const WAITS: u32 = 200;
    let waits = join_all((0..WAITS).map(|_| context.ports.clock.sleep(SHORT)));
    let took = timed(context, waits).await?;
    ensure!(took < SHORT * WAITS / 2, "{WAITS} waits of {SHORT:?} took {took:?}");
    Ok(())
}

async fn a_wait_lets_everything_else_go_on(context: &Context) -> anyhow::Result<()> {
    let work = async {
        for _ in 0..5 {
            later(context).await?;
            give_way().await;
        }
        anyhow::Ok(())
    };
    match select(context.ports.clock.sleep(FAR), Box::pin(work)).await {
        Either::Left(_) => bail!("five queries took longer than a wait of {FAR:?}"),
        Either::Right((result, _)) => result,
    }
}

async fn dropped_waits_leave_nothing_behind(context: &Context) -> anyhow::Result<()> {
    let clock = &context.ports.clock;
    drop(clock.sleep(FAR));
    for _ in 0..100 {
        // Polled once, then dropped, long before its end and about when it comes.
        ensure!(clock.sleep(FAR).now_or_never().is_none(), "a wait of {FAR:?} ended at once");
        let _ = clock.sleep(Duration::from_millis(1)).now_or_never();
    }
    ends(context, SHORT).await
}
