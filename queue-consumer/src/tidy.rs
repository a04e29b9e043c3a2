//! What is over and of no use to anybody is deleted, a little at a time.

use std::time::Duration;

use log::Level;
use shared::config::Config;
use shared::idempotency;
use shared::logging::Line;
use shared::models::job::JobStatus;
use shared::ports::{Ports, Statement};
use shared::repositories::{api_keys, deleted_rows, idempotency_keys, jobs, one_time_tokens, sessions};
use shared::time::Timestamp;

/// The time between two runs of an instance.
pub(crate) const INTERVAL: Duration = Duration::from_mins(5);

/// How long sessions are kept after they came to their end by themselves, or would have: for whoever looks into what
/// happened.
const SESSIONS_KEPT: Duration = Duration::from_hours(7 * 24);

/// How long jobs are kept that ended well.
const DONE_KEPT: Duration = Duration::from_hours(7 * 24);

/// How long jobs are kept that were given up, with the names and addresses in them, to be looked into.
const DEAD_KEPT: Duration = Duration::from_hours(30 * 24);

/// How long API keys are kept after they were revoked or have expired.
const API_KEYS_KEPT: Duration = Duration::from_hours(30 * 24);

/// Rows that one run deletes at most of each kind; what is left, the next ones find.
const LIMIT: u32 = 500;

/// What a run deletes; each statement goes by an index.
fn statements(config: &Config, now: Timestamp) -> Vec<Statement> {
    vec![
        sessions::prune(now.minus(SESSIONS_KEPT), LIMIT),
        one_time_tokens::prune(now, LIMIT),
        jobs::prune(JobStatus::Done, now.minus(DONE_KEPT), LIMIT),
        jobs::prune(JobStatus::Dead, now.minus(DEAD_KEPT), LIMIT),
        api_keys::prune(now.minus(API_KEYS_KEPT), LIMIT),
        deleted_rows::prune(now.minus(config.deleted_kept), LIMIT),
        idempotency_keys::prune(now.minus(idempotency::KEPT), LIMIT),
    ]
}

/// Deletes what is over. If that fails, the next run does it.
pub(crate) async fn run(ports: &Ports, config: &Config) {
    let now = ports.clock.now();
    if let Err(error) = ports.database.batch(statements(config, now)).await {
        Line::new(Level::Warn, "what is over could not be deleted").at(now).error(&error).write();
    }
}
