//! Jobs: background work and what came of it.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use crate::ids::{JobId, UserId};
use crate::ports::{FromValue, Value};
use crate::time::Timestamp;

/// Where a job is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(inline)]
#[serde(rename_all = "snake_case")]
pub enum JobStatus {
    /// Waiting for its time or for a free worker; also between two attempts.
    Queued,
    /// A worker holds its lease.
    Running,
    /// Ended well.
    Done,
    /// Gave up after its last attempt, or cannot be run at all.
    Dead,
}

impl JobStatus {
    /// The name in JSON and SQL.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Done => "done",
            Self::Dead => "dead",
        }
    }
}

impl FromValue for JobStatus {
    fn from_value(value: &Value) -> Option<Self> {
        let Value::Text(text) = value else { return None };
        [Self::Queued, Self::Running, Self::Done, Self::Dead]
            .into_iter()
            .find(|status| status.as_str() == text)
    }
}

/// A job as the table holds it.
#[derive(Debug, Clone)]
pub struct Job {
    /// The id.
    pub id: JobId,
    /// The kind's name, for instance `user.signed_up`.
    pub kind: String,
    /// The kind's versioned payload as JSON.
    pub payload: String,
    /// Where it is in its life.
    pub status: JobStatus,
    /// The user who caused it and may see it.
    pub owner_id: Option<UserId>,
    /// Attempts begun so far; fences the lease together with its token.
    pub attempts: u32,
    /// Attempts allowed.
    pub max_attempts: u32,
    /// Units of work done.
    pub processed: i64,
    /// Units of work there are.
    pub total: i64,
    /// When it may run, or run again.
    pub run_at: Timestamp,
    /// Why the last attempt failed.
    pub last_error: Option<String>,
    /// When it was enqueued.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// When it ended, well or not.
    pub finished_at: Option<Timestamp>,
}

/// A job as clients see it.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Job", example = json!({
    "id": "019376a1-9c3b-7aaa-8bbb-0123456789ab", "kind": "user.signed_up", "status": "done", "processed": 1, "total": 1,
    "attempts": 1, "max_attempts": 16, "last_error": null, "run_at": "2026-01-31T12:00:00.000Z",
    "created_at": "2026-01-31T12:00:00.000Z", "updated_at": "2026-01-31T12:00:01.000Z",
    "finished_at": "2026-01-31T12:00:01.000Z",
}))]
pub struct JobView {
    /// The id.
    pub id: JobId,
    /// The kind's name.
    pub kind: String,
    /// Where it is in its life.
    pub status: JobStatus,
    /// Units of work done.
    pub processed: i64,
    /// Units of work there are.
    pub total: i64,
    /// Attempts begun so far.
    pub attempts: u32,
    /// Attempts allowed.
    pub max_attempts: u32,
    /// Why the last attempt failed.
    pub last_error: Option<String>,
    /// When it may run, or run again.
    pub run_at: Timestamp,
    /// When it was enqueued.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
}

impl From<Job> for JobView {
    fn from(job: Job) -> Self {
        Self {
            id: job.id,
            kind: job.kind,
            status: job.status,
            processed: job.processed,
            total: job.total,
            attempts: job.attempts,
            max_attempts: job.max_attempts,
            last_error: job.last_error,
            run_at: job.run_at,
            created_at: job.created_at,
            updated_at: job.updated_at,
            finished_at: job.finished_at,
        }
    }
}

/// What waking the consumer answers.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Woken", example = json!({ "woken": true }))]
pub struct WokenView {
    /// The bell was rung.
    pub woken: bool,
}
