//! Whether the application can do its work.

use crate::auth::Public;
use crate::migrations;
use crate::models::health::Check;
use crate::ports::Ports;

/// The service of health.
pub struct Health<'a> {
    ports: &'a Ports,
}

impl<'a> Health<'a> {
    /// The service over these ports.
    pub fn new(ports: &'a Ports) -> Self {
        Self { ports }
    }

    /// Looks at the database, its schema and the cache.
    pub async fn check(&self, _: &Public) -> Vec<Check> {
        let (pending, cache) =
            futures::join!(migrations::pending(&*self.ports.database), self.ports.key_value.get("health"));
        vec![
            Check { name: "database", ok: pending.is_ok() },
            Check { name: "migrations", ok: matches!(pending, Ok(0)) },
            Check { name: "cache", ok: cache.is_ok() },
        ]
    }
}
