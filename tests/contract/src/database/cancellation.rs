//! A caller that goes away in the middle leaves nothing behind: no lock, no half-done batch.

use futures::FutureExt as _;
use futures::future::{Either, select};
use shared::ports::Statement;

use crate::support::{Table, give_way, same, with_table};
use crate::{Case, Context, case_list};

pub(crate) fn cases() -> Vec<Case> {
    case_list!["database":
        dropped_batch_leaves_no_lock_behind,
        dropped_batch_is_done_or_undone,
        dropped_query_leaves_no_lock_behind,
    ]
}

/// Writes and reads in every way; a lock that was left behind would make one of them wait or fail.
async fn everything_works(table: &Table<'_>) -> anyhow::Result<()> {
    table.query("INSERT INTO $table VALUES (-1)").await?;
    table.batch(&["UPDATE $table SET n = -2 WHERE n = -1", "DELETE FROM $table WHERE n = -2"]).await?;
    same(
        "rows that are no longer there",
        &table.number("SELECT count(*) AS n FROM $table WHERE n < 0").await?,
        &0,
    )
}

/// Runs the future until it is done or `turns` small reads have been answered, then drops it.
async fn abandon(context: &Context, turns: usize, future: impl Future) -> anyhow::Result<()> {
    let reads = async {
        for _ in 0..turns {
            context.ports.database.query(Statement::new("SELECT 1 AS one")).await?;
            give_way().await;
        }
        anyhow::Ok(())
    };
    match select(Box::pin(future), Box::pin(reads)).await {
        Either::Left(_) => Ok(()),
        Either::Right((read, _)) => read,
    }
}

async fn dropped_batch_leaves_no_lock_behind(context: &Context) -> anyhow::Result<()> {
    with_table(context, "n INTEGER", async |table| {
        for _ in 0..5 {
            // Polled once, then dropped.
            let _ = table
                .batch(&["INSERT INTO $table VALUES (1)", "INSERT INTO $table VALUES (1)"])
                .now_or_never();
            everything_works(table).await?;
        }
        Ok(())
    })
    .await
}

async fn dropped_batch_is_done_or_undone(context: &Context) -> anyhow::Result<()> {
    with_table(context, "n INTEGER", async |table| {
        let insert = "INSERT INTO $table VALUES (1)";
        for turns in 0..8 {
            abandon(context, turns, table.batch(&[insert, "SELECT n FROM $table", insert, insert, insert]))
                .await?;
            everything_works(table).await?;
            // Some runtimes finish what they began: it may appear later, but only as a whole.
            let rows = table.count().await?;
            same("rows beyond whole batches", &(rows % 4), &0)?;
        }
        Ok(())
    })
    .await
}

async fn dropped_query_leaves_no_lock_behind(context: &Context) -> anyhow::Result<()> {
    with_table(context, "n INTEGER", async |table| {
        let fill = "WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 1000) \
            INSERT INTO $table SELECT n FROM number";
        table.query(fill).await?;
        for turns in 0..4 {
            let _ = table.query("SELECT n FROM $table").now_or_never();
            let _ = table.query("UPDATE $table SET n = n + 1").now_or_never();
            everything_works(table).await?;
            abandon(context, turns, table.query("SELECT n FROM $table")).await?;
            abandon(context, turns, table.query("UPDATE $table SET n = n + 1")).await?;
            everything_works(table).await?;
        }
        Ok(())
    })
    .await
}
