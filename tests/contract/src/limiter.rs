//! The `Limiter` port. Windows are an hour long, so that no slot comes back while a case runs.

use std::time::Duration;

use anyhow::{bail, ensure};
use futures::future::join_all;
use shared::limits::{Decision, Quota};

use crate::support::{give_way, random_name, same};
use crate::{Case, Context, case_list};

const WINDOW: Duration = Duration::from_hours(1);

pub(crate) fn cases() -> Vec<Case> {
    case_list!["limiter":
        fifty_at_once_are_admitted_exactly_to_the_quota,
        a_quota_of_one_admits_one_of_fifty,
        fewer_than_the_quota_are_all_admitted,
        remaining_counts_down,
        a_refused_request_counts_nothing,
        a_refusal_says_when_to_come_back,
        giving_back_frees_exactly_one_slot,
        concurrent_give_backs_free_one_slot_each,
        giving_back_frees_no_more_than_the_quota,
        keys_are_limited_on_their_own,
        keys_may_hold_any_character,
        a_slot_comes_back_with_time,
    ]
}

fn quota(limit: u32) -> Quota {
    Quota { limit, window: WINDOW }
}

/// Asks `callers` times at once and answers how many were admitted.
async fn admitted(context: &Context, key: &str, quota: Quota, callers: usize) -> anyhow::Result<usize> {
    let decisions = join_all((0..callers).map(|_| context.ports.limiter.take(key, quota))).await;
    let decisions = decisions.into_iter().collect::<Result<Vec<_>, _>>()?;
    Ok(decisions.iter().filter(|decision| decision.admitted).count())
}

async fn fifty_at_once_are_admitted_exactly_to_the_quota(context: &Context) -> anyhow::Result<()> {
    for limit in [5, 7, 49] {
        let key = random_name(&context.ports)?;
        same("admitted", &admitted(context, &key, quota(limit), 50).await?, &usize::try_from(limit)?)?;
        same("admitted afterwards", &admitted(context, &key, quota(limit), 10).await?, &0)?;
    }
    Ok(())
}

async fn a_quota_of_one_admits_one_of_fifty(context: &Context) -> anyhow::Result<()> {
    let key = random_name(&context.ports)?;
    same("admitted", &admitted(context, &key, quota(1), 50).await?, &1)
}

async fn fewer_than_the_quota_are_all_admitted(context: &Context) -> anyhow::Result<()> {
    let key = random_name(&context.ports)?;
    same("admitted", &admitted(context, &key, quota(1000), 50).await?, &50)
}

async fn remaining_counts_down(context: &Context) -> anyhow::Result<()> {
    let key = random_name(&context.ports)?;
    let mut found = Vec::new();
    for _ in 0..6 {
        let decision = context.ports.limiter.take(&key, quota(4)).await?;
        same("the limit", &decision.limit, &4)?;
        found.push((decision.admitted, decision.remaining));
    }
    same("decisions", &found, &vec![(true, 3), (true, 2), (true, 1), (true, 0), (false, 0), (false, 0)])
}

async fn a_refused_request_counts_nothing(context: &Context) -> anyhow::Result<()> {
    let (limiter, key) = (&context.ports.limiter, random_name(&context.ports)?);
    same("admitted", &admitted(context, &key, quota(3), 3).await?, &3)?;
    let first = limiter.take(&key, quota(3)).await?;
    same("admitted beyond the quota", &admitted(context, &key, quota(3), 20).await?, &0)?;
    let last = limiter.take(&key, quota(3)).await?;
    ensure!(
        last.reset_after <= first.reset_after && last.retry_after <= first.retry_after,
        "refused requests pushed the time back: {first:?}, then {last:?}"
    );
    limiter.give_back(&key, quota(3)).await?;
    same("admitted into the slot given back", &admitted(context, &key, quota(3), 5).await?, &1)
}

async fn a_refusal_says_when_to_come_back(context: &Context) -> anyhow::Result<()> {
    let (limiter, key) = (&context.ports.limiter, random_name(&context.ports)?);
    let first = limiter.take(&key, quota(2)).await?;
    ensure!(first.admitted && first.retry_after.is_zero(), "with a slot left: {first:?}");
    let in_bounds = |decision: &Decision| {
        let (retry, reset) = (decision.retry_after, decision.reset_after);
        !retry.is_zero() && retry <= WINDOW / 2 && retry <= reset && reset <= WINDOW && reset > WINDOW / 2
    };
    let second = limiter.take(&key, quota(2)).await?;
    ensure!(second.admitted && in_bounds(&second), "with no slot left: {second:?}");
    let third = limiter.take(&key, quota(2)).await?;
    ensure!(!third.admitted && in_bounds(&third), "when refused: {third:?}");
    Ok(())
}

async fn giving_back_frees_exactly_one_slot(context: &Context) -> anyhow::Result<()> {
    let (limiter, key) = (&context.ports.limiter, random_name(&context.ports)?);
    same("admitted", &admitted(context, &key, quota(5), 10).await?, &5)?;
    for _ in 0..3 {
        limiter.give_back(&key, quota(5)).await?;
        same("admitted into the slot given back", &admitted(context, &key, quota(5), 10).await?, &1)?;
    }
    Ok(())
}

async fn concurrent_give_backs_free_one_slot_each(context: &Context) -> anyhow::Result<()> {
    let (limiter, key) = (&context.ports.limiter, random_name(&context.ports)?);
    same("admitted", &admitted(context, &key, quota(20), 50).await?, &20)?;
    for result in join_all((0..12).map(|_| limiter.give_back(&key, quota(20)))).await {
        result?;
    }
    same("admitted into the slots given back", &admitted(context, &key, quota(20), 50).await?, &12)
}

async fn giving_back_frees_no_more_than_the_quota(context: &Context) -> anyhow::Result<()> {
    let (limiter, key) = (&context.ports.limiter, random_name(&context.ports)?);
    limiter.take(&key, quota(3)).await?;
    limiter.give_back(&key, quota(3)).await?;
    same("admitted", &admitted(context, &key, quota(3), 10).await?, &3)
}

async fn keys_are_limited_on_their_own(context: &Context) -> anyhow::Result<()> {
    let name = random_name(&context.ports)?;
    let keys: Vec<_> = (0..5).map(|number| format!("{name}:{number}")).collect();
    let counts = join_all(keys.iter().map(|key| admitted(context, key, quota(3), 10))).await;
    for count in counts {
        same("admitted", &count?, &3)?;
    }
    context.ports.limiter.give_back(&format!("{name}:0"), quota(3)).await?;
    same("admitted under another key", &admitted(context, &format!("{name}:1"), quota(3), 5).await?, &0)
}

async fn keys_may_hold_any_character(context: &Context) -> anyhow::Result<()> {
    let name = random_name(&context.ports)?;
    for end in ["", "/", "/a", "/A", "?a=b", "%2Fa", "ü🦀", "'; --", " ", "\n", "2001:db8::/56"] {
        same(end, &admitted(context, &format!("{name}{end}"), quota(2), 4).await?, &2)?;
    }
    let long = format!("{name}{}", "k".repeat(500));
    same("a long key", &admitted(context, &long, quota(2), 4).await?, &2)
}

async fn a_slot_comes_back_with_time(context: &Context) -> anyhow::Result<()> {
    let (ports, key) = (&context.ports, random_name(&context.ports)?);
    let short = Quota { limit: 1, window: Duration::from_millis(50) };
    ensure!(ports.limiter.take(&key, short).await?.admitted, "the first request was refused");
    let start = ports.clock.now();
    while ports.clock.now().since(start) < Duration::from_secs(10) {
        if ports.limiter.take(&key, short).await?.admitted {
            return Ok(());
        }
        give_way().await;
    }
    bail!("a slot that comes back after 50 ms did not in 10 s")
}
