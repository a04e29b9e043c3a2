//! Whether the application can do its work.

use std::time::Duration;

use anyhow::{anyhow, ensure};

use crate::auth::Public;
use crate::migrations;
use crate::models::health::{Check, CheckStatus};
use crate::ports::Ports;
use crate::time::within;

/// The service of health.
pub struct Health<'a> {
    ports: &'a Ports,
}

impl<'a> Health<'a> {
    /// How long the checks may take, each and all of them: they run side by side. Load balancers ask every few
    /// seconds and give up after a few.
    pub const BUDGET: Duration = Duration::from_secs(2);

    /// The service over these ports.
    pub fn new(ports: &'a Ports) -> Self {
        Self { ports }
    }

    /// Looks at the database, its schema, the cache and the queue, all at the same time. None of it writes or starts
    /// work, so that a check may be dropped at any moment.
    pub async fn check(&self, _: &Public) -> Vec<Check> {
        let (database, migrations, cache, queue) = futures::join!(
            self.run("database", self.database()),
            self.run("migrations", self.migrations()),
            self.run("cache", self.cache()),
            self.run("queue", self.queue()),
        );
        vec![database, migrations, cache, queue]
    }

    async fn run(&self, name: &'static str, check: impl Future<Output = anyhow::Result<()>>) -> Check {
        let clock = &*self.ports.clock;
        let start = clock.now();
        let (status, cause) = match within(clock, Self::BUDGET, check).await {
            Some(Ok(())) => (CheckStatus::Ok, None),
            Some(Err(error)) => (CheckStatus::Failed, Some(error)),
            None => (CheckStatus::TimedOut, Some(anyhow!("no answer within {:?}", Self::BUDGET))),
        };
        let duration_ms = u64::try_from(clock.now().since(start).as_millis()).unwrap_or(u64::MAX);
        Check { name, status, duration_ms, cause }
    }

    async fn database(&self) -> anyhow::Result<()> {
        Ok(migrations::reach(&*self.ports.database).await?)
    }

    async fn migrations(&self) -> anyhow::Result<()> {
        let pending = migrations::pending(&*self.ports.database).await?;
        ensure!(pending == 0, "{pending} of {} migrations are not applied", migrations::ALL.len());
        Ok(())
    }

    /// Whatever is under the key, or nothing: it is the answer that counts.
    async fn cache(&self) -> anyhow::Result<()> {
        Ok(self.ports.key_value.get("health").await.map(drop)?)
    }

    async fn queue(&self) -> anyhow::Result<()> {
        Ok(self.ports.queue.check().await?)
    }
}
