//! `spin:key-value`: one store, kept in a `SQLite` file in the same layout as Spin's.
//!
//! All instances share one connection. There is no expiry and no compare-and-swap in this interface.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use rusqlite::{Connection, OptionalExtension, params};
use tokio::sync::{mpsc, oneshot};
use tokio::task::block_in_place;
use wasmtime::component::{Accessor, FutureReader, HasData, Resource, StreamReader};

use crate::bindings::spin::key_value::key_value as spin;
use crate::bindings::spin::key_value::key_value::{Error, Store};
use crate::database::MAX_BUFFERED_BYTES;
use crate::streams::Items;

/// The one store that exists without a runtime configuration.
pub(crate) const DEFAULT_STORE: &str = "default";
const KEYS_IN_FLIGHT: usize = 4;
const TABLE: &str = "CREATE TABLE IF NOT EXISTS spin_key_value (
    store TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL, PRIMARY KEY (store, key))";
const GET: &str = "SELECT value FROM spin_key_value WHERE store = ?1 AND key = ?2";
const SET: &str = "INSERT INTO spin_key_value (store, key, value) VALUES (?1, ?2, ?3)
    ON CONFLICT (store, key) DO UPDATE SET value = ?3";
const DELETE: &str = "DELETE FROM spin_key_value WHERE store = ?1 AND key = ?2";
const KEYS: &str = "SELECT key FROM spin_key_value WHERE store = ?1";

/// The default store, opened on first use.
pub(crate) struct KeyValue {
    /// `None` keeps it in memory.
    path: Option<PathBuf>,
    connection: OnceLock<Mutex<Connection>>,
}

impl KeyValue {
    pub(crate) fn new(path: Option<PathBuf>) -> Arc<Self> {
        Arc::new(Self { path, connection: OnceLock::new() })
    }

    /// Stores one value; `--key-value` uses it before the server starts.
    pub(crate) fn set(&self, key: &str, value: &[u8]) -> Result<(), Error> {
        let connection = self.connection()?;
        let mut statement = connection.prepare_cached(SET).map_err(|error| other(&error))?;
        statement.execute(params![DEFAULT_STORE, key, value]).map(drop).map_err(|error| other(&error))
    }

    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, Error> {
        let connection = self.connection()?;
        let mut statement = connection.prepare_cached(GET).map_err(|error| other(&error))?;
        let value = statement.query_row(params![DEFAULT_STORE, key], |row| row.get::<_, Vec<u8>>(0));
        let value = value.optional().map_err(|error| other(&error))?;
        within_limit(value.as_ref().map_or(0, Vec::len))?;
        Ok(value)
    }

    fn delete(&self, key: &str) -> Result<(), Error> {
        let connection = self.connection()?;
        let mut statement = connection.prepare_cached(DELETE).map_err(|error| other(&error))?;
        statement.execute(params![DEFAULT_STORE, key]).map(drop).map_err(|error| other(&error))
    }

    /// Sends every key. The store is held until the last key is taken or the receiver is dropped.
    fn keys(&self, send: &mpsc::Sender<String>) -> Result<(), Error> {
        let connection = self.connection()?;
        let mut statement = connection.prepare_cached(KEYS).map_err(|error| other(&error))?;
        let mut rows = statement.query([DEFAULT_STORE]).map_err(|error| other(&error))?;
        while let Some(row) = rows.next().map_err(|error| other(&error))? {
            let key: String = row.get(0).map_err(|error| other(&error))?;
            within_limit(key.len())?;
            send.blocking_send(key).map_err(|error| other(&error))?;
        }
        Ok(())
    }

    fn connection(&self) -> Result<MutexGuard<'_, Connection>, Error> {
        let connection = if let Some(connection) = self.connection.get() {
            connection
        } else {
            let opened = self.open().map_err(|error| other(&error))?;
            self.connection.get_or_init(|| Mutex::new(opened))
        };
        Ok(connection.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn open(&self) -> rusqlite::Result<Connection> {
        let connection = match &self.path {
            Some(path) => Connection::open(path)?,
            None => Connection::open_in_memory()?,
        };
        connection.execute(TABLE, [])?;
        Ok(connection)
    }
}

fn other(error: &impl std::fmt::Debug) -> Error {
    Error::Other(format!("{error:?}"))
}

fn within_limit(bytes: usize) -> Result<(), Error> {
    if bytes <= MAX_BUFFERED_BYTES {
        return Ok(());
    }
    Err(Error::Other(format!("query result exceeds limit of {MAX_BUFFERED_BYTES} bytes")))
}

/// The stores that one instance may open.
pub(crate) struct KeyValueState {
    allowed: Arc<HashSet<String>>,
    store: Arc<KeyValue>,
}

impl KeyValueState {
    pub(crate) fn new(allowed: Arc<HashSet<String>>, store: Arc<KeyValue>) -> Self {
        Self { allowed, store }
    }
}

impl HasData for KeyValueState {
    type Data<'a> = &'a mut Self;
}

impl spin::Host for KeyValueState {
    fn convert_error(&mut self, error: Error) -> wasmtime::Result<Error> {
        Ok(error)
    }
}

impl spin::HostStore for KeyValueState {
    async fn drop(&mut self, _store: Resource<Store>) -> wasmtime::Result<()> {
        Ok(())
    }
}

/// The store of the instance that calls.
fn store<T: Send>(accessor: &Accessor<T, KeyValueState>) -> Arc<KeyValue> {
    accessor.with(|mut access| access.get().store.clone())
}

impl<T: Send> spin::HostStoreWithStore<T> for KeyValueState {
    async fn open(accessor: &Accessor<T, Self>, label: String) -> Result<Resource<Store>, Error> {
        let (allowed, store) = accessor.with(|mut access| {
            let state = access.get();
            (state.allowed.contains(&label), state.store.clone())
        });
        if !allowed {
            return Err(Error::AccessDenied);
        }
        if label != DEFAULT_STORE {
            return Err(Error::NoSuchStore);
        }
        block_in_place(|| store.connection().map(drop))?;
        // Every handle is the same store: there is nothing to look up behind it.
        Ok(Resource::new_own(0))
    }

    async fn get(
        accessor: &Accessor<T, Self>,
        _store: Resource<Store>,
        key: String,
    ) -> Result<Option<Vec<u8>>, Error> {
        let store = store(accessor);
        block_in_place(|| store.get(&key))
    }

    async fn set(
        accessor: &Accessor<T, Self>,
        _store: Resource<Store>,
        key: String,
        value: Vec<u8>,
    ) -> Result<(), Error> {
        let store = store(accessor);
        block_in_place(|| store.set(&key, &value))
    }

    async fn delete(accessor: &Accessor<T, Self>, _store: Resource<Store>, key: String) -> Result<(), Error> {
        let store = store(accessor);
        block_in_place(|| store.delete(&key))
    }

    async fn exists(
        accessor: &Accessor<T, Self>,
        _store: Resource<Store>,
        key: String,
    ) -> Result<bool, Error> {
        let store = store(accessor);
        block_in_place(|| store.get(&key)).map(|value| value.is_some())
    }

    async fn get_keys(
        accessor: &Accessor<T, Self>,
        _store: Resource<Store>,
    ) -> wasmtime::Result<(StreamReader<String>, FutureReader<Result<(), Error>>)> {
        let store = store(accessor);
        let (send_key, keys) = mpsc::channel(KEYS_IN_FLIGHT);
        let (send_end, end) = oneshot::channel();
        tokio::task::spawn_blocking(move || send_end.send(store.keys(&send_key)));
        accessor.with(|mut access| {
            let keys = StreamReader::new(&mut access, Items(keys))?;
            Ok((keys, FutureReader::new(&mut access, end)?))
        })
    }
}
