//! One handler for each kind of job. A handler may run more than once for the same job, so it is idempotent: its
//! effects in our database go into the batch that completes the job, its effects elsewhere carry an idempotency key.

mod user_signed_up;

use std::time::Duration;

use shared::config::Config;
use shared::jobs::JobKind;
use shared::ports::{MailerError, Ports, Statement};
use shared::repositories::jobs::Lease;

/// What came of an attempt.
#[derive(Debug)]
pub enum Outcome {
    /// It worked; these writes belong to it.
    Done(Vec<Statement>),
    /// It did not work and may work later, not before the given time has passed.
    Retry(String, Option<Duration>),
    /// It never will.
    Bury(String),
}

impl From<shared::Error> for Outcome {
    fn from(error: shared::Error) -> Self {
        Self::Retry(error.to_string(), None)
    }
}

impl From<MailerError> for Outcome {
    fn from(error: MailerError) -> Self {
        match &error {
            MailerError::Rejected(_) => Self::Bury(error.to_string()),
            MailerError::Unavailable { retry_after, .. } => {
                Self::Retry(error.to_string(), retry_after.map(|seconds| Duration::from_secs(seconds.into())))
            }
        }
    }
}

/// Runs the handler of a job's kind.
pub async fn run(ports: &Ports, config: &Config, lease: &Lease, kind: JobKind) -> Outcome {
    let outcome = match kind {
        JobKind::UserSignedUp(payload) => user_signed_up::handle(ports, config, lease, payload).await,
    };
    outcome.unwrap_or_else(|failure| failure)
}
