//! One instance of the native runtime: its ports, and the bell that its consumer listens to.

use std::path::Path;
use std::rc::Rc;

use anyhow::Context as _;
use shared::migrations;
use shared::ports::{Clock, Ports};

use crate::{
    AssetsFolder, LocalBackground, MemoryKeyValue, MemoryLimiter, MemoryQueue, PlainHttpClient, Rings,
    SqliteDatabase, SystemEntropy,
};

/// The file in the state directory.
const DATABASE_FILE: &str = "sqlite_db.db";

/// The ports of one instance and the consumer's end of its queue.
pub struct Instance {
    /// The ports, for any number of requests.
    pub ports: Ports,
    /// What the queue port rang; without anyone listening, rings are lost and sweeps find the jobs.
    pub rings: Rings,
}

impl Instance {
    /// An instance whose database is a file in a directory, which is made when it is not there. Migrations that the
    /// database lacks are applied.
    ///
    /// # Errors
    /// When the directory or the database cannot be used.
    pub async fn open(state: &Path, clock: Rc<dyn Clock>) -> anyhow::Result<Self> {
        std::fs::create_dir_all(state)
            .with_context(|| format!("making the state directory {}", state.display()))?;
        let path = state.join(DATABASE_FILE);
        let database = SqliteDatabase::open(&path).with_context(|| format!("opening {}", path.display()))?;
        Self::with_database(database, clock).await
    }

    /// An instance that leaves nothing behind, with every migration applied.
    ///
    /// # Errors
    /// When a migration fails.
    pub async fn in_memory(clock: Rc<dyn Clock>) -> anyhow::Result<Self> {
        Self::with_database(SqliteDatabase::in_memory()?, clock).await
    }

    async fn with_database(database: SqliteDatabase, clock: Rc<dyn Clock>) -> anyhow::Result<Self> {
        migrations::apply(&database).await.context("migrating the database")?;
        let (queue, rings) = MemoryQueue::new();
        let ports = Ports {
            database: Rc::new(database),
            local: Rc::default(),
            key_value: Rc::new(MemoryKeyValue::new(Rc::clone(&clock))),
            limiter: Rc::new(MemoryLimiter::new(Rc::clone(&clock))),
            queue: Rc::new(queue),
            http: Rc::new(PlainHttpClient::new()),
            clock,
            entropy: Rc::new(SystemEntropy),
            background: Rc::new(LocalBackground),
            assets: Rc::new(AssetsFolder::of_this_repository()),
        };
        Ok(Self { ports, rings })
    }
}
