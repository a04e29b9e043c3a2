//! One statement: rows, columns, parameters, counts of changes.

use anyhow::{Context as _, ensure};
use shared::ports::{DatabaseError, Statement, Value};

use crate::support::{only, refused, same, with_table};
use crate::{Case, Context, case_list};

pub(crate) fn cases() -> Vec<Case> {
    case_list!["database":
        columns_are_read_by_their_names,
        expressions_are_read_by_their_alias,
        rows_keep_the_order_of_the_statement,
        no_rows_are_no_error,
        a_thousand_rows_arrive,
        a_megabyte_of_rows_arrives,
        a_parameter_may_be_used_twice,
        parameters_may_be_used_out_of_order,
        a_hundred_parameters_are_bound,
        parameters_that_do_not_fit_are_an_error,
        bound_text_is_never_sql,
        returning_answers_the_rows_written,
        insert_counts_its_rows,
        update_counts_the_rows_that_matched,
        delete_counts_its_rows,
        upsert_counts_what_it_did,
        reading_counts_no_changes,
        returning_counts_its_rows_too,
        a_write_is_visible_to_the_next_statement,
    ]
}

/// Statement text that inserts the numbers 1 to `count` into the column `n`.
fn fill(count: u32) -> String {
    format!(
        "WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < {count}) \
         INSERT INTO $table (n) SELECT n FROM number"
    )
}

async fn columns_are_read_by_their_names(context: &Context) -> anyhow::Result<()> {
    let names: Vec<_> = (0..50).map(|number| format!("column_{number}")).collect();
    // Created in one order, selected in another.
    let reversed: Vec<_> = names.iter().rev().cloned().collect();
    with_table(context, &reversed.join(", "), async |table| {
        let values: Vec<_> = (0..50).map(|number: i64| number.to_string()).collect();
        table
            .query(&format!("INSERT INTO $table ({}) VALUES ({})", names.join(", "), values.join(", ")))
            .await?;
        for sql in ["SELECT * FROM $table", &format!("SELECT {} FROM $table", names.join(", "))] {
            let rows = table.query(sql).await?;
            let row = only(&rows)?;
            for (name, wanted) in names.iter().zip(0_i64..) {
                same(name, &row.get::<i64>(name)?, &wanted)?;
            }
        }
        Ok(())
    })
    .await
}

async fn expressions_are_read_by_their_alias(context: &Context) -> anyhow::Result<()> {
    let sql = "SELECT 1 + 1 AS sum, count(*) AS \"two words\", 'x' AS \"Ümlaut\", max(1, 2) AS MixedCase";
    let rows = context.ports.database.query(Statement::new(sql)).await?;
    let row = only(&rows)?;
    same("sum", &row.get::<i64>("sum")?, &2)?;
    same("two words", &row.get::<i64>("two words")?, &1)?;
    same("Ümlaut", &row.get::<String>("Ümlaut")?, &"x".to_owned())?;
    same("MixedCase", &row.get::<i64>("MixedCase")?, &2)?;
    refused("a column that the statement does not answer", row.value("other")).map(drop)
}

async fn rows_keep_the_order_of_the_statement(context: &Context) -> anyhow::Result<()> {
    with_table(context, "n INTEGER", async |table| {
        table.query("INSERT INTO $table (n) VALUES (3), (1), (2)").await?;
        for (order, wanted) in [("ASC", [1, 2, 3]), ("DESC", [3, 2, 1])] {
            let rows = table.query(&format!("SELECT n FROM $table ORDER BY n {order}")).await?;
            let found = rows.iter().map(|row| row.get("n")).collect::<Result<Vec<i64>, _>>()?;
            same(order, &found, &wanted.to_vec())?;
        }
        Ok(())
    })
    .await
}

async fn no_rows_are_no_error(context: &Context) -> anyhow::Result<()> {
    with_table(context, "n INTEGER", async |table| {
        let rows = table.query("SELECT n FROM $table").await?;
        ensure!(rows.is_empty() && rows.first().is_none(), "an empty table answered {} rows", rows.len());
        let rows = table.query("INSERT INTO $table (n) VALUES (1)").await?;
        ensure!(rows.is_empty(), "an INSERT without RETURNING answered {} rows", rows.len());
        Ok(())
    })
    .await
}

async fn a_thousand_rows_arrive(context: &Context) -> anyhow::Result<()> {
    with_table(context, "n INTEGER", async |table| {
        same("rows inserted", &table.query(&fill(1000)).await?.changes, &1000)?;
        let rows = table.query("SELECT n, 'row ' || n AS label FROM $table ORDER BY n").await?;
        same("rows", &rows.len(), &1000)?;
        for (row, wanted) in rows.iter().zip(1_i64..) {
            same("n", &row.get::<i64>("n")?, &wanted)?;
            same("label", &row.get::<String>("label")?, &format!("row {wanted}"))?;
        }
        Ok(())
    })
    .await
}

async fn a_megabyte_of_rows_arrives(context: &Context) -> anyhow::Result<()> {
    with_table(context, "n INTEGER, text TEXT", async |table| {
        table.query(&fill(100)).await?;
        let text = "0123456789".repeat(1000);
        table.query_with("UPDATE $table SET text = ?1 || n", vec![text.clone().into()]).await?;
        let rows = table.query("SELECT n, text FROM $table ORDER BY n").await?;
        same("rows", &rows.len(), &100)?;
        for row in rows.iter() {
            let found: String = row.get("text")?;
            ensure!(found == format!("{text}{}", row.get::<i64>("n")?), "a long text was changed");
        }
        Ok(())
    })
    .await
}

async fn a_parameter_may_be_used_twice(context: &Context) -> anyhow::Result<()> {
    let statement = Statement::new("SELECT ?1 AS a, ?2 AS b, ?1 AS c").bind("one").bind("two");
    let rows = context.ports.database.query(statement).await?;
    let row = only(&rows)?;
    for (column, wanted) in [("a", "one"), ("b", "two"), ("c", "one")] {
        same(column, &row.get::<String>(column)?, &wanted.to_owned())?;
    }
    Ok(())
}

async fn parameters_may_be_used_out_of_order(context: &Context) -> anyhow::Result<()> {
    let statement = Statement::new("SELECT ?3 AS c, ?1 AS a, ?2 AS b").bind("one").bind(2_i64).bind("three");
    let rows = context.ports.database.query(statement).await?;
    let row = only(&rows)?;
    same("a", &row.get::<String>("a")?, &"one".to_owned())?;
    same("b", &row.get::<i64>("b")?, &2)?;
    same("c", &row.get::<String>("c")?, &"three".to_owned())
}

async fn a_hundred_parameters_are_bound(context: &Context) -> anyhow::Result<()> {
    with_table(context, "n INTEGER", async |table| {
        table.query(&fill(200)).await?;
        let places: Vec<_> = (1..=100).map(|place| format!("?{place}")).collect();
        let sql = format!(
            "SELECT ?1 AS first, ?100 AS last, count(*) AS matches FROM $table WHERE n IN ({})",
            places.join(", ")
        );
        let rows = table.query_with(&sql, (101..=200).map(Value::Integer).collect()).await?;
        let row = only(&rows)?;
        same("first", &row.get::<i64>("first")?, &101)?;
        same("last", &row.get::<i64>("last")?, &200)?;
        same("matches", &row.get::<i64>("matches")?, &100)
    })
    .await
}

async fn parameters_that_do_not_fit_are_an_error(context: &Context) -> anyhow::Result<()> {
    let database = &context.ports.database;
    let missing = Statement::new("SELECT ?1 AS a, ?2 AS b").bind("only one");
    refused("a statement that lacks a parameter", database.query(missing).await)?;
    let superfluous = Statement::new("SELECT ?1 AS a").bind("one").bind("two");
    refused("a statement with a parameter too many", database.query(superfluous).await)?;
    Ok(())
}

async fn bound_text_is_never_sql(context: &Context) -> anyhow::Result<()> {
    with_table(context, "text TEXT", async |table| {
        let hostile = format!("x'); DROP TABLE {}; --", table.name);
        table.query_with("INSERT INTO $table (text) VALUES (?1)", vec![hostile.clone().into()]).await?;
        let rows =
            table.query_with("SELECT text FROM $table WHERE text = ?1", vec![hostile.clone().into()]).await?;
        same("the text", &only(&rows)?.get::<String>("text")?, &hostile)
    })
    .await
}

async fn returning_answers_the_rows_written(context: &Context) -> anyhow::Result<()> {
    with_table(context, "id INTEGER PRIMARY KEY, n INTEGER DEFAULT 7", async |table| {
        let rows = table.query("INSERT INTO $table (id) VALUES (1) RETURNING id, n, n + 1 AS next").await?;
        let row = only(&rows)?;
        same("the default", &row.get::<i64>("n")?, &7)?;
        same("an expression", &row.get::<i64>("next")?, &8)?;
        let rows = table.query("UPDATE $table SET n = 9 WHERE id = 1 RETURNING n").await?;
        same("after an update", &only(&rows)?.get::<i64>("n")?, &9)?;
        let rows = table.query("DELETE FROM $table WHERE id = 1 RETURNING n").await?;
        same("after a delete", &only(&rows)?.get::<i64>("n")?, &9)?;
        let rows = table.query("DELETE FROM $table WHERE id = 1 RETURNING n").await?;
        ensure!(rows.is_empty(), "a delete that matched nothing returned rows");
        same("rows left", &table.count().await?, &0)
    })
    .await
}

async fn insert_counts_its_rows(context: &Context) -> anyhow::Result<()> {
    with_table(context, "n INTEGER", async |table| {
        same("one row", &table.query("INSERT INTO $table VALUES (1)").await?.changes, &1)?;
        same("three rows", &table.query("INSERT INTO $table VALUES (1), (2), (3)").await?.changes, &3)?;
        let none = table.query("INSERT INTO $table SELECT n FROM $table WHERE n > 100").await?;
        same("no row", &none.changes, &0)
    })
    .await
}

async fn update_counts_the_rows_that_matched(context: &Context) -> anyhow::Result<()> {
    with_table(context, "n INTEGER", async |table| {
        table.query("INSERT INTO $table VALUES (1), (2), (3)").await?;
        same("two rows", &table.query("UPDATE $table SET n = n + 10 WHERE n < 3").await?.changes, &2)?;
        same("no row", &table.query("UPDATE $table SET n = 0 WHERE n = 99").await?.changes, &0)?;
        same("to the same value", &table.query("UPDATE $table SET n = n").await?.changes, &3)
    })
    .await
}

async fn delete_counts_its_rows(context: &Context) -> anyhow::Result<()> {
    with_table(context, "n INTEGER", async |table| {
        table.query("INSERT INTO $table VALUES (1), (2), (3)").await?;
        same("one row", &table.query("DELETE FROM $table WHERE n = 1").await?.changes, &1)?;
        same("no row", &table.query("DELETE FROM $table WHERE n = 1").await?.changes, &0)?;
        same("the rest", &table.query("DELETE FROM $table").await?.changes, &2)
    })
    .await
}

async fn upsert_counts_what_it_did(context: &Context) -> anyhow::Result<()> {
    with_table(context, "id INTEGER PRIMARY KEY, n INTEGER", async |table| {
        let upsert = "INSERT INTO $table VALUES (1, 1) ON CONFLICT (id) DO UPDATE SET n = n + 1";
        same("an insert", &table.query(upsert).await?.changes, &1)?;
        same("an update", &table.query(upsert).await?.changes, &1)?;
        let nothing = "INSERT INTO $table VALUES (1, 1) ON CONFLICT (id) DO NOTHING";
        same("nothing", &table.query(nothing).await?.changes, &0)?;
        same("the number", &table.number("SELECT n FROM $table").await?, &2)
    })
    .await
}

async fn reading_counts_no_changes(context: &Context) -> anyhow::Result<()> {
    with_table(context, "n INTEGER", async |table| {
        table.query("INSERT INTO $table VALUES (1), (2), (3)").await?;
        same("a SELECT", &table.query("SELECT n FROM $table").await?.changes, &0)?;
        let answers = table.batch(&["DELETE FROM $table WHERE n > 1", "SELECT n FROM $table"]).await?;
        let changes: Vec<_> = answers.iter().map(|rows| rows.changes).collect();
        same("a DELETE and a SELECT", &changes, &vec![2, 0])
    })
    .await
}

async fn returning_counts_its_rows_too(context: &Context) -> anyhow::Result<()> {
    with_table(context, "n INTEGER", async |table| {
        let inserted = table.query("INSERT INTO $table VALUES (1), (2), (3) RETURNING n").await?;
        same("rows returned", &inserted.len(), &3)?;
        same("an INSERT", &inserted.changes, &3)?;
        let updated = table.query("UPDATE $table SET n = 0 WHERE n > 1 RETURNING n").await?;
        same("an UPDATE", &updated.changes, &2)?;
        let nothing = table.query("UPDATE $table SET n = 0 WHERE n > 1 RETURNING n").await?;
        same("an UPDATE that matches nothing", &nothing.changes, &0)
    })
    .await
}

async fn a_write_is_visible_to_the_next_statement(context: &Context) -> anyhow::Result<()> {
    with_table(context, "n INTEGER", async |table| {
        for round in 0..10 {
            table.query("INSERT INTO $table VALUES (1)").await?;
            same("after a statement", &table.count().await?, &(2 * round + 1))?;
            table.batch(&["INSERT INTO $table VALUES (1)"]).await?;
            same("after a batch", &table.count().await?, &(2 * round + 2))?;
            let answers = table.batch(&["SELECT count(*) AS n FROM $table"]).await?;
            let seen: Result<i64, DatabaseError> = only(answers.first().context("one answer")?)?.get("n");
            same("from within a batch", &seen?, &(2 * round + 2))?;
        }
        Ok(())
    })
    .await
}
