//! The limiter of runtimes without an exact counter of their own: one SQL upsert is one step of the algorithm.
//!
//! Works on the table `limits`. What is in it may be lost at any time (a limit starts anew then), so an adapter may
//! run it on a connection that does not wait for the disk.

use std::cell::Cell;
use std::rc::Rc;

use async_trait::async_trait;

use crate::limits::{Decision, Quota, micros};
use crate::ports::{Clock, Database, DatabaseError, Limiter, LimiterError, Row, Statement};

/// One step of [`crate::limits::gcra`] for key ?1 at ?2 with emission interval ?3 and tolerance ?4: it answers with
/// the new theoretical arrival time when the request is admitted and with no row when it is not.
const TAKE: &str = "INSERT INTO limits (key, arrival) VALUES (?1, ?2 + ?3) \
    ON CONFLICT (key) DO UPDATE SET arrival = max(arrival, ?2) + ?3 WHERE max(arrival, ?2) + ?3 - ?2 <= ?4 \
    RETURNING arrival";

const ARRIVAL: &str = "SELECT arrival FROM limits WHERE key = ?1";

const GIVE_BACK: &str = "UPDATE limits SET arrival = arrival - ?2 WHERE key = ?1";

/// A key whose arrival time has passed has its whole quota free, as if it were not there.
const PRUNE: &str =
    "DELETE FROM limits WHERE key IN (SELECT key FROM limits WHERE arrival <= ?1 ORDER BY arrival LIMIT ?2)";

/// One call in so many removes old keys.
const PRUNE_EVERY: u32 = 64;

/// How many keys it removes at most: more than can have come since.
const PRUNE_ROWS: u32 = 256;

/// The Limiter port over the Database port.
pub struct SqlLimiter {
    database: Rc<dyn Database>,
    clock: Rc<dyn Clock>,
    calls: Cell<u32>,
}

impl SqlLimiter {
    /// A limiter that keeps its state in the database.
    pub fn new(database: Rc<dyn Database>, clock: Rc<dyn Clock>) -> Self {
        Self { database, clock, calls: Cell::new(0) }
    }

    async fn decide(&self, key: &str, quota: Quota) -> Result<Decision, DatabaseError> {
        let now = self.clock.now();
        let take = Statement::new(TAKE)
            .bind(key)
            .bind(micros(now))
            .bind(quota.emission_interval())
            .bind(quota.tolerance());
        let taken = self.database.query(take).await?;
        if let Some(row) = taken.first() {
            return Ok(Decision::from_arrival(quota, true, arrival(row)?, now));
        }
        let refused = self.database.query(Statement::new(ARRIVAL).bind(key)).await?;
        let arrival = refused.first().map_or(Ok(micros(now)), arrival)?;
        Ok(Decision::from_arrival(quota, false, arrival, now))
    }

    async fn prune(&self) -> Result<(), DatabaseError> {
        let calls = self.calls.get();
        self.calls.set(calls.wrapping_add(1));
        if calls.is_multiple_of(PRUNE_EVERY) {
            self.database
                .query(Statement::new(PRUNE).bind(micros(self.clock.now())).bind(PRUNE_ROWS))
                .await?;
        }
        Ok(())
    }
}

fn arrival(row: Row<'_>) -> Result<i64, DatabaseError> {
    row.get("arrival")
}

#[async_trait(?Send)]
impl Limiter for SqlLimiter {
    async fn take(&self, key: &str, quota: Quota) -> Result<Decision, LimiterError> {
        let decision = self.decide(key, quota).await.map_err(|error| LimiterError(error.into()))?;
        // A limit that was decided stands, whatever becomes of the cleaning.
        let _ = self.prune().await;
        Ok(decision)
    }

    async fn give_back(&self, key: &str, quota: Quota) -> Result<(), LimiterError> {
        let give_back = Statement::new(GIVE_BACK).bind(key).bind(quota.emission_interval());
        self.database.query(give_back).await.map(drop).map_err(|error| LimiterError(error.into()))
    }
}
