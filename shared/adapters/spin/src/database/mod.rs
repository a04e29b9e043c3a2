//! The Database port over Spin's SQLite.
//!
//! Owns connections and transactions. Works with the runtime's local SQLite files; one remote database behind
//! several hosts is not what `BEGIN IMMEDIATE` across calls is made for.

mod connection;
mod migrated;
mod pool;
mod verb;

use std::rc::Rc;

use async_trait::async_trait;
use shared::ports::{Database, DatabaseError, Rows, Statement};

use self::connection::{Connection, Waits};
use self::migrated::Migrated;
pub use self::pool::Durability;
use self::pool::Pool;
use self::verb::Verb;

/// The component's default database, as one instance uses it.
pub struct SqliteDatabase(Rc<Pool>);

/// The databases of one instance with the schema in place: the durable one and the relaxed one, over the same file.
pub(crate) fn databases() -> (Rc<dyn Database>, Rc<dyn Database>) {
    let (full, relaxed) = pool::pools();
    let (full, relaxed) = (Rc::new(SqliteDatabase(full)), Rc::new(SqliteDatabase(relaxed)));
    let schema = migrated::Schema::new(Rc::clone(&full));
    (Rc::new(Migrated::new(full, schema.clone())), Rc::new(Migrated::new(relaxed, schema)))
}

#[async_trait(?Send)]
impl Database for SqliteDatabase {
    async fn query(&self, statement: Statement) -> Result<Rows, DatabaseError> {
        let reads = Verb::of(&statement.sql) == Verb::Read;
        let _turn = if reads { None } else { Some(self.0.writer().await?) };
        let lease = self.0.lend().await?;
        let waits = if reads { Waits::Never } else { Waits::Perhaps };
        let answer = lease.connection().run(&statement, waits).await;
        // A statement outside of a transaction is one of its own, which its failure has undone.
        self.0.give_back(lease);
        answer
    }

    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Rows>, DatabaseError> {
        if statements.is_empty() {
            return Ok(Vec::new());
        }
        let reads = statements.iter().all(|statement| Verb::of(&statement.sql) == Verb::Read);
        let _turn = if reads { None } else { Some(self.0.writer().await?) };
        let lease = self.0.lend().await?;
        let answer = if reads {
            transaction(lease.connection(), "BEGIN", Waits::Never, statements).await
        } else {
            transaction(lease.connection(), "BEGIN IMMEDIATE", Waits::Briefly, statements).await
        };
        let is_clean = match &answer {
            Ok(_) => true,
            Err(_) => lease.connection().command("ROLLBACK", Waits::Perhaps).await.is_ok(),
        };
        if is_clean {
            self.0.give_back(lease);
        }
        answer
    }
}

/// Takes the lock with its first command, waits for the disk in its last, and for nothing in between.
async fn transaction(
    connection: &Connection,
    begin: &'static str,
    waits: Waits,
    statements: Vec<Statement>,
) -> Result<Vec<Rows>, DatabaseError> {
    connection.command(begin, waits).await?;
    let mut answers = Vec::with_capacity(statements.len());
    for statement in statements {
        answers.push(connection.run(&statement, Waits::Never).await?);
    }
    // Deferred constraints are checked here, and the transaction stays open when one fails.
    let disk = if waits == Waits::Never { Waits::Never } else { Waits::Perhaps };
    connection.command("COMMIT", disk).await?;
    Ok(answers)
}
