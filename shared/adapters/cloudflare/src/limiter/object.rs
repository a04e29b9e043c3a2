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
    DurableObject, Env, Request, Response, ResponseBuilder, Result, SqlStorageValue, State, Url,
    durable_object,
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
        let url = request.url()?;
        let Some(quota) = quota(&url) else {
            return Ok(ResponseBuilder::new().with_status(400).fixed(b"no limit or window".to_vec()));
        };
        match url.path() {
            TAKE => Response::from_json(&self.take(quota).await?),
            GIVE_BACK => Response::from_json(&self.give_back(quota)?),
            _ => Ok(ResponseBuilder::new().with_status(404).fixed(b"no such operation".to_vec())),
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
        sql.exec(CREATE, None)?;
        let Some(row) = sql.exec(READ, None)?.raw().next() else { return Ok(None) };
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

fn quota(url: &Url) -> Option<Quota> {
    let number = |wanted| {
        url.query_pairs().find(|(name, _)| name == wanted).and_then(|(_, value)| value.parse::<u64>().ok())
    };
    let limit = u32::try_from(number("limit")?).ok().filter(|limit| *limit > 0)?;
    Some(Quota { limit, window: Duration::from_micros(number("window")?) })
}
