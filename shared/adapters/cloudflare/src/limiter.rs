//! Exact rate limits: one Durable Object per key.

mod object;

use anyhow::{Context as _, bail};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use shared::limits::{Decision, Quota};
use shared::ports::{Limiter, LimiterError};
use shared::time::Timestamp;
use worker::{Env, ObjectNamespace};

use crate::LIMITER;
use crate::binding::{Binding, explain_worker};

pub use object::LimiterObject;

/// Only for the form: the request goes to the object whatever its host.
const ORIGIN: &str = "https://limiter/";
const TAKE: &str = "take";
const GIVE_BACK: &str = "give-back";

/// What the object answers: enough to work out the decision on the caller's side.
#[derive(Serialize, Deserialize)]
struct Answer {
    admitted: bool,
    /// The theoretical arrival time, in microseconds since 1970-01-01.
    arrival: i64,
    /// The object's clock, in milliseconds since 1970-01-01.
    now: i64,
}

/// Asks the object that is named by the key; the platform runs exactly one of each.
pub(crate) struct ObjectPerKey {
    binding: Binding<ObjectNamespace>,
}

impl ObjectPerKey {
    pub(crate) fn new(env: &Env) -> Self {
        Self { binding: Binding::new(env, LIMITER) }
    }

    async fn ask(&self, operation: &str, key: &str, quota: Quota) -> anyhow::Result<Answer> {
        let object = self.binding.get()?.get_by_name(key).map_err(explain_worker)?;
        let mut response =
            object.fetch_with_str(&question(operation, quota)).await.map_err(explain_worker)?;
        let text = response.text().await.map_err(explain_worker)?;
        if response.status_code() != 200 {
            bail!("the limiter object answered {}: {text}", response.status_code());
        }
        serde_json::from_str(&text).context("the limiter object's answer")
    }
}

#[async_trait(?Send)]
impl Limiter for ObjectPerKey {
    async fn take(&self, key: &str, quota: Quota) -> Result<Decision, LimiterError> {
        let Answer { admitted, arrival, now } = self.ask(TAKE, key, quota).await.map_err(LimiterError)?;
        Ok(Decision::from_arrival(quota, admitted, arrival, Timestamp::from_millis(now)))
    }

    async fn give_back(&self, key: &str, quota: Quota) -> Result<(), LimiterError> {
        self.ask(GIVE_BACK, key, quota).await.map(drop).map_err(LimiterError)
    }
}

fn question(operation: &str, quota: Quota) -> String {
    format!("{ORIGIN}{operation}/{}/{}", quota.limit, quota.window.as_micros())
}
