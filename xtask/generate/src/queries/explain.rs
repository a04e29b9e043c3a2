//! What SQLite does for a statement: its plan, and the steps that it takes.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use rusqlite::types::Value as Sql;
use rusqlite::{Connection, StatementStatus};
use shared::ports::{Statement, Value};

/// The plan of a statement, line by line as `EXPLAIN QUERY PLAN` tells it.
#[derive(Debug, Clone)]
pub(super) struct Explained {
    /// The lines, indented by how deep they are.
    pub(super) lines: Vec<String>,
}

impl Explained {
    /// Asks for the plan.
    ///
    /// # Errors
    /// When the statement is none.
    pub(super) fn of(database: &Connection, statement: &Statement) -> Result<Self> {
        let sql = format!("EXPLAIN QUERY PLAN {}", statement.sql);
        let mut prepared = database.prepare(&sql).with_context(|| statement.sql.to_string())?;
        let rows = prepared.query_map(rusqlite::params_from_iter(params(statement)), |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, row.get::<_, String>(3)?))
        })?;
        let mut depths = BTreeMap::from([(0, 0)]);
        let mut lines = Vec::new();
        for row in rows {
            let (id, parent, detail) = row?;
            let depth = depths.get(&parent).copied().unwrap_or(0);
            depths.insert(id, depth + 1);
            lines.push(format!("{}{detail}", "  ".repeat(depth)));
        }
        Ok(Self { lines })
    }

    /// The indexes that are used; of those that SQLite makes by itself, too.
    pub(super) fn indexes(&self) -> impl Iterator<Item = &str> {
        self.lines.iter().filter_map(|line| {
            let (_, rest) = line.split_once("INDEX ")?;
            rest.split(' ').next()
        })
    }
}

/// Runs the statement to its end; answers the steps of SQLite's machine.
///
/// # Errors
/// When the database refuses.
pub(super) fn run(database: &Connection, statement: &Statement) -> Result<i32> {
    let mut prepared = database.prepare(&statement.sql).with_context(|| statement.sql.to_string())?;
    let mut rows = prepared.query(rusqlite::params_from_iter(params(statement)))?;
    while rows.next()?.is_some() {}
    drop(rows);
    Ok(prepared.get_status(StatementStatus::VmStep))
}

fn params(statement: &Statement) -> Vec<Sql> {
    let of = |value: &Value| match value {
        Value::Null => Sql::Null,
        Value::Integer(number) => Sql::Integer(*number),
        Value::Real(number) => Sql::Real(*number),
        Value::Text(text) => Sql::Text(text.clone()),
        Value::Blob(bytes) => Sql::Blob(bytes.clone()),
    };
    statement.params.iter().map(of).collect()
}
