//! The `Queue` port. What a ring causes belongs to the black-box suites; unknown ids are passed over there.

use futures::future::join_all;

use crate::support::random_name;
use crate::{Case, Context, case_list};

pub(crate) fn cases() -> Vec<Case> {
    case_list!["queue":
        ringing_for_an_unknown_job_is_no_error,
        ringing_for_nothing_is_no_error,
        ringing_for_a_hundred_jobs_is_no_error,
        ringing_many_times_at_once_is_no_error,
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
