//! One SQLite connection: runs a statement to its end and reads all of its rows.
//!
//! Works with the raw interface below `spin_sdk::sqlite`, because the SDK leaves out the synchronous `execute`.

use std::time::Duration;

use shared::ports::{DatabaseError, Rows, Statement, Value};
use spin_sdk::sqlite::wit::sqlite::{self, Error, RowResult};
use spin_sdk::time::sleep;
use spin_sdk::wasip3::clocks::monotonic_clock::now;

use super::verb::Verb;

/// The longest wait for a locked database, and for each turn that a statement needs within the instance: as long as a
/// query may take on D1. Most of it is waiting for the processor when passwords are hashed meanwhile.
pub(super) const MAX_WAIT: Duration = Duration::from_secs(30);

/// The pause before another attempt, for statements that SQLite refuses without waiting.
const NAP: Duration = Duration::from_millis(1);

/// One connection that one task uses at a time.
pub(super) struct Connection {
    inner: sqlite::Connection,
    may_block: bool,
}

/// Whether a statement may have to wait for another connection or for the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Waits {
    /// It may; the instance goes on with other requests. Rows come through a stream, one by one, at about 20
    /// microseconds each.
    Perhaps,
    /// For the lock, which it must not hold while the instance does something else: the instance stands still for
    /// each attempt, and goes on between them.
    Briefly,
    /// It does not. The whole instance stands still for it, and all rows come at once: 20 rows take a third of the
    /// time that they take through the stream, 100 rows a sixth.
    Never,
}

impl Connection {
    /// Opens the component's default database. SQLite itself opens the file with the first statement.
    pub(super) async fn open() -> Result<Self, DatabaseError> {
        let inner = sqlite::Connection::open_async("default".to_owned()).await.map_err(failure)?;
        Ok(Self { inner, may_block: false })
    }

    /// Lets statements that never wait block the instance. For databases in WAL mode: in others a reader waits for a
    /// writer, which may be a request of the same instance that could not go on then.
    pub(super) fn set_may_block(&mut self, may_block: bool) {
        self.may_block = may_block;
    }

    /// Runs one statement. While the database is locked it tries again, for [`MAX_WAIT`] at most: a statement that
    /// finds no lock has done nothing.
    pub(super) async fn run(&self, statement: &Statement, waits: Waits) -> Result<Rows, DatabaseError> {
        let deadline = now() + nanoseconds(MAX_WAIT);
        let mut waits = waits;
        loop {
            match self.attempt(statement, waits).await {
                Err(DatabaseError::Busy) if now() < deadline => {
                    if waits == Waits::Never {
                        waits = Waits::Perhaps;
                    }
                    sleep(NAP).await;
                }
                answer => return answer,
            }
        }
    }

    async fn attempt(&self, statement: &Statement, waits: Waits) -> Result<Rows, DatabaseError> {
        let verb = Verb::of(&statement.sql);
        let params: Vec<_> = statement.params.iter().map(into_runtime).collect();
        let (columns, rows) = if self.may_block && waits != Waits::Perhaps {
            let result = self.inner.execute(&statement.sql, &params).map_err(failure)?;
            (result.columns, result.rows)
        } else {
            self.stream(statement.sql.to_string(), params).await?
        };
        let rows = rows.into_iter().map(|row| row.values.into_iter().map(from_runtime).collect()).collect();
        // SQLite counts for each connection, and goes on telling the last count after statements that change nothing.
        let changes = if verb == Verb::Change { self.inner.changes() } else { 0 };
        Ok(Rows::new(columns, rows, changes, None))
    }

    /// Runs a statement that needs no parameters and whose answer does not matter.
    pub(super) async fn command(&self, sql: &'static str, waits: Waits) -> Result<(), DatabaseError> {
        self.run(&Statement::new(sql), waits).await.map(drop)
    }

    /// The rows are always drained, because a stream that is not blocks the connection, and the result is always
    /// awaited, because bad SQL fails only there.
    async fn stream(
        &self,
        sql: String,
        params: Vec<sqlite::Value>,
    ) -> Result<(Vec<String>, Vec<RowResult>), DatabaseError> {
        let (columns, rows, result) = self.inner.execute_async(sql, params).await.map_err(failure)?;
        let rows = rows.collect().await;
        result.await.map_err(failure)?;
        Ok((columns, rows))
    }
}

fn into_runtime(value: &Value) -> sqlite::Value {
    match value {
        Value::Null => sqlite::Value::Null,
        Value::Integer(number) => sqlite::Value::Integer(*number),
        Value::Real(number) => sqlite::Value::Real(*number),
        Value::Text(text) => sqlite::Value::Text(text.clone()),
        Value::Blob(bytes) => sqlite::Value::Blob(bytes.clone()),
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

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
