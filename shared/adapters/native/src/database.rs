//! The database port on rusqlite.
//!
//! An instance has one connection and one thread, so statements of an instance follow one another; a transaction
//! begins and ends within one turn, and dropping a future leaves nothing half done. Other processes may have the
//! same file open: write-ahead logging lets them read meanwhile, and a writer waits for its turn.

use std::cell::RefCell;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::anyhow;
use async_trait::async_trait;
use rusqlite::limits::Limit;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ErrorCode, ToSql, TransactionBehavior, params_from_iter};
use shared::ports::{Database, DatabaseError, Rows, Statement, Value};

use crate::give_way;

/// The limits that workerd sets for D1's statements.
const D1_LIMITS: [(Limit, i32); 4] = [
    (Limit::SQLITE_LIMIT_EXPR_DEPTH, 100),
    (Limit::SQLITE_LIMIT_COMPOUND_SELECT, 5),
    (Limit::SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 50),
    (Limit::SQLITE_LIMIT_VARIABLE_NUMBER, 100),
];

/// How long a writer waits for another process.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// The time between two attempts where `SQLite` itself does not wait.
const PAUSE: Duration = Duration::from_millis(5);

/// D1's limit of bound parameters.
const MAX_PARAMETERS: usize = 100;

/// The largest integer that JavaScript tells from its neighbours: 2^53 - 1.
const MAX_INTEGER: u64 = (1 << 53) - 1;

/// `SQLite` in a file or in memory.
#[derive(Debug)]
pub struct SqliteDatabase(RefCell<Connection>);

impl SqliteDatabase {
    /// Opens the file, which is made when it is not there.
    ///
    /// # Errors
    /// When the file cannot be opened or is no database.
    pub fn open(path: &Path) -> anyhow::Result<Self> {
        Self::prepare(Connection::open(path)?)
    }

    /// An empty database that ends with this value.
    ///
    /// # Errors
    /// Only when memory is short.
    pub fn in_memory() -> anyhow::Result<Self> {
        Self::prepare(Connection::open_in_memory()?)
    }

    fn prepare(connection: Connection) -> anyhow::Result<Self> {
        // What D1 takes, so that a statement that is too much for it fails here, too.
        for (limit, most) in D1_LIMITS {
            connection.set_limit(limit, most)?;
        }
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.pragma_update(None, "foreign_keys", true)?;
        write_ahead(&connection)?;
        connection.pragma_update(None, "synchronous", "normal")?;
        Ok(Self(RefCell::new(connection)))
    }
}

/// Switches to write-ahead logging. While another process does the same, `SQLite` answers "locked" at once, without
/// the busy timeout, because two that wait for each other's lock would wait for ever.
fn write_ahead(connection: &Connection) -> rusqlite::Result<()> {
    let deadline = Instant::now() + BUSY_TIMEOUT;
    loop {
        // It answers with the mode that it chose: a database in memory stays "memory".
        let switched = connection.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()));
        match switched {
            Err(error)
                if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
                    && Instant::now() < deadline =>
            {
                std::thread::sleep(PAUSE);
            }
            other => return other,
        }
    }
}

/// A parameter on its way in.
struct Parameter<'a>(&'a Value);

impl ToSql for Parameter<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self.0 {
            Value::Null => ValueRef::Null,
            Value::Integer(number) => ValueRef::Integer(*number),
            Value::Real(number) => ValueRef::Real(*number),
            Value::Text(text) => ValueRef::Text(text.as_bytes()),
            Value::Blob(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

fn value(found: ValueRef<'_>) -> Result<Value, DatabaseError> {
    Ok(match found {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Integer(exact(number)?),
        ValueRef::Real(number) => Value::Real(number),
        ValueRef::Text(text) => Value::Text(
            String::from_utf8(text.to_vec())
                .map_err(|_| DatabaseError::Other(anyhow!("the database holds a text that is not UTF-8")))?,
        ),
        ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
    })
}

fn exact(number: i64) -> Result<i64, DatabaseError> {
    let exact = number.unsigned_abs() <= MAX_INTEGER;
    exact.then_some(number).ok_or_else(|| DatabaseError::Other(anyhow!("{number} is beyond 2^53 - 1")))
}

fn check(statement: &Statement) -> Result<(), DatabaseError> {
    let found = statement.params.len();
    if found > MAX_PARAMETERS {
        return Err(DatabaseError::Other(anyhow!("{found} parameters, allowed are {MAX_PARAMETERS}")));
    }
    for param in &statement.params {
        if let Value::Integer(number) = param {
            exact(*number)?;
        }
    }
    Ok(())
}

fn failure(error: &rusqlite::Error) -> DatabaseError {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => DatabaseError::Busy,
        _ => DatabaseError::from_message(&error.to_string()),
    }
}

/// Runs one statement to its end. The rows that it read are unknown: `SQLite` counts only the steps of full scans.
fn run(connection: &Connection, statement: &Statement) -> Result<Rows, DatabaseError> {
    check(statement)?;
    let changes_before = connection.total_changes();
    let mut prepared = connection.prepare(&statement.sql).map_err(|error| failure(&error))?;
    let columns: Vec<_> = prepared.column_names().map(str::to_owned).collect();
    let width = columns.len();
    let mut found = prepared
        .query(params_from_iter(statement.params.iter().map(Parameter)))
        .map_err(|error| failure(&error))?;
    let mut rows = Vec::new();
    while let Some(row) = found.next().map_err(|error| failure(&error))? {
        let values = (0..width).map(|index| value(row.get_ref(index).map_err(|error| failure(&error))?));
        rows.push(values.collect::<Result<_, _>>()?);
    }
    // `changes` still tells of an earlier statement when this one wrote nothing.
    let wrote = connection.total_changes() != changes_before;
    Ok(Rows::new(columns, rows, if wrote { connection.changes() } else { 0 }, None))
}

/// Runs one statement outside of a transaction; one that opens a transaction would lock everybody else out.
fn run_alone(connection: &Connection, statement: &Statement) -> Result<Rows, DatabaseError> {
    let result = run(connection, statement);
    if connection.is_autocommit() {
        return result;
    }
    connection.execute_batch("ROLLBACK").map_err(|error| failure(&error))?;
    Err(DatabaseError::Other(anyhow!("a statement may not open a transaction: use a batch")))
}

/// Runs statements as one transaction; leaving early rolls it back.
fn run_together(connection: &mut Connection, statements: &[Statement]) -> Result<Vec<Rows>, DatabaseError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate);
    let transaction = transaction.map_err(|error| failure(&error))?;
    let answers =
        statements.iter().map(|statement| run(&transaction, statement)).collect::<Result<Vec<_>, _>>()?;
    if transaction.is_autocommit() {
        return Err(DatabaseError::Other(anyhow!("a statement of a batch ended its transaction")));
    }
    transaction.commit().map_err(|error| failure(&error))?;
    Ok(answers)
}

#[async_trait(?Send)]
impl Database for SqliteDatabase {
    async fn query(&self, statement: Statement) -> Result<Rows, DatabaseError> {
        give_way().await;
        run_alone(&self.0.borrow(), &statement)
    }

    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Rows>, DatabaseError> {
        give_way().await;
        run_together(&mut self.0.borrow_mut(), &statements)
    }
}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;

    use super::*;

    fn query(database: &SqliteDatabase, sql: &'static str) -> Result<Rows, DatabaseError> {
        block_on(database.query(Statement::new(sql)))
    }

    #[test]
    fn what_d1_refuses_is_refused() {
        let database = SqliteDatabase::in_memory().unwrap();
        let mut many = Statement::new("SELECT ?101");
        many.params = vec![Value::Null; 101];
        assert!(block_on(database.query(many)).is_err());
        for number in [1 << 53, -(1 << 53), i64::MAX, i64::MIN] {
            assert!(block_on(database.query(Statement::new("SELECT ?1").bind(number))).is_err());
        }
        assert!(query(&database, "SELECT 9007199254740992 AS n").is_err());
        assert!(query(&database, "SELECT 1; SELECT 2").is_err());
    }

    #[test]
    fn a_statement_cannot_open_or_end_a_transaction() {
        let database = SqliteDatabase::in_memory().unwrap();
        query(&database, "CREATE TABLE t (n INTEGER)").unwrap();
        assert!(query(&database, "BEGIN").is_err());
        assert!(query(&database, "BEGIN IMMEDIATE").is_err());
        let insert = || Statement::new("INSERT INTO t VALUES (1)");
        assert!(block_on(database.batch(vec![insert(), Statement::new("ROLLBACK")])).is_err());
        block_on(database.batch(vec![insert()])).unwrap();
        assert_eq!(query(&database, "SELECT n FROM t").unwrap().len(), 1);
    }

    #[test]
    fn opening_waits_for_a_process_that_writes() {
        let path = std::env::temp_dir().join(format!("ashlar-open-{}.sqlite", std::process::id()));
        let other = Connection::open(&path).unwrap();
        other.execute_batch("CREATE TABLE t (n INTEGER); BEGIN IMMEDIATE").unwrap();
        std::thread::scope(|scope| {
            let opening = scope.spawn(|| SqliteDatabase::open(&path).map(drop));
            // Long enough for the other thread to meet the lock, which nothing outside of it can see.
            std::thread::sleep(Duration::from_millis(100));
            other.execute_batch("COMMIT").unwrap();
            opening.join().unwrap().unwrap();
        });
        drop(other);
        std::fs::remove_file(&path).unwrap();
    }

    #[test]
    fn text_that_is_not_utf_8_is_an_error() {
        let database = SqliteDatabase::in_memory().unwrap();
        assert!(query(&database, "SELECT CAST(x'ff' AS TEXT) AS text").is_err());
    }
}
