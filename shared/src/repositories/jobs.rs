//! Jobs. Claims take a lease; whatever ends an attempt is fenced by the lease's token and the attempt's number.

use crate::error::Result;
use crate::ids::{JobId, UserId};
use crate::models::job::{Job, JobStatus};
use crate::ports::{Database, DatabaseError, Row, Statement, Value};
use crate::repositories::guards;
use crate::time::Timestamp;

const COLUMNS: &str = "id, kind, payload, status, owner_id, attempts, max_attempts, processed, total, run_at, last_error, \
    created_at, updated_at, finished_at";

/// What a claim gives: the job and the token that its end must show.
#[derive(Debug, Clone)]
pub struct Lease {
    /// The job as the claim left it.
    pub job: Job,
    /// The lease's token.
    pub token: String,
}

/// Adds a job; goes into the batch of the write that causes it.
pub fn insert(job: &Job) -> Statement {
    Statement::new(
        "INSERT INTO jobs (id, kind, payload, status, owner_id, run_at, max_attempts, total, created_at, updated_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9)",
    )
    .bind(&job.id)
    .bind(job.kind.as_str())
    .bind(job.payload.as_str())
    .bind(job.status.as_str())
    .bind(job.owner_id.as_ref())
    .bind(job.run_at)
    .bind(job.max_attempts)
    .bind(job.total)
    .bind(job.created_at)
}

/// The job with this id that the user may see: their own, or any if `any`.
pub async fn find_visible(
    database: &dyn Database,
    id: &JobId,
    user: &UserId,
    any: bool,
) -> Result<Option<Job>> {
    let sql = format!("SELECT {COLUMNS} FROM jobs WHERE id = ?1 AND (?3 OR owner_id = ?2)");
    let rows = database.query(Statement::new(sql).bind(id).bind(user).bind(any)).await?;
    Ok(rows.first().map(read).transpose()?)
}

/// Takes the lease of one job if it is due, or if its former holder let the lease run out.
pub async fn claim(
    database: &dyn Database,
    id: &str,
    token: &str,
    now: Timestamp,
    until: Timestamp,
) -> Result<Option<Lease>> {
    let sql = format!(
        "UPDATE jobs SET status = 'running', attempts = attempts + 1, lease_token = ?2, lease_until = ?4, updated_at = ?3 \
         WHERE id = ?1 AND ((status = 'queued' AND run_at <= ?3) OR (status = 'running' AND lease_until <= ?3)) \
         RETURNING {COLUMNS}"
    );
    let rows = database.query(Statement::new(sql).bind(id).bind(token).bind(now).bind(until)).await?;
    let lease = |row| Ok::<_, DatabaseError>(Lease { job: read(row)?, token: token.to_owned() });
    Ok(rows.first().map(lease).transpose()?)
}

/// Ids of jobs that are due, the oldest first, then those whose lease ran out.
pub async fn due(database: &dyn Database, now: Timestamp, limit: u32) -> Result<Vec<String>> {
    let queued = "SELECT id FROM jobs WHERE status = 'queued' AND run_at <= ?1 ORDER BY run_at, id LIMIT ?2";
    let leased =
        "SELECT id FROM jobs WHERE status = 'running' AND lease_until <= ?1 ORDER BY lease_until LIMIT ?2";
    let statements = [queued, leased].map(|sql| Statement::new(sql).bind(now).bind(limit)).to_vec();
    let answers = database.batch(statements).await?;
    let ids = answers.iter().flat_map(|rows| rows.iter().map(|row| row.get("id")).collect::<Vec<_>>());
    Ok(ids.collect::<Result<_, _>>()?)
}

/// Aborts its batch unless the lease is still held. Comes first in the batch of a job's effects.
pub fn guard(lease: &Lease) -> Statement {
    let condition = "EXISTS (SELECT 1 FROM jobs WHERE id = ?1 AND status = 'running' AND lease_token = ?2 AND attempts = ?3)";
    let params =
        vec![Value::from(&lease.job.id), Value::from(lease.token.as_str()), Value::from(lease.job.attempts)];
    guards::holds(condition, params)
}

/// Ends the job well, and forgets whom it was about: addresses and names in its payload. Follows [`guard`].
pub fn complete(lease: &Lease, now: Timestamp) -> Statement {
    Statement::new(
        "UPDATE jobs SET status = 'done', processed = total, lease_token = NULL, lease_until = NULL, last_error = NULL, \
         payload = json_remove(payload, '$.email', '$.name'), updated_at = ?2, finished_at = ?2 WHERE id = ?1",
    )
    .bind(&lease.job.id)
    .bind(now)
}

/// Puts the job back to be tried again. Follows [`guard`].
pub fn retry(lease: &Lease, error: &str, now: Timestamp, run_at: Timestamp) -> Statement {
    Statement::new(
        "UPDATE jobs SET status = 'queued', run_at = ?4, lease_token = NULL, lease_until = NULL, last_error = ?2, \
         updated_at = ?3 WHERE id = ?1",
    )
    .bind(&lease.job.id)
    .bind(error)
    .bind(now)
    .bind(run_at)
}

/// Gives the job up. Follows [`guard`].
pub fn bury(lease: &Lease, error: &str, now: Timestamp) -> Statement {
    Statement::new(
        "UPDATE jobs SET status = 'dead', lease_token = NULL, lease_until = NULL, last_error = ?2, updated_at = ?3, \
         finished_at = ?3 WHERE id = ?1",
    )
    .bind(&lease.job.id)
    .bind(error)
    .bind(now)
}

/// Deletes up to `limit` jobs that came to this end before this moment.
pub fn prune(status: JobStatus, before: Timestamp, limit: u32) -> Statement {
    Statement::new(
        "DELETE FROM jobs WHERE id IN (SELECT id FROM jobs WHERE status = ?1 AND finished_at < ?2 \
         ORDER BY finished_at LIMIT ?3)",
    )
    .bind(status.as_str())
    .bind(before)
    .bind(limit)
}

fn read(row: Row<'_>) -> Result<Job, DatabaseError> {
    Ok(Job {
        id: row.get("id")?,
        kind: row.get("kind")?,
        payload: row.get("payload")?,
        status: row.get("status")?,
        owner_id: row.get("owner_id")?,
        attempts: row.get("attempts")?,
        max_attempts: row.get("max_attempts")?,
        processed: row.get("processed")?,
        total: row.get("total")?,
        run_at: row.get("run_at")?,
        last_error: row.get("last_error")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
        finished_at: row.get("finished_at")?,
    })
}
