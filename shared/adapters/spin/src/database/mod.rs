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

use self::connection::Connection;
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
        let _turn = match Verb::of(&statement.sql) {
            Verb::Read => None,
            Verb::Change | Verb::Other => Some(self.0.writer().await?),
        };
        let lease = self.0.lend().await?;
        let answer = lease.connection().run(statement).await;
        // A statement outside of a transaction is one of its own, which its failure has undone.
        self.0.give_back(lease);
        answer
    }

    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Rows>, DatabaseError> {
        if statements.is_empty() {
            return Ok(Vec::new());
        }
        let reads_only = statements.iter().all(|statement| Verb::of(&statement.sql) == Verb::Read);
        let _turn = if reads_only { None } else { Some(self.0.writer().await?) };
        let lease = self.0.lend().await?;
        let begin = if reads_only { "BEGIN" } else { "BEGIN IMMEDIATE" };
        lease.connection().command(begin).await?;
        let answer = run_and_commit(lease.connection(), statements).await;
        let is_clean = match &answer {
            Ok(_) => true,
            Err(_) => lease.connection().command("ROLLBACK").await.is_ok(),
        };
        if is_clean {
            self.0.give_back(lease);
        }
        answer
    }
}

async fn run_and_commit(
    connection: &Connection,
    statements: Vec<Statement>,
) -> Result<Vec<Rows>, DatabaseError> {
    let mut answers = Vec::with_capacity(statements.len());
    for statement in statements {
        answers.push(connection.run(statement).await?);
    }
    // Deferred constraints are checked here, and the transaction stays open when one fails.
    connection.command("COMMIT").await?;
    Ok(answers)
}
