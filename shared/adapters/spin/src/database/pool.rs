//! The connections of one instance, each lent to one task at a time.
//!
//! Up to 16 requests share an instance, so no connection may be used by two of them: one would see the other's
//! transaction, and `changes()` would count the other's rows. A connection that comes back warm reads twice as fast
//! as a new one.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use futures::future::{Either, select};
use shared::ports::{DatabaseError, Statement};
use spin_sdk::time::sleep;

use super::connection::{Connection, MAX_WAIT, Waits};
use crate::semaphore::{Permit, Semaphore};

/// As many connections as requests share an instance; the runtime has room for 256 handles.
const MAX_CONNECTIONS: usize = 16;

/// What a power failure may take away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// Nothing that was answered: each commit waits for the disk. A client that got a 201 or a job that is done
    /// must find it so after a power failure, at the price of one `fsync` a commit.
    Full,
    /// The last commits; the database stays whole. For state that is worth nothing after a restart.
    Relaxed,
}

/// One instance's turns at the database.
pub(super) struct Pool {
    durability: Durability,
    idle: RefCell<Vec<Connection>>,
    connections: Semaphore,
    writers: Semaphore,
    /// Whether the database is in WAL mode; known after the first connection.
    has_wal: Cell<Option<bool>>,
}

/// A connection that is lent; one that is dropped instead of given back is closed, and a transaction in it undone.
pub(super) struct Lease {
    connection: Connection,
    _permit: Permit,
}

impl Lease {
    pub(super) fn connection(&self) -> &Connection {
        &self.connection
    }
}

impl Pool {
    /// An empty pool. SQLite admits one writer at a time and lets the others ask for the lock again and again, in no
    /// order; so the writers of an instance line up here first, in `writers`.
    pub(super) fn new(durability: Durability, writers: Semaphore) -> Self {
        Self {
            durability,
            idle: RefCell::default(),
            connections: Semaphore::new(MAX_CONNECTIONS),
            writers,
            has_wal: Cell::new(None),
        }
    }

    /// The turn to write; to be had before a connection is, so that waiting writers leave the connections to readers.
    pub(super) async fn writer(&self) -> Result<Permit, DatabaseError> {
        in_time(&self.writers).await
    }

    /// A connection outside of any transaction.
    pub(super) async fn lend(&self) -> Result<Lease, DatabaseError> {
        let permit = in_time(&self.connections).await?;
        let idle = self.idle.borrow_mut().pop();
        let connection = match idle {
            Some(connection) => connection,
            None => self.open().await?,
        };
        Ok(Lease { connection, _permit: permit })
    }

    /// Takes back a connection; the caller vouches that it is outside of any transaction.
    pub(super) fn give_back(&self, lease: Lease) {
        self.idle.borrow_mut().push(lease.connection);
    }

    async fn open(&self) -> Result<Connection, DatabaseError> {
        let mut connection = Connection::open().await?;
        let has_wal = match self.has_wal.get() {
            Some(has_wal) => has_wal,
            None => switch_to_wal(&connection).await?,
        };
        self.has_wal.set(Some(has_wal));
        connection.set_may_block(has_wal);
        let durability = match self.durability {
            Durability::Full => "PRAGMA synchronous = FULL",
            Durability::Relaxed => "PRAGMA synchronous = NORMAL",
        };
        connection.command(durability, Waits::Perhaps).await?;
        // The default of Spin's build of SQLite, but not of SQLite.
        connection.command("PRAGMA foreign_keys = ON", Waits::Never).await?;
        // SQLite waits for a lock in naps that grow to 100 ms, in which the lock is free and nobody has it. Above its
        // 25 ms we ask again, which starts over with short naps: at 64 writers that is the difference between 1 s and
        // 0.1 s for the slowest hundredth.
        connection.command("PRAGMA busy_timeout = 25", Waits::Never).await?;
        Ok(connection)
    }
}

/// Readers and the writer do not wait for each other in WAL mode. It is a property of the file: the first instance
/// ever sets it and needs to be alone with the database for that moment. A file system that cannot do it keeps the
/// mode that it has. Answers whether the database is in WAL mode.
async fn switch_to_wal(connection: &Connection) -> Result<bool, DatabaseError> {
    let answer = connection.run(&Statement::new("PRAGMA journal_mode = WAL"), Waits::Perhaps).await?;
    let mode: String = answer.first().map_or(Ok(String::new()), |row| row.get("journal_mode"))?;
    Ok(mode == "wal")
}

async fn in_time(semaphore: &Semaphore) -> Result<Permit, DatabaseError> {
    if let Some(permit) = semaphore.try_acquire() {
        return Ok(permit);
    }
    match select(Box::pin(semaphore.acquire()), Box::pin(sleep(MAX_WAIT))).await {
        Either::Left((permit, _)) => Ok(permit),
        Either::Right(_) => Err(DatabaseError::Busy),
    }
}

/// The pools of one instance, one for each durability.
pub(super) fn pools() -> (Rc<Pool>, Rc<Pool>) {
    let writers = Semaphore::new(1);
    (Rc::new(Pool::new(Durability::Full, writers.clone())), Rc::new(Pool::new(Durability::Relaxed, writers)))
}
