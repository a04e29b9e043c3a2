//! A batch is one transaction: all of its statements or none.

use anyhow::{Context as _, ensure};
use shared::ports::{DatabaseError, Rows, Statement};

use super::errors::{is_check_violation, is_unique_violation};
use crate::support::{Table, only, refused, same, with_table};
use crate::{Case, Context, case_list};

pub(crate) fn cases() -> Vec<Case> {
    case_list!["database":
        batch_answers_for_each_statement,
        batch_of_one_statement_works,
        empty_batch_answers_nothing,
        batch_binds_each_statements_parameters,
        batch_sees_its_own_writes,
        batch_is_atomic_under_failure,
        batch_is_atomic_when_its_sql_is_bad,
        batch_is_atomic_across_tables,
        batch_failure_names_the_unique_violation,
        batch_failure_names_the_check_violation,
        batch_guard_row_stops_an_update_that_matched_nothing,
        batch_of_a_hundred_statements_works,
    ]
}

fn numbers(answers: &[Rows]) -> anyhow::Result<Vec<i64>> {
    answers.iter().map(|rows| Ok(only(rows)?.get("n")?)).collect()
}

async fn batch_answers_for_each_statement(context: &Context) -> anyhow::Result<()> {
    with_table(context, "n INTEGER", async |table| {
        let sql = [
            "INSERT INTO $table VALUES (1), (2), (3)",
            "SELECT n FROM $table ORDER BY n",
            "UPDATE $table SET n = n * 10 WHERE n > 1 RETURNING n",
            "DELETE FROM $table WHERE n = 404",
            "SELECT sum(n) AS n FROM $table",
        ];
        let answers = table.batch(&sql).await?;
        same("rows", &answers.iter().map(Rows::len).collect(), &vec![0, 3, 2, 0, 1])?;
        same("changes", &answers.iter().map(|rows| rows.changes).collect(), &vec![3, 0, 2, 0, 0])?;
        let sum = answers.last().context("a last answer")?;
        same("the sum", &only(sum)?.get::<i64>("n")?, &51)
    })
    .await
}

async fn batch_of_one_statement_works(context: &Context) -> anyhow::Result<()> {
    with_table(context, "n INTEGER", async |table| {
        same("answers", &table.batch(&["INSERT INTO $table VALUES (1)"]).await?.len(), &1)?;
        same("rows", &table.count().await?, &1)
    })
    .await
}

async fn empty_batch_answers_nothing(context: &Context) -> anyhow::Result<()> {
    let answers = context.ports.database.batch(Vec::new()).await?;
    same("answers", &answers.len(), &0)
}

async fn batch_binds_each_statements_parameters(context: &Context) -> anyhow::Result<()> {
    with_table(context, "n INTEGER, text TEXT", async |table| {
        let insert =
            |n: i64, text: &str| table.statement("INSERT INTO $table VALUES (?1, ?2)").bind(n).bind(text);
        let read = table.statement("SELECT text FROM $table WHERE n = ?1").bind(2_i64);
        let answers = context.ports.database.batch(vec![insert(1, "one"), insert(2, "two"), read]).await?;
        let text: String = only(answers.last().context("a last answer")?)?.get("text")?;
        same("text", &text, &"two".to_owned())
    })
    .await
}

async fn batch_sees_its_own_writes(context: &Context) -> anyhow::Result<()> {
    with_table(context, "n INTEGER", async |table| {
        let count = "SELECT count(*) AS n FROM $table";
        let insert = "INSERT INTO $table VALUES (1)";
        let answers =
            table.batch(&[count, insert, count, insert, count, "DELETE FROM $table", count]).await?;
        let counts: Vec<_> = answers.into_iter().step_by(2).collect();
        same("counts", &numbers(&counts)?, &vec![0, 1, 2, 0])
    })
    .await
}

/// Runs three writes with a failing statement at each place in turn; no write may remain.
async fn fail_at_each_place(table: &Table<'_>, failing: &str) -> anyhow::Result<()> {
    table.query("INSERT INTO $table VALUES (1, 0)").await?;
    for place in 0..=3 {
        let mut sql = vec![
            "INSERT INTO $table VALUES (2, 0)",
            "UPDATE $table SET n = n + 1 WHERE id = 1",
            "DELETE FROM $table WHERE id = 2",
        ];
        sql.insert(place, failing);
        refused(&format!("a batch that fails at statement {place}"), table.batch(&sql).await)?;
        same("rows", &table.count().await?, &1)?;
        same("the number", &table.number("SELECT n FROM $table WHERE id = 1").await?, &0)?;
    }
    table.batch(&["UPDATE $table SET n = 5", "INSERT INTO $table VALUES (2, 0)"]).await?;
    same("rows after a batch that works", &table.count().await?, &2)
}

async fn batch_is_atomic_under_failure(context: &Context) -> anyhow::Result<()> {
    with_table(context, "id INTEGER PRIMARY KEY, n INTEGER", async |table| {
        fail_at_each_place(table, "INSERT INTO $table VALUES (1, 0)").await
    })
    .await
}

async fn batch_is_atomic_when_its_sql_is_bad(context: &Context) -> anyhow::Result<()> {
    for failing in ["SELEC 1", "SELECT other FROM $table", "SELECT json_extract('{', '$')"] {
        with_table(context, "id INTEGER PRIMARY KEY, n INTEGER", async |table| {
            fail_at_each_place(table, failing).await
        })
        .await
        .context(failing)?;
    }
    Ok(())
}

async fn batch_is_atomic_across_tables(context: &Context) -> anyhow::Result<()> {
    with_table(context, "n INTEGER", async |first| {
        with_table(context, "n INTEGER CHECK (n > 0)", async |second| {
            let write = |n: i64| {
                let statements =
                    [first, second].map(|table| table.statement("INSERT INTO $table VALUES (?1)").bind(n));
                context.ports.database.batch(statements.into())
            };
            refused("a batch whose second table refuses", write(0).await)?;
            same("rows in both", &(first.count().await?, second.count().await?), &(0, 0))?;
            write(1).await?;
            same("rows in both", &(first.count().await?, second.count().await?), &(1, 1))
        })
        .await
    })
    .await
}

async fn batch_failure_names_the_unique_violation(context: &Context) -> anyhow::Result<()> {
    with_table(context, "email TEXT UNIQUE", async |table| {
        let sql = [
            "INSERT INTO $table VALUES ('a')",
            "INSERT INTO $table VALUES ('b')",
            "INSERT INTO $table VALUES ('a')",
        ];
        let error = refused("a value twice", table.batch(&sql).await)?;
        is_unique_violation(&error, &format!("{}.email", table.name))
    })
    .await
}

async fn batch_failure_names_the_check_violation(context: &Context) -> anyhow::Result<()> {
    with_table(context, "n INTEGER CONSTRAINT stock_is_enough CHECK (n >= 0)", async |table| {
        table.query("INSERT INTO $table VALUES (1)").await?;
        let take = "UPDATE $table SET n = n - 1";
        let error = refused("taking two of one", table.batch(&[take, take]).await)?;
        is_check_violation(&error, "stock_is_enough")?;
        same("left", &table.number("SELECT n FROM $table").await?, &1)
    })
    .await
}

async fn batch_guard_row_stops_an_update_that_matched_nothing(context: &Context) -> anyhow::Result<()> {
    with_table(context, "id INTEGER PRIMARY KEY, version INTEGER", async |table| {
        with_table(context, "matched INTEGER CONSTRAINT version_matches CHECK (matched = 1)", async |guard| {
            table.query("INSERT INTO $table VALUES (1, 1)").await?;
            let update = |from: i64| -> Vec<Statement> {
                vec![
                    table
                        .statement("UPDATE $table SET version = version + 1 WHERE id = 1 AND version = ?1")
                        .bind(from),
                    guard.statement("INSERT INTO $table SELECT changes()"),
                    guard.statement("DELETE FROM $table"),
                ]
            };
            context.ports.database.batch(update(1)).await?;
            let error = refused(
                "an update of a version that is gone",
                context.ports.database.batch(update(1)).await,
            )?;
            is_check_violation(&error, "version_matches")?;
            same("the version", &table.number("SELECT version AS n FROM $table").await?, &2)
        })
        .await
    })
    .await
}

async fn batch_of_a_hundred_statements_works(context: &Context) -> anyhow::Result<()> {
    with_table(context, "n INTEGER", async |table| {
        let insert = |n: i64| table.statement("INSERT INTO $table VALUES (?1) RETURNING n").bind(n);
        let answers: Result<_, DatabaseError> =
            context.ports.database.batch((0..100).map(insert).collect()).await;
        let returned = numbers(&answers?)?;
        ensure!(returned == (0..100).collect::<Vec<_>>(), "the answers are out of order: {returned:?}");
        same("rows", &table.count().await?, &100)
    })
    .await
}
