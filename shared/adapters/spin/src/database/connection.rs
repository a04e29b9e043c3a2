//! One SQLite connection: runs a statement to its end and reads all of its rows.

use shared::ports::{DatabaseError, Rows, Statement, Value};
use spin_sdk::sqlite::{self, Error};

use super::verb::Verb;

/// One connection that one task uses at a time.
pub(super) struct Connection(sqlite::Connection);

impl Connection {
    /// Opens the component's default database. SQLite itself opens the file with the first statement.
    pub(super) async fn open() -> Result<Self, DatabaseError> {
        sqlite::Connection::open_default().await.map(Self).map_err(failure)
    }

    /// Runs one statement.
    ///
    /// The rows are always drained, because a stream that is not blocks the connection, and the result is always
    /// awaited, because bad SQL fails only there. A row costs about 25 microseconds on its way through the stream:
    /// a list that matters can be selected as one `json_group_array` instead.
    pub(super) async fn run(&self, statement: Statement) -> Result<Rows, DatabaseError> {
        let verb = Verb::of(&statement.sql);
        let params = statement.params.into_iter().map(into_runtime);
        let (columns, rows, result) =
            self.0.execute(&*statement.sql, params).await.map_err(failure)?.into_inner();
        let rows = rows.collect().await;
        result.await.map_err(failure)?;
        let rows = rows.into_iter().map(|row| row.values.into_iter().map(from_runtime).collect()).collect();
        let changes = if verb == Verb::Change { self.0.changes().await } else { 0 };
        Ok(Rows::new(columns, rows, changes, None))
    }

    /// Runs a statement that needs no parameters and whose answer does not matter.
    pub(super) async fn command(&self, sql: &'static str) -> Result<(), DatabaseError> {
        self.run(Statement::new(sql)).await.map(drop)
    }
}

fn into_runtime(value: Value) -> sqlite::Value {
    match value {
        Value::Null => sqlite::Value::Null,
        Value::Integer(number) => sqlite::Value::Integer(number),
        Value::Real(number) => sqlite::Value::Real(number),
        Value::Text(text) => sqlite::Value::Text(text),
        Value::Blob(bytes) => sqlite::Value::Blob(bytes),
    }
}

fn from_runtime(value: sqlite::Value) -> Value {
    match value {
        sqlite::Value::Null => Value::Null,
        sqlite::Value::Integer(number) => Value::Integer(number),
        sqlite::Value::Real(number) => Value::Real(number),
        sqlite::Value::Text(text) => Value::Text(text),
        sqlite::Value::Blob(bytes) => Value::Blob(bytes),
    }
}

fn failure(error: Error) -> DatabaseError {
    match error {
        Error::Io(message) => DatabaseError::from_message(&message),
        other => DatabaseError::Other(anyhow::Error::new(other).context("the default SQLite database")),
    }
}
