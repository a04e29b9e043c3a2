//! The `Background` port. A case sees a task only while its own request lasts; every adapter lets tasks progress
//! whenever the request waits, so a task that is never seen to end does not run at all.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use anyhow::{bail, ensure};
use shared::ports::LocalTask;

use crate::support::{Table, give_way, same, with_table};
use crate::{Case, Context, case_list};

pub(crate) fn cases() -> Vec<Case> {
    case_list!["background":
        spawn_returns_before_the_task_ends,
        a_task_runs_to_its_end,
        many_tasks_run_to_their_end,
        a_task_may_spawn_a_task,
    ]
}

/// A task that writes a number to the table in two steps.
fn write(context: &Context, table: &Table<'_>, number: i64) -> LocalTask {
    let database = Rc::clone(&context.ports.database);
    let insert = table.statement("INSERT INTO $table VALUES (?1, 0)").bind(number);
    let update = table.statement("UPDATE $table SET done = 1 WHERE n = ?1").bind(number);
    Box::pin(async move {
        // A failure shows as a row that is missing.
        if database.query(insert).await.is_ok() {
            give_way().await;
            let _ = database.query(update).await;
        }
    })
}

/// Waits until this many rows are done.
async fn done(context: &Context, table: &Table<'_>, wanted: i64) -> anyhow::Result<()> {
    let start = context.ports.clock.now();
    while context.ports.clock.now().since(start) < Duration::from_secs(10) {
        if table.number("SELECT count(*) AS n FROM $table WHERE done = 1").await? == wanted {
            return Ok(());
        }
        give_way().await;
    }
    bail!("of {wanted} tasks, {} began and did not end within 10 s", table.count().await?)
}

async fn spawn_returns_before_the_task_ends(context: &Context) -> anyhow::Result<()> {
    with_table(context, "n INTEGER, done INTEGER", async |table| {
        let ended = Rc::new(Cell::new(false));
        let (task, at_end) = (write(context, table, 1), Rc::clone(&ended));
        context.ports.background.spawn(Box::pin(async move {
            task.await;
            at_end.set(true);
        }));
        ensure!(!ended.get(), "spawn ran the task to its end");
        done(context, table, 1).await
    })
    .await
}

async fn a_task_runs_to_its_end(context: &Context) -> anyhow::Result<()> {
    with_table(context, "n INTEGER, done INTEGER", async |table| {
        context.ports.background.spawn(write(context, table, 7));
        done(context, table, 1).await?;
        same("the number", &table.number("SELECT n FROM $table").await?, &7)
    })
    .await
}

async fn many_tasks_run_to_their_end(context: &Context) -> anyhow::Result<()> {
    with_table(context, "n INTEGER, done INTEGER", async |table| {
        for number in 0..20 {
            context.ports.background.spawn(write(context, table, number));
        }
        done(context, table, 20).await?;
        same("rows", &table.count().await?, &20)
    })
    .await
}

async fn a_task_may_spawn_a_task(context: &Context) -> anyhow::Result<()> {
    with_table(context, "n INTEGER, done INTEGER", async |table| {
        let (background, inner) = (Rc::clone(&context.ports.background), write(context, table, 2));
        let outer = write(context, table, 1);
        context.ports.background.spawn(Box::pin(async move {
            outer.await;
            background.spawn(inner);
        }));
        done(context, table, 2).await
    })
    .await
}
