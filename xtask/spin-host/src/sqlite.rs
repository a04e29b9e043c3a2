//! `spin:sqlite`: an instance's connections.

use std::collections::HashSet;
use std::sync::Arc;

use wasmtime::component::{Accessor, FutureReader, HasData, Resource, StreamReader};

use crate::bindings::spin::sqlite::sqlite as spin;
use crate::bindings::spin::sqlite::sqlite::{Connection, Error, QueryResult, RowResult, Value};
use crate::database::{Database, Location};
use crate::handles::Handles;
use crate::streams::Items;

/// The one database that exists without a runtime configuration.
pub(crate) const DEFAULT_DATABASE: &str = "default";
const MAX_CONNECTIONS: usize = 256;

/// One instance's connections and the databases that it may open.
pub(crate) struct SqliteState {
    allowed: Arc<HashSet<String>>,
    location: Location,
    connections: Handles<Arc<Database>>,
}

impl SqliteState {
    pub(crate) fn new(allowed: Arc<HashSet<String>>, location: Location) -> Self {
        Self { allowed, location, connections: Handles::new(MAX_CONNECTIONS) }
    }

    fn connect(&mut self, name: &str) -> Result<Resource<Connection>, Error> {
        if !self.allowed.contains(name) {
            return Err(Error::AccessDenied);
        }
        if name != DEFAULT_DATABASE {
            return Err(Error::NoSuchDatabase);
        }
        let database = Database::new(self.location.clone())?;
        let handle = self.connections.insert(database);
        let handle = handle.ok_or_else(|| Error::Io("too many connections opened".to_owned()))?;
        Ok(Resource::new_own(handle))
    }

    fn database(&self, connection: &Resource<Connection>) -> Result<Arc<Database>, Error> {
        self.connections.get(connection.rep()).ok_or(Error::InvalidConnection)
    }
}

impl HasData for SqliteState {
    type Data<'a> = &'a mut Self;
}

impl spin::Host for SqliteState {
    fn convert_error(&mut self, error: Error) -> wasmtime::Result<Error> {
        Ok(error)
    }
}

impl spin::HostConnection for SqliteState {
    async fn open(&mut self, database: String) -> Result<Resource<Connection>, Error> {
        self.connect(&database)
    }

    async fn execute(
        &mut self,
        connection: Resource<Connection>,
        statement: String,
        parameters: Vec<Value>,
    ) -> Result<QueryResult, Error> {
        self.database(&connection)?.query(statement, parameters).await
    }

    async fn last_insert_rowid(&mut self, connection: Resource<Connection>) -> wasmtime::Result<i64> {
        Ok(self.database(&connection)?.last_insert_rowid()?)
    }

    async fn changes(&mut self, connection: Resource<Connection>) -> wasmtime::Result<u64> {
        Ok(self.database(&connection)?.changes()?)
    }

    async fn drop(&mut self, connection: Resource<Connection>) -> wasmtime::Result<()> {
        self.connections.remove(connection.rep());
        Ok(())
    }
}

impl<T: Send> spin::HostConnectionWithStore<T> for SqliteState {
    async fn open_async(
        accessor: &Accessor<T, Self>,
        database: String,
    ) -> Result<Resource<Connection>, Error> {
        accessor.with(|mut access| access.get().connect(&database))
    }

    async fn execute_async(
        accessor: &Accessor<T, Self>,
        connection: Resource<Connection>,
        statement: String,
        parameters: Vec<Value>,
    ) -> Result<(Vec<String>, StreamReader<RowResult>, FutureReader<Result<(), Error>>), Error> {
        let database = accessor.with(|mut access| access.get().database(&connection))?;
        let result = database.stream(statement, parameters).await?;
        let readers = accessor.with(|mut access| {
            let rows = StreamReader::new(&mut access, Items(result.rows))?;
            let end = FutureReader::new(&mut access, result.end)?;
            wasmtime::error::Ok((rows, end))
        });
        let (rows, end) = readers.map_err(|error| Error::Io(error.to_string()))?;
        Ok((result.columns, rows, end))
    }

    async fn last_insert_rowid_async(
        accessor: &Accessor<T, Self>,
        connection: Resource<Connection>,
    ) -> wasmtime::Result<i64> {
        let database = accessor.with(|mut access| access.get().database(&connection))?;
        Ok(database.last_insert_rowid()?)
    }

    async fn changes_async(
        accessor: &Accessor<T, Self>,
        connection: Resource<Connection>,
    ) -> wasmtime::Result<u64> {
        let database = accessor.with(|mut access| access.get().database(&connection))?;
        Ok(database.changes()?)
    }
}
