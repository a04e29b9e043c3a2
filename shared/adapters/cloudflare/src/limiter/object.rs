//! The Durable Object behind the limiter.
//!
//! It keeps nothing in memory: each request reads and writes its one row by synchronous SQL without an await between
//! them, so no other request can come between, and an eviction loses nothing. The alarm deletes the row when the whole
//! quota is free again, so that idle keys cost no storage.
#![expect(missing_docs, reason = "the macro writes the methods that JavaScript calls, without documentation")]

use std::time::Duration;

use shared::limits::{Quota, gcra, micros};
use shared::ports::Clock as _;
use worker::{
    DurableObject, Env, Request, Response, ResponseBuilder, Result, SqlStorageValue, State, durable_object,
};

use super::{Answer, GIVE_BACK, TAKE};
use crate::clock::SystemClock;

const CREATE: &str = "CREATE TABLE IF NOT EXISTS limiter (id INTEGER PRIMARY KEY, arrival INTEGER NOT NULL)";
const READ: &str = "SELECT arrival FROM limiter WHERE id = 0";
const WRITE: &str = "INSERT OR REPLACE INTO limiter (id, arrival) VALUES (0, ?)";

/// The state of one key. Bind it as [`crate::LIMITER`] with `new_sqlite_classes` in the migrations of wrangler.toml.
#[durable_object(alarm)]
pub struct LimiterObject {
    state: State,
}

impl DurableObject for LimiterObject {
    fn new(state: State, _env: Env) -> Self {
        Self { state }
    }

    async fn fetch(&self, request: Request) -> Result<Response> {
        match question(&request.inner().url()) {
            Some((TAKE, quota)) => Response::from_json(&self.take(quota).await?),
            Some((GIVE_BACK, quota)) => Response::from_json(&self.give_back(quota)?),
            _ => Ok(ResponseBuilder::new().with_status(400).fixed(b"not a question to the limiter".to_vec())),
        }
    }

    async fn alarm(&self) -> Result<Response> {
        let now = micros(SystemClock.now());
        match self.read()? {
            Some(arrival) if arrival > now => self.wake_at(arrival, now).await?,
            _ => self.state.storage().delete_all().await?,
        }
        Response::empty()
    }
}

impl LimiterObject {
    async fn take(&self, quota: Quota) -> Result<Answer> {
        let now = SystemClock.now();
        let arrival = self.read()?;
        let Some(next) = gcra(arrival, now, quota) else {
            return Ok(Answer { admitted: false, arrival: arrival.unwrap_or(0), now: now.millis() });
        };
        self.write(next)?;
        if arrival.is_none() {
            // Whoever writes the first row sets the alarm; it sets itself again while there is something to wait for.
            self.wake_at(next, micros(now)).await?;
        }
        Ok(Answer { admitted: true, arrival: next, now: now.millis() })
    }

    fn give_back(&self, quota: Quota) -> Result<Answer> {
        let now = SystemClock.now();
        let arrival = self.read()?.unwrap_or(0);
        let earlier = arrival - quota.emission_interval();
        if earlier > 0 {
            self.write(earlier)?;
        }
        Ok(Answer { admitted: true, arrival: earlier, now: now.millis() })
    }

    #[expect(clippy::cast_possible_truncation, reason = "written by us: microseconds of our age")]
    fn read(&self) -> Result<Option<i64>> {
        let sql = self.state.storage().sql();
        let Ok(rows) = sql.exec(READ, None) else {
            // The first read of a key, or the first one after the alarm deleted everything.
            sql.exec(CREATE, None)?;
            return Ok(None);
        };
        let Some(row) = rows.raw().next() else { return Ok(None) };
        Ok(match row?.first() {
            Some(SqlStorageValue::Integer(arrival)) => Some(*arrival),
            Some(SqlStorageValue::Float(arrival)) => Some(*arrival as i64),
            _ => None,
        })
    }

    fn write(&self, arrival: i64) -> Result<()> {
        let arrival = SqlStorageValue::try_from_i64(arrival)?;
        self.state.storage().sql().exec(WRITE, vec![arrival]).map(drop)
    }

    async fn wake_at(&self, arrival: i64, now: i64) -> Result<()> {
        let wait = Duration::from_micros(u64::try_from(arrival - now).unwrap_or(0));
        self.state.storage().set_alarm(wait + Duration::from_millis(1)).await
    }
}

/// Reads what [`super::question`] wrote. (Not through `worker::Url`, which brings the tables of
/// international domain names along.)
fn question(url: &str) -> Option<(&str, Quota)> {
    let mut words = url.strip_prefix(super::ORIGIN)?.split('/');
    let operation = words.next()?;
    let limit = words.next()?.parse().ok().filter(|limit| *limit > 0)?;
    let window = Duration::from_micros(words.next()?.parse().ok()?);
    words.next().is_none().then_some((operation, Quota { limit, window }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_is_read_as_it_was_written() {
        let quota = Quota { limit: 5, window: Duration::from_mins(15) };
        let url = super::super::question(TAKE, quota);
        assert_eq!(question(&url), Some((TAKE, quota)));
        assert_eq!(question(&format!("{url}/1")), None);
        assert_eq!(question("https://limiter/take/0/1"), None);
    }
}
