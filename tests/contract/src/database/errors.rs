//! Failures are errors, constraint violations are errors of their own kind, and neither harms what comes after.

use anyhow::{bail, ensure};
use shared::ports::{DatabaseError, Statement};

use crate::support::{Table, refused, same, with_table};
use crate::{Case, Context, case_list};

pub(crate) fn cases() -> Vec<Case> {
    case_list!["database":
        a_unique_violation_names_its_column,
        a_unique_violation_names_all_its_columns,
        a_primary_key_violation_is_a_unique_violation,
        a_violated_check_is_named,
        a_foreign_key_needs_its_parent,
        a_parent_with_children_stays,
        a_parents_children_go_with_it,
        a_missing_value_is_an_error,
        bad_sql_is_an_error,
        an_error_after_the_first_row_is_an_error,
        a_failed_statement_changes_nothing,
        statements_work_after_a_failure,
    ]
}

/// Fails unless the error is a unique violation of these columns.
pub(super) fn is_unique_violation(error: &DatabaseError, wanted: &str) -> anyhow::Result<()> {
    match error {
        DatabaseError::UniqueViolation(columns) => same("the columns", columns, &wanted.to_owned()),
        other => bail!("wanted a unique violation, found {other:?}"),
    }
}

/// Fails unless the error is the violation of this CHECK constraint.
pub(super) fn is_check_violation(error: &DatabaseError, wanted: &str) -> anyhow::Result<()> {
    match error {
        DatabaseError::CheckViolation(name) => same("the constraint", name, &wanted.to_owned()),
        other => bail!("wanted a check violation, found {other:?}"),
    }
}

/// Runs the body with a second table whose `parent` column references the first table's `id`.
async fn with_child(
    table: &Table<'_>,
    on_delete: &str,
    body: impl AsyncFnOnce(&str) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let child = format!("{}_child", table.name);
    let reference = format!("parent INTEGER REFERENCES $table (id) {on_delete}");
    table.query(&format!("CREATE TABLE {child} (id INTEGER PRIMARY KEY, {reference})")).await?;
    let outcome = body(&child).await;
    table.query(&format!("DROP TABLE {child}")).await?;
    outcome
}

async fn a_unique_violation_names_its_column(context: &Context) -> anyhow::Result<()> {
    with_table(context, "id INTEGER PRIMARY KEY, email TEXT NOT NULL UNIQUE", async |table| {
        let insert = "INSERT INTO $table (email) VALUES ('ann@example.com')";
        table.query(insert).await?;
        let error = refused("a second row with the same value", table.query(insert).await)?;
        is_unique_violation(&error, &format!("{}.email", table.name))?;
        same("rows", &table.count().await?, &1)
    })
    .await
}

async fn a_unique_violation_names_all_its_columns(context: &Context) -> anyhow::Result<()> {
    with_table(context, "a INTEGER, b INTEGER, UNIQUE (a, b)", async |table| {
        table.query("INSERT INTO $table VALUES (1, 1), (1, 2)").await?;
        let error = refused("the same pair", table.query("INSERT INTO $table VALUES (1, 2)").await)?;
        is_unique_violation(&error, &format!("{0}.a, {0}.b", table.name))
    })
    .await
}

async fn a_primary_key_violation_is_a_unique_violation(context: &Context) -> anyhow::Result<()> {
    for kind in ["INTEGER", "TEXT"] {
        with_table(context, &format!("id {kind} PRIMARY KEY"), async |table| {
            table.query("INSERT INTO $table VALUES ('1')").await?;
            let error = refused(
                "a second row with the same key",
                table.query("INSERT INTO $table VALUES ('1')").await,
            )?;
            is_unique_violation(&error, &format!("{}.id", table.name))
        })
        .await?;
    }
    Ok(())
}

async fn a_violated_check_is_named(context: &Context) -> anyhow::Result<()> {
    with_table(context, "price INTEGER CONSTRAINT price_is_positive CHECK (price > 0)", async |table| {
        table.query("INSERT INTO $table VALUES (1)").await?;
        let error = refused("a price of 0", table.query("INSERT INTO $table VALUES (0)").await)?;
        is_check_violation(&error, "price_is_positive")?;
        let error = refused("an update to -1", table.query("UPDATE $table SET price = -1").await)?;
        is_check_violation(&error, "price_is_positive")
    })
    .await
}

async fn a_foreign_key_needs_its_parent(context: &Context) -> anyhow::Result<()> {
    with_table(context, "id INTEGER PRIMARY KEY", async |table| {
        with_child(table, "", async |child| {
            let orphan = table.query(&format!("INSERT INTO {child} VALUES (1, 404)")).await;
            let error = refused("a child without its parent", orphan)?;
            ensure!(matches!(error, DatabaseError::ForeignKeyViolation), "found {error:?}");
            let orphan = table.batch(&[&format!("INSERT INTO {child} VALUES (1, 404)")]).await;
            let error = refused("a child without its parent in a batch", orphan)?;
            ensure!(matches!(error, DatabaseError::ForeignKeyViolation), "in a batch found {error:?}");
            table.query("INSERT INTO $table VALUES (404)").await?;
            table.query(&format!("INSERT INTO {child} VALUES (1, 404), (2, NULL)")).await?;
            Ok(())
        })
        .await
    })
    .await
}

async fn a_parent_with_children_stays(context: &Context) -> anyhow::Result<()> {
    with_table(context, "id INTEGER PRIMARY KEY", async |table| {
        with_child(table, "", async |child| {
            table.query("INSERT INTO $table VALUES (1)").await?;
            table.query(&format!("INSERT INTO {child} VALUES (1, 1)")).await?;
            let error = refused("deleting a parent", table.query("DELETE FROM $table").await)?;
            ensure!(matches!(error, DatabaseError::ForeignKeyViolation), "found {error:?}");
            same("parents", &table.count().await?, &1)
        })
        .await
    })
    .await
}

async fn a_parents_children_go_with_it(context: &Context) -> anyhow::Result<()> {
    with_table(context, "id INTEGER PRIMARY KEY", async |table| {
        with_child(table, "ON DELETE CASCADE", async |child| {
            table.query("INSERT INTO $table VALUES (1), (2)").await?;
            table.query(&format!("INSERT INTO {child} VALUES (1, 1), (2, 1), (3, 2)")).await?;
            table.query("DELETE FROM $table WHERE id = 1").await?;
            same("children left", &table.number(&format!("SELECT count(*) AS n FROM {child}")).await?, &1)
        })
        .await
    })
    .await
}

async fn a_missing_value_is_an_error(context: &Context) -> anyhow::Result<()> {
    with_table(context, "a INTEGER NOT NULL", async |table| {
        refused("NULL", table.query("INSERT INTO $table VALUES (NULL)").await)?;
        same("rows", &table.count().await?, &0)
    })
    .await
}

async fn bad_sql_is_an_error(context: &Context) -> anyhow::Result<()> {
    with_table(context, "n INTEGER", async |table| {
        let bad = [
            "SELEC n FROM $table",
            "SELECT n FROM $table_that_is_not_there",
            "SELECT other FROM $table",
            "INSERT INTO $table_that_is_not_there VALUES (1)",
            "INSERT INTO $table VALUES (1, 2, 3)",
            "UPDATE $table SET",
            "SELECT no_such_function(n) FROM $table",
        ];
        for sql in bad {
            let error = refused(sql, table.query(sql).await)?;
            ensure!(matches!(error, DatabaseError::Other(_)), "{sql}: found {error:?}");
            let error = refused(sql, table.batch(&["INSERT INTO $table VALUES (1)", sql]).await)?;
            ensure!(matches!(error, DatabaseError::Other(_)), "{sql} in a batch: found {error:?}");
            same("rows", &table.count().await?, &0)?;
        }
        Ok(())
    })
    .await
}

async fn an_error_after_the_first_row_is_an_error(context: &Context) -> anyhow::Result<()> {
    with_table(context, "id INTEGER PRIMARY KEY, document TEXT", async |table| {
        table.query("INSERT INTO $table VALUES (1, '{\"a\":1}'), (2, '{\"a\":2}'), (3, '{')").await?;
        let sql = "SELECT json_extract(document, '$.a') AS a FROM $table ORDER BY id";
        refused("malformed JSON in the third row", table.query(sql).await)?;
        refused("malformed JSON in the third row in a batch", table.batch(&[sql]).await)?;
        same("rows", &table.count().await?, &3)
    })
    .await
}

async fn a_failed_statement_changes_nothing(context: &Context) -> anyhow::Result<()> {
    with_table(context, "id INTEGER PRIMARY KEY", async |table| {
        table.query("INSERT INTO $table VALUES (2)").await?;
        refused(
            "a violation in the third row",
            table.query("INSERT INTO $table VALUES (0), (1), (2)").await,
        )?;
        same("rows", &table.count().await?, &1)
    })
    .await
}

async fn statements_work_after_a_failure(context: &Context) -> anyhow::Result<()> {
    with_table(context, "id INTEGER PRIMARY KEY", async |table| {
        for round in 1..=5 {
            refused("bad SQL", context.ports.database.query(Statement::new("SELECT FROM WHERE")).await)?;
            table.query(&format!("INSERT INTO $table VALUES ({round})")).await?;
            refused("the same key", table.query(&format!("INSERT INTO $table VALUES ({round})")).await)?;
            table.batch(&["UPDATE $table SET id = id + 0", "SELECT id FROM $table"]).await?;
            refused(
                "a batch with the same key",
                table.batch(&[&format!("INSERT INTO $table VALUES ({round})")]).await,
            )?;
            same("rows", &table.count().await?, &round)?;
        }
        Ok(())
    })
    .await
}
