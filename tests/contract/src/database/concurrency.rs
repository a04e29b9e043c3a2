//! Callers at the same moment: nothing is lost, nothing is seen half done.

use anyhow::{Context as _, bail, ensure};
use futures::future::{join, join_all};
use shared::ports::{DatabaseError, Statement};

use crate::support::{Table, only, same, with_table};
use crate::{Case, Context, case_list};

pub(crate) fn cases() -> Vec<Case> {
    case_list!["database":
        concurrent_increments_lose_nothing,
        concurrent_batches_each_see_their_own_number,
        concurrent_inserts_of_one_key_admit_one,
        concurrent_batches_that_fail_harm_no_other,
        concurrent_guarded_updates_lose_nothing,
        no_reader_sees_half_a_batch,
        concurrent_reads_get_their_own_answers,
    ]
}

async fn concurrent_increments_lose_nothing(context: &Context) -> anyhow::Result<()> {
    with_table(context, "n INTEGER", async |table| {
        table.query("INSERT INTO $table VALUES (0)").await?;
        let increments = (0..50).map(|_| table.query("UPDATE $table SET n = n + 1"));
        for result in join_all(increments).await {
            result?;
        }
        same("the number", &table.number("SELECT n FROM $table").await?, &50)
    })
    .await
}

async fn concurrent_batches_each_see_their_own_number(context: &Context) -> anyhow::Result<()> {
    with_table(context, "n INTEGER", async |table| {
        table.query("INSERT INTO $table VALUES (0)").await?;
        let increment = async || -> anyhow::Result<i64> {
            let answers = table.batch(&["UPDATE $table SET n = n + 1", "SELECT n FROM $table"]).await?;
            Ok(only(answers.last().context("a last answer")?)?.get("n")?)
        };
        let results = join_all((0..50).map(|_| increment())).await;
        let mut seen = results.into_iter().collect::<anyhow::Result<Vec<_>>>()?;
        seen.sort_unstable();
        same("the numbers seen", &seen, &(1..=50).collect())
    })
    .await
}

async fn concurrent_inserts_of_one_key_admit_one(context: &Context) -> anyhow::Result<()> {
    with_table(context, "email TEXT UNIQUE", async |table| {
        let insert = "INSERT INTO $table VALUES ('ann@example.com')";
        let results = join_all((0..20).map(|_| table.batch(&["SELECT 1 AS one", insert]))).await;
        let admitted = results.iter().filter(|result| result.is_ok()).count();
        same("admitted", &admitted, &1)?;
        for error in results.into_iter().filter_map(Result::err) {
            ensure!(matches!(error, DatabaseError::UniqueViolation(_)), "found {error:?}");
        }
        same("rows", &table.count().await?, &1)
    })
    .await
}

async fn concurrent_batches_that_fail_harm_no_other(context: &Context) -> anyhow::Result<()> {
    with_table(context, "id INTEGER PRIMARY KEY", async |table| {
        table.query("INSERT INTO $table VALUES (0)").await?;
        let write = async |number: i64| {
            let last = if number % 2 == 0 { 0 } else { -number };
            let insert = |id: i64| table.statement("INSERT INTO $table VALUES (?1)").bind(id);
            context.ports.database.batch(vec![insert(number), insert(last)]).await
        };
        let results = join_all((1..=40).map(write)).await;
        for (result, number) in results.iter().zip(1..) {
            ensure!(result.is_ok() == (number % 2 == 1), "batch {number}: {result:?}");
        }
        same("rows", &table.count().await?, &41)
    })
    .await
}

/// Adds 1 to the number as `writer`: reads the version, then writes in a batch that a guard row aborts when
/// somebody else has written in between; tries again until it is through.
async fn add_one(context: &Context, table: &Table<'_>, guard: &Table<'_>, writer: i64) -> anyhow::Result<()> {
    let update = "UPDATE $table SET n = ?1, version = version + 1, writer = ?2 WHERE version = ?3";
    for _ in 0..100 {
        let rows = table.query("SELECT n, version FROM $table").await?;
        let (n, version): (i64, i64) = (only(&rows)?.get("n")?, only(&rows)?.get("version")?);
        let check = format!(
            "INSERT INTO $table SELECT count(*) FROM {} WHERE version = ?1 AND writer = ?2",
            table.name
        );
        let batch: Vec<Statement> = vec![
            table.statement(update).bind(n + 1).bind(writer).bind(version),
            guard.statement(&check).bind(version + 1).bind(writer),
            guard.statement("DELETE FROM $table"),
        ];
        match context.ports.database.batch(batch).await {
            Ok(_) => return Ok(()),
            Err(DatabaseError::CheckViolation(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    bail!("writer {writer} got through in none of 100 attempts")
}

async fn concurrent_guarded_updates_lose_nothing(context: &Context) -> anyhow::Result<()> {
    with_table(context, "n INTEGER, version INTEGER, writer INTEGER", async |table| {
        with_table(context, "matched INTEGER CHECK (matched = 1)", async |guard| {
            table.query("INSERT INTO $table VALUES (0, 0, 0)").await?;
            for result in join_all((1..=10).map(|writer| add_one(context, table, guard, writer))).await {
                result?;
            }
            same("the number", &table.number("SELECT n FROM $table").await?, &10)?;
            same("the version", &table.number("SELECT version AS n FROM $table").await?, &10)
        })
        .await
    })
    .await
}

async fn no_reader_sees_half_a_batch(context: &Context) -> anyhow::Result<()> {
    with_table(context, "writer INTEGER", async |table| {
        let write = |writer: i64| {
            let insert = || table.statement("INSERT INTO $table VALUES (?1)").bind(writer);
            context.ports.database.batch(vec![
                insert(),
                table.statement("SELECT count(*) FROM $table"),
                insert(),
            ])
        };
        let half_done =
            "SELECT count(*) AS n FROM (SELECT writer FROM $table GROUP BY writer HAVING count(*) <> 2)";
        let read = async || {
            for _ in 0..5 {
                same("writers seen half done", &table.number(half_done).await?, &0)?;
            }
            anyhow::Ok(())
        };
        let (written, seen) = join(join_all((0..20).map(write)), join_all((0..10).map(|_| read()))).await;
        for result in written {
            result?;
        }
        seen.into_iter().collect::<anyhow::Result<()>>()?;
        same("rows", &table.count().await?, &40)
    })
    .await
}

async fn concurrent_reads_get_their_own_answers(context: &Context) -> anyhow::Result<()> {
    let read = async |number: i64| -> anyhow::Result<()> {
        let statement = Statement::new("SELECT ?1 AS n").bind(number);
        let rows = context.ports.database.query(statement).await?;
        same("the answer", &only(&rows)?.get::<i64>("n")?, &number)
    };
    join_all((0..50).map(read)).await.into_iter().collect()
}
