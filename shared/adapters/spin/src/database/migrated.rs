//! Brings the schema up to date before an instance's first statement: Spin has no deployment step that could.

use std::cell::Cell;
use std::rc::Rc;

use async_trait::async_trait;
use shared::migrations;
use shared::ports::{Database, DatabaseError, Rows, Statement};

use super::SqliteDatabase;
use crate::semaphore::Semaphore;

/// Whether this instance has seen the schema up to date.
pub(super) struct Schema {
    database: Rc<SqliteDatabase>,
    is_current: Cell<bool>,
    turn: Semaphore,
}

impl Schema {
    pub(super) fn new(database: Rc<SqliteDatabase>) -> Rc<Self> {
        Rc::new(Self { database, is_current: Cell::new(false), turn: Semaphore::new(1) })
    }

    /// Applies pending migrations. Of the requests that come at the same time, one does the work and the others
    /// wait; if it fails or is dropped, the next one tries. Instances do not know of each other: the list of
    /// migrations in the database settles who applies what.
    async fn ensure_migrated(&self) -> Result<(), DatabaseError> {
        if self.is_current.get() {
            return Ok(());
        }
        let _turn = self.turn.acquire().await;
        if !self.is_current.get() {
            migrations::apply(&*self.database).await?;
            self.is_current.set(true);
        }
        Ok(())
    }
}

/// A database whose schema is up to date before the first statement runs.
pub(super) struct Migrated {
    database: Rc<SqliteDatabase>,
    schema: Rc<Schema>,
}

impl Migrated {
    pub(super) fn new(database: Rc<SqliteDatabase>, schema: Rc<Schema>) -> Self {
        Self { database, schema }
    }
}

#[async_trait(?Send)]
impl Database for Migrated {
    async fn query(&self, statement: Statement) -> Result<Rows, DatabaseError> {
        self.schema.ensure_migrated().await?;
        self.database.query(statement).await
    }

    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Rows>, DatabaseError> {
        self.schema.ensure_migrated().await?;
        self.database.batch(statements).await
    }
}
