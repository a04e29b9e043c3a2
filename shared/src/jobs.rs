//! Background work: the kinds of jobs and how one is enqueued.
//!
//! A job is a row that the causing write inserts in its own batch; the queue is only a doorbell. A kind's payload is
//! versioned: add a version, never change one.

mod kinds;

use std::time::Duration;

use log::Level;

use crate::error::Result;
use crate::ids::{JobId, UserId};
use crate::logging::Line;
use crate::models::job::{Job, JobStatus};
use crate::ports::{Ports, Statement};
use crate::repositories;
use crate::time::Timestamp;

pub use kinds::{
    EmailChangeMail, EmailChangedMail, GoodbyeMail, JobKind, PasswordChangedMail, PasswordResetMail,
    UserSignedUp, VerificationMail,
};

/// How long a claim holds before another worker may take the job: longer than any handler may run.
pub const LEASE: Duration = Duration::from_mins(1);

/// Attempts before a job is dead.
pub const MAX_ATTEMPTS: u32 = 16;

const FIRST_BACKOFF: Duration = Duration::from_secs(2);
const LONGEST_BACKOFF: Duration = Duration::from_mins(15);

/// A job for the batch of the write that causes it. After the commit, [`ring`] for its id.
///
/// # Errors
/// Only when the runtime has no randomness.
pub fn enqueue(ports: &Ports, kind: &JobKind, owner: Option<&UserId>) -> Result<(JobId, Statement)> {
    let now = ports.clock.now();
    let id = JobId::new(&*ports.clock, &*ports.entropy)?;
    let job = Job {
        id: id.clone(),
        kind: kind.name().to_owned(),
        payload: kind.payload()?,
        status: JobStatus::Queued,
        owner_id: owner.cloned(),
        attempts: 0,
        max_attempts: MAX_ATTEMPTS,
        processed: 0,
        total: 1,
        run_at: now,
        last_error: None,
        created_at: now,
        updated_at: now,
        finished_at: None,
    };
    Ok((id, repositories::jobs::insert(&job)))
}

/// Wakes the consumer for committed jobs, off the request's path. A bell that does not ring delays the job until
/// the next sweep and loses nothing.
pub fn ring(ports: &Ports, ids: Vec<String>) {
    let (queue, clock) = (ports.queue.clone(), ports.clock.clone());
    ports.background.spawn(Box::pin(async move {
        if let Err(error) = queue.ring(&ids).await {
            // The sweep is the remedy.
            Line::new(Level::Warn, "the queue did not ring").at(clock.now()).error(&error).write();
        }
    }));
}

/// The wait before the next attempt: exponential with full jitter. `random` is uniform over its range.
pub fn backoff(attempts: u32, random: u32) -> Duration {
    let doubled = FIRST_BACKOFF.saturating_mul(2_u32.saturating_pow(attempts.saturating_sub(1).min(20)));
    let ceiling = doubled.min(LONGEST_BACKOFF);
    let share = f64::from(random) / f64::from(u32::MAX);
    Duration::from_secs(1) + ceiling.mul_f64(share)
}

/// The moment until which a claim made now holds.
pub fn lease_until(now: Timestamp) -> Timestamp {
    now.plus(LEASE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backoff_grows_to_its_bound() {
        assert_eq!(backoff(1, 0), Duration::from_secs(1));
        assert_eq!(backoff(1, u32::MAX), Duration::from_secs(3));
        assert_eq!(backoff(3, u32::MAX), Duration::from_secs(9));
        assert_eq!(backoff(500, u32::MAX), Duration::from_secs(901));
    }
}
