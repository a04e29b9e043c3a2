//! A database that counts what lists and entities are read from it, and takes the time, or fails, as a test says.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use async_trait::async_trait;
use native::TestClock;
use shared::ports::{Clock as _, Database, DatabaseError, Rows, Statement};

/// The database.
pub struct SlowDatabase {
    inner: Rc<dyn Database>,
    clock: Rc<TestClock>,
    /// How long a read waits before it is run.
    pub before: Cell<Duration>,
    /// How long what it has found is on its way.
    pub after: Cell<Duration>,
    /// Whether reads fail.
    pub fails: Cell<bool>,
    /// How many reads there were.
    pub reads: Cell<usize>,
}

impl SlowDatabase {
    /// A fast one.
    pub fn new(inner: Rc<dyn Database>, clock: &Rc<TestClock>) -> Self {
        Self {
            inner,
            clock: Rc::clone(clock),
            before: Cell::default(),
            after: Cell::default(),
            fails: Cell::default(),
            reads: Cell::default(),
        }
    }

    /// Runs it, if it is a read of what is cached, as the test says.
    async fn run<T>(
        &self,
        first: Option<&Statement>,
        work: impl Future<Output = Result<T, DatabaseError>>,
    ) -> Result<T, DatabaseError> {
        if !first.is_some_and(|first| is_read(&first.sql)) {
            return work.await;
        }
        self.reads.set(self.reads.get() + 1);
        self.wait(self.before.get()).await;
        if self.fails.get() {
            return Err(DatabaseError::Busy);
        }
        let found = work.await;
        self.wait(self.after.get()).await;
        found
    }

    async fn wait(&self, time: Duration) {
        if !time.is_zero() {
            self.clock.sleep(time).await;
        }
    }
}

/// Whether it is a read of what is cached: those and no others come with the generation.
fn is_read(sql: &str) -> bool {
    sql.contains("generations") && !sql.contains("INSERT")
}

#[async_trait(?Send)]
impl Database for SlowDatabase {
    async fn query(&self, statement: Statement) -> Result<Rows, DatabaseError> {
        self.run(Some(&statement.clone()), self.inner.query(statement)).await
    }

    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Rows>, DatabaseError> {
        self.run(statements.first().cloned().as_ref(), self.inner.batch(statements)).await
    }
}
