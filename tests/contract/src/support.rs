//! What the cases share: random names, tables that clean up after themselves, giving way.

use std::fmt::{Debug, Write as _};
use std::future::poll_fn;
use std::task::Poll;

use anyhow::{Context as _, bail, ensure};
use futures::future::LocalBoxFuture;
use shared::ports::{DatabaseError, Ports, Row, Rows, Statement, Value};

use crate::Context;

/// A name that no other run uses: letters, digits and underscores.
pub(crate) fn random_name(ports: &Ports) -> anyhow::Result<String> {
    let mut bytes = [0; 12];
    ports.entropy.fill(&mut bytes)?;
    let mut name = String::from("contract_");
    for byte in bytes {
        write!(name, "{byte:02x}")?;
    }
    Ok(name)
}

/// Fails with both values unless they are equal.
pub(crate) fn same<T: PartialEq + Debug>(what: &str, found: &T, wanted: &T) -> anyhow::Result<()> {
    ensure!(found == wanted, "{what}: found {found:?}, wanted {wanted:?}");
    Ok(())
}

/// The error of something that must not succeed.
pub(crate) fn refused<T, E>(what: &str, result: Result<T, E>) -> anyhow::Result<E> {
    match result {
        Ok(_) => bail!("{what} was accepted"),
        Err(error) => Ok(error),
    }
}

/// The only row of an answer.
pub(crate) fn only(rows: &Rows) -> anyhow::Result<Row<'_>> {
    same("the number of rows", &rows.len(), &1)?;
    rows.first().context("the answer counts one row and has none")
}

/// Lets other tasks have a turn, on any executor.
pub(crate) async fn give_way() {
    let mut waited = false;
    poll_fn(|context| {
        if waited {
            return Poll::Ready(());
        }
        waited = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// A table that exists for one case.
pub(crate) struct Table<'a> {
    ports: &'a Ports,
    /// The random name.
    pub(crate) name: String,
}

impl Table<'_> {
    /// A statement; `$table` in its text stands for the name.
    pub(crate) fn statement(&self, sql: &str) -> Statement {
        Statement::new(sql.replace("$table", &self.name))
    }

    /// Runs a statement without parameters.
    pub(crate) async fn query(&self, sql: &str) -> Result<Rows, DatabaseError> {
        self.ports.database.query(self.statement(sql)).await
    }

    /// Runs a statement.
    pub(crate) async fn query_with(&self, sql: &str, params: Vec<Value>) -> Result<Rows, DatabaseError> {
        let mut statement = self.statement(sql);
        statement.params = params;
        self.ports.database.query(statement).await
    }

    /// Runs statements without parameters as a batch.
    pub(crate) fn batch(&self, sql: &[&str]) -> LocalBoxFuture<'_, Result<Vec<Rows>, DatabaseError>> {
        self.ports.database.batch(sql.iter().map(|sql| self.statement(sql)).collect())
    }

    /// The one number that a statement answers, under whatever name `n`.
    pub(crate) async fn number(&self, sql: &str) -> anyhow::Result<i64> {
        Ok(only(&self.query(sql).await?)?.get("n")?)
    }

    /// How many rows the table has.
    pub(crate) async fn count(&self) -> anyhow::Result<i64> {
        self.number("SELECT count(*) AS n FROM $table").await
    }
}

/// Creates a table with these columns, runs the body, and drops the table whatever came of it.
pub(crate) async fn with_table(
    context: &Context,
    columns: &str,
    body: impl AsyncFnOnce(&Table<'_>) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let table = Table { ports: &context.ports, name: random_name(&context.ports)? };
    table.query(&format!("CREATE TABLE $table ({columns})")).await.context("creating a table")?;
    let outcome = body(&table).await;
    let dropped = table.query("DROP TABLE $table").await;
    outcome?;
    dropped.context("dropping the table")?;
    Ok(())
}
