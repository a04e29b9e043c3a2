//! The `Queue` port, with a consumer that listens. What a ring causes belongs to the black-box suites; unknown ids are passed over there.

use futures::FutureExt as _;
use futures::future::join_all;

use crate::support::random_name;
use crate::{Case, Context, case_list};

pub(crate) fn cases() -> Vec<Case> {
    case_list!["queue":
        ringing_for_an_unknown_job_is_no_error,
        ringing_for_nothing_is_no_error,
        ringing_for_a_hundred_jobs_is_no_error,
        ringing_many_times_at_once_is_no_error,
        a_check_finds_the_consumer,
        many_checks_at_once_find_the_consumer,
        dropped_checks_harm_no_other,
    ]
}

async fn ringing_for_an_unknown_job_is_no_error(context: &Context) -> anyhow::Result<()> {
    let id = random_name(&context.ports)?;
    context.ports.queue.ring(std::slice::from_ref(&id)).await?;
    context.ports.queue.ring(&[id.clone(), id]).await?;
    Ok(())
}

async fn ringing_for_nothing_is_no_error(context: &Context) -> anyhow::Result<()> {
    Ok(context.ports.queue.ring(&[]).await?)
}

async fn ringing_for_a_hundred_jobs_is_no_error(context: &Context) -> anyhow::Result<()> {
    let ids = (0..100).map(|_| random_name(&context.ports)).collect::<anyhow::Result<Vec<_>>>()?;
    Ok(context.ports.queue.ring(&ids).await?)
}

async fn ringing_many_times_at_once_is_no_error(context: &Context) -> anyhow::Result<()> {
    let ids = (0..20).map(|_| Ok([random_name(&context.ports)?])).collect::<anyhow::Result<Vec<_>>>()?;
    for result in join_all(ids.iter().map(|ids| context.ports.queue.ring(ids))).await {
        result?;
    }
    Ok(())
}

async fn a_check_finds_the_consumer(context: &Context) -> anyhow::Result<()> {
    Ok(context.ports.queue.check().await?)
}

async fn many_checks_at_once_find_the_consumer(context: &Context) -> anyhow::Result<()> {
    for result in join_all((0..20).map(|_| context.ports.queue.check())).await {
        result?;
    }
    Ok(())
}

async fn dropped_checks_harm_no_other(context: &Context) -> anyhow::Result<()> {
    for _ in 0..20 {
        // Polled once, then dropped.
        let _ = context.ports.queue.check().now_or_never();
    }
    context.ports.queue.check().await?;
    Ok(context.ports.queue.ring(&[random_name(&context.ports)?]).await?)
}
