//! One `SQLite` connection as Spin's in-process backend keeps it.
//!
//! The file is opened at the first statement, with what the bundled library sets: foreign keys on, a busy timeout of
//! 5 s, journal mode DELETE. Statements of one connection run one after the other; one whose rows are still being
//! streamed holds the connection until the last row is taken or the stream is dropped.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use rusqlite::fallible_iterator::FallibleIterator;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::types::ValueRef;
use rusqlite::{Batch, Statement, params_from_iter};
use tokio::sync::{mpsc, oneshot};

use crate::bindings::spin::sqlite::sqlite::{Error, QueryResult, RowResult, Value};

/// The most bytes of a result that the host buffers.
pub(crate) const MAX_BUFFERED_BYTES: usize = 128 << 20;
const ROWS_IN_FLIGHT: usize = 4;

/// Where a database lives; `None` is memory, private to each connection.
pub(crate) type Location = Option<PathBuf>;

/// A result whose rows are still to come.
pub(crate) struct Streamed {
    pub(crate) columns: Vec<String>,
    pub(crate) rows: mpsc::Receiver<RowResult>,
    /// Dropped without a value when the host fails in a way that ends the instance.
    pub(crate) end: oneshot::Receiver<Result<(), Error>>,
}

/// A connection, opened on first use.
pub(crate) struct Database {
    location: Location,
    connection: OnceLock<Mutex<rusqlite::Connection>>,
}

/// Why a statement stopped.
enum Stop {
    Failed(Error),
    /// TEXT that is not UTF-8: Spin's host panics on it, which traps the instance.
    NotUtf8,
}

impl From<rusqlite::Error> for Stop {
    fn from(error: rusqlite::Error) -> Self {
        Self::Failed(io(&error))
    }
}

impl Database {
    /// Opens nothing yet, but makes the directory.
    pub(crate) fn new(location: Location) -> Result<Arc<Self>, Error> {
        if let Some(parent) = location.as_deref().and_then(|path| path.parent()) {
            std::fs::create_dir_all(parent).map_err(|_| Error::InvalidConnection)?;
        }
        Ok(Arc::new(Self { location, connection: OnceLock::new() }))
    }

    /// Runs one statement to its end.
    pub(crate) async fn query(
        self: Arc<Self>,
        sql: String,
        parameters: Vec<Value>,
    ) -> Result<QueryResult, Error> {
        let work = tokio::task::spawn_blocking(move || {
            let mut rows = Vec::new();
            let mut bytes = 0;
            let mut columns = Vec::new();
            let result = self.run(
                &sql,
                parameters,
                |names| columns = names,
                |row| {
                    bytes += row_bytes(&row);
                    rows.push(row);
                    within_limit(bytes)
                },
            );
            match result {
                Ok(()) => Ok(QueryResult { columns, rows }),
                Err(Stop::Failed(error)) => Err(error),
                Err(Stop::NotUtf8) => Err(Error::Io("internal runtime error".to_owned())),
            }
        });
        work.await.map_err(|error| Error::Io(error.to_string()))?
    }

    /// Starts one statement. A statement that does not compile is reported at the end of its (empty) rows.
    pub(crate) async fn stream(
        self: Arc<Self>,
        sql: String,
        parameters: Vec<Value>,
    ) -> Result<Streamed, Error> {
        let (send_columns, columns) = oneshot::channel();
        let (send_row, rows) = mpsc::channel(ROWS_IN_FLIGHT);
        let (send_end, end) = oneshot::channel();
        tokio::task::spawn_blocking(move || {
            let mut send_columns = Some(send_columns);
            let mut name = |names| {
                send_columns.take().map(|sender| sender.send(names));
            };
            let result = self.run(&sql, parameters, &mut name, |row| {
                within_limit(row_bytes(&row))?;
                send_row.blocking_send(row).map_err(|_| Error::Io("row send error".to_owned()))
            });
            name(Vec::new());
            let _ = match result {
                Ok(()) => send_end.send(Ok(())),
                Err(Stop::Failed(error)) => send_end.send(Err(error)),
                Err(Stop::NotUtf8) => return,
            };
        });
        let columns = columns.await.map_err(|error| Error::Io(error.to_string()))?;
        Ok(Streamed { columns, rows, end })
    }

    /// Runs the first statement of a text, as `--sqlite TEXT` does.
    pub(crate) fn first(&self, sql: &str) -> Result<(), Error> {
        match self.run(sql, Vec::new(), |_| (), |_| Ok(())) {
            Ok(()) | Err(Stop::NotUtf8) => Ok(()),
            Err(Stop::Failed(error)) => Err(error),
        }
    }

    /// Runs several statements, as `--sqlite @FILE` does.
    pub(crate) fn batch(&self, sql: &str) -> Result<(), Error> {
        self.connection()?.execute_batch(sql).map_err(|error| io(&error))
    }

    /// Rows changed by the latest INSERT, UPDATE or DELETE.
    pub(crate) fn changes(&self) -> Result<u64, Error> {
        Ok(self.connection()?.changes())
    }

    /// The row id of the latest INSERT.
    pub(crate) fn last_insert_rowid(&self) -> Result<i64, Error> {
        Ok(self.connection()?.last_insert_rowid())
    }

    fn run(
        &self,
        sql: &str,
        parameters: Vec<Value>,
        columns: impl FnOnce(Vec<String>),
        each: impl FnMut(RowResult) -> Result<(), Error>,
    ) -> Result<(), Stop> {
        let connection = self.connection().map_err(Stop::Failed)?;
        match connection.prepare_cached(sql) {
            Ok(mut statement) => step(&mut statement, parameters, columns, each),
            // Spin's older library takes the first of several statements and never looks at the rest.
            Err(rusqlite::Error::MultipleStatement) => match Batch::new(&connection, sql).next()? {
                Some(mut statement) => step(&mut statement, parameters, columns, each),
                None => Ok(()),
            },
            Err(error) => Err(error.into()),
        }
    }

    fn connection(&self) -> Result<MutexGuard<'_, rusqlite::Connection>, Error> {
        let connection = if let Some(connection) = self.connection.get() {
            connection
        } else {
            let opened = self.open().map_err(|error| io(&error))?;
            self.connection.get_or_init(|| Mutex::new(opened))
        };
        Ok(connection.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn open(&self) -> rusqlite::Result<rusqlite::Connection> {
        let mut connection = match &self.location {
            Some(path) => rusqlite::Connection::open(path)?,
            None => rusqlite::Connection::open_in_memory()?,
        };
        connection.authorizer(Some(|context: AuthContext<'_>| match context.action {
            AuthAction::Attach { filename } if !matches!(filename, "" | ":memory:") => Authorization::Deny,
            _ => Authorization::Allow,
        }))?;
        Ok(connection)
    }
}

fn step(
    statement: &mut Statement<'_>,
    parameters: Vec<Value>,
    columns: impl FnOnce(Vec<String>),
    mut each: impl FnMut(RowResult) -> Result<(), Error>,
) -> Result<(), Stop> {
    columns(statement.column_names().map(str::to_owned).collect());
    let count = statement.column_count();
    let mut rows = statement.query(params_from_iter(parameters.into_iter().map(to_sql)))?;
    while let Some(row) = rows.next()? {
        let values = (0..count).map(|column| from_sql(row.get_ref(column)?));
        let values = values.collect::<Result<Vec<_>, Stop>>()?;
        each(RowResult { values }).map_err(Stop::Failed)?;
    }
    Ok(())
}

fn io(error: &rusqlite::Error) -> Error {
    Error::Io(error.to_string())
}

fn within_limit(bytes: usize) -> Result<(), Error> {
    if bytes <= MAX_BUFFERED_BYTES {
        return Ok(());
    }
    Err(Error::Io(format!("query result exceeds limit of {MAX_BUFFERED_BYTES} bytes")))
}

fn row_bytes(row: &RowResult) -> usize {
    let heap = |value: &Value| match value {
        Value::Text(text) => text.len(),
        Value::Blob(blob) => blob.len(),
        Value::Integer(_) | Value::Real(_) | Value::Null => 0,
    };
    row.values.iter().map(|value| size_of::<Value>() + heap(value)).sum()
}

fn to_sql(value: Value) -> rusqlite::types::Value {
    match value {
        Value::Null => rusqlite::types::Value::Null,
        Value::Integer(integer) => rusqlite::types::Value::Integer(integer),
        Value::Real(real) => rusqlite::types::Value::Real(real),
        Value::Text(text) => rusqlite::types::Value::Text(text),
        Value::Blob(blob) => rusqlite::types::Value::Blob(blob),
    }
}

fn from_sql(value: ValueRef<'_>) -> Result<Value, Stop> {
    Ok(match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(integer) => Value::Integer(integer),
        ValueRef::Real(real) => Value::Real(real),
        ValueRef::Text(text) => match str::from_utf8(text) {
            Ok(text) => Value::Text(text.to_owned()),
            Err(error) => {
                crate::output::note(&format!(
                    "a TEXT value is not UTF-8 ({error}): Spin's host panics on it"
                ));
                return Err(Stop::NotUtf8);
            }
        },
        ValueRef::Blob(blob) => Value::Blob(blob.to_vec()),
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    const COUNT: &str =
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100) SELECT i FROM n";

    async fn stream(database: &Arc<Database>, sql: &str) -> Streamed {
        database.clone().stream(sql.to_owned(), Vec::new()).await.unwrap()
    }

    async fn query(database: &Arc<Database>, sql: &str) -> Result<Vec<RowResult>, Error> {
        Ok(database.clone().query(sql.to_owned(), Vec::new()).await?.rows)
    }

    #[tokio::test]
    async fn bad_sql_is_reported_after_its_rows() {
        let mut result = stream(&Database::new(None).unwrap(), "SELEC 1").await;
        assert!(result.columns.is_empty());
        assert!(result.rows.recv().await.is_none());
        assert!(matches!(result.end.await.unwrap(), Err(Error::Io(text)) if text.contains("syntax error")));
    }

    #[tokio::test]
    async fn an_undrained_stream_holds_its_connection_and_no_other() {
        let (first, second) = (Database::new(None).unwrap(), Database::new(None).unwrap());
        let mut result = stream(&first, COUNT).await;
        assert!(result.rows.recv().await.is_some());
        let waiting = query(&first, "SELECT 1");
        tokio::pin!(waiting);
        assert!(timeout(Duration::from_millis(100), &mut waiting).await.is_err());
        assert_eq!(query(&second, "SELECT 1").await.unwrap().len(), 1);
        drop(result);
        assert_eq!(waiting.await.unwrap().len(), 1);
    }

    #[tokio::test]
    async fn text_that_is_not_utf8_ends_the_instance() {
        let result = stream(&Database::new(None).unwrap(), "SELECT CAST(x'ff' AS TEXT)").await;
        assert!(result.end.await.is_err(), "the future must fail, which traps the guest");
    }

    #[tokio::test]
    async fn only_the_first_of_several_statements_runs() {
        let database = Database::new(None).unwrap();
        query(&database, "CREATE TABLE a (x); CREATE TABLE b (x)").await.unwrap();
        assert!(query(&database, "SELECT * FROM a").await.is_ok());
        assert!(query(&database, "SELECT * FROM b").await.is_err());
    }

    #[tokio::test]
    async fn connections_open_with_the_settings_of_spin() {
        let database = Database::new(None).unwrap();
        for (pragma, expected) in [("foreign_keys", 1), ("busy_timeout", 5000)] {
            let rows = query(&database, &format!("PRAGMA {pragma}")).await.unwrap();
            assert!(matches!(rows[0].values[0], Value::Integer(value) if value == expected), "{pragma}");
        }
        let denied = query(&database, "ATTACH '/tmp/other.db' AS other").await;
        assert!(matches!(denied, Err(Error::Io(text)) if text == "not authorized"));
    }
}
