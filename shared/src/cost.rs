//! What a request costs: statements, rows read, and the time that it waits for the database and the cache.
//!
//! The ports of a request are wrapped, so that nothing below the entry needs to know. Work that goes on after the answer
//! is counted by whoever still holds the ports, and told to nobody.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use async_trait::async_trait;

use crate::ports::{Anchor, Clock, Database, DatabaseError, KeyValue, KeyValueError, Ports, Rows, Statement};

/// What was spent so far.
#[derive(Debug, Default)]
pub struct Cost {
    statements: Cell<u32>,
    round_trips: Cell<u32>,
    rows_read: Cell<Option<u64>>,
    database: Cell<Duration>,
    cache: Cell<Duration>,
}

impl Cost {
    /// The same ports, of which the database and the key-value store are counted here.
    pub fn meter(self: &Rc<Self>, ports: Ports) -> Ports {
        let database =
            Metered { inner: ports.database, clock: Rc::clone(&ports.clock), cost: Rc::clone(self) };
        let key_value =
            Metered { inner: ports.key_value, clock: Rc::clone(&ports.clock), cost: Rc::clone(self) };
        Ports { database: Rc::new(database), key_value: Rc::new(key_value), ..ports }
    }

    /// Statements that the database was given.
    pub fn statements(&self) -> u32 {
        self.statements.get()
    }

    /// How often the database was asked; a batch is one time.
    pub fn round_trips(&self) -> u32 {
        self.round_trips.get()
    }

    /// Rows that the engine read; `None` where the runtime does not tell.
    pub fn rows_read(&self) -> Option<u64> {
        self.rows_read.get()
    }

    /// Time until the database's answers. What was asked at once counts twice.
    pub fn database(&self) -> Duration {
        self.database.get()
    }

    /// Time until the cache's answers.
    pub fn cache(&self) -> Duration {
        self.cache.get()
    }

    fn note(&self, rows: &[Rows]) {
        let told: Option<u64> = rows.iter().map(|rows| rows.rows_read).sum();
        let told = told.map(|told| told + self.rows_read.get().unwrap_or(0));
        self.rows_read.set(told.or(self.rows_read.get()));
    }
}

/// A port whose use is counted.
struct Metered<P: ?Sized> {
    inner: Rc<P>,
    clock: Rc<dyn Clock>,
    cost: Rc<Cost>,
}

impl<P: ?Sized> Metered<P> {
    async fn timed<T>(&self, spent: &Cell<Duration>, work: impl Future<Output = T>) -> T {
        let started = self.clock.now();
        let answer = work.await;
        spent.set(spent.get() + self.clock.now().since(started));
        answer
    }
}

impl Metered<dyn Database> {
    fn count(&self, statements: usize) {
        let statements = u32::try_from(statements).unwrap_or(u32::MAX);
        self.cost.statements.set(self.cost.statements.get().saturating_add(statements));
        self.cost.round_trips.set(self.cost.round_trips.get().saturating_add(1));
    }
}

#[async_trait(?Send)]
impl Database for Metered<dyn Database> {
    async fn query(&self, statement: Statement) -> Result<Rows, DatabaseError> {
        self.count(1);
        let rows = self.timed(&self.cost.database, self.inner.query(statement)).await?;
        self.cost.note(std::slice::from_ref(&rows));
        Ok(rows)
    }

    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Rows>, DatabaseError> {
        if statements.is_empty() {
            return Ok(Vec::new());
        }
        self.count(statements.len());
        let answers = self.timed(&self.cost.database, self.inner.batch(statements)).await?;
        self.cost.note(&answers);
        Ok(answers)
    }

    fn anchor(&self, anchor: Anchor) {
        self.inner.anchor(anchor);
    }

    fn is_primary(&self) -> bool {
        self.inner.is_primary()
    }

    fn bookmark(&self) -> Option<String> {
        self.inner.bookmark()
    }
}

#[async_trait(?Send)]
impl KeyValue for Metered<dyn KeyValue> {
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, KeyValueError> {
        self.timed(&self.cost.cache, self.inner.get(key)).await
    }

    async fn put(&self, key: &str, value: &[u8], ttl: Duration) -> Result<(), KeyValueError> {
        self.timed(&self.cost.cache, self.inner.put(key, value, ttl)).await
    }

    async fn delete(&self, key: &str) -> Result<(), KeyValueError> {
        self.timed(&self.cost.cache, self.inner.delete(key)).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(read: Option<u64>) -> Rows {
        Rows::new(Vec::new(), Vec::new(), 0, read)
    }

    #[test]
    fn rows_add_up_and_stay_unknown_where_nothing_is_told() {
        let cost = Cost::default();
        cost.note(&[rows(None)]);
        assert_eq!(cost.rows_read(), None);
        cost.note(&[rows(Some(3)), rows(Some(0))]);
        cost.note(&[rows(Some(20))]);
        assert_eq!(cost.rows_read(), Some(23));
        cost.note(&[rows(Some(1)), rows(None)]);
        assert_eq!(cost.rows_read(), Some(23), "a batch that is told in part is not told");
    }
}
