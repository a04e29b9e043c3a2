//! One handler for each kind of job. A handler may run more than once for the same job, so it is idempotent: its
//! effects in our database go into the batch that completes the job, its effects elsewhere carry an idempotency key.

mod attempt;
mod email_change_mail;
mod email_changed_mail;
mod goodbye_mail;
mod password_changed_mail;
mod password_reset_mail;
mod user_signed_up;
mod verification_mail;

use std::time::Duration;

use shared::jobs::JobKind;
use shared::ports::{MailerError, Statement};

pub use attempt::{Attempt, Keys};

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

impl Outcome {
    /// It worked, or there was nothing to do, and nothing is to be written of it.
    fn done() -> Self {
        Self::Done(Vec::new())
    }
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
pub async fn run(attempt: &Attempt<'_>, kind: JobKind) -> Outcome {
    let outcome = match kind {
        JobKind::UserSignedUp(payload) => user_signed_up::handle(attempt, payload).await,
        JobKind::VerificationMail(payload) => verification_mail::handle(attempt, payload).await,
        JobKind::PasswordResetMail(payload) => password_reset_mail::handle(attempt, payload).await,
        JobKind::PasswordChangedMail(payload) => password_changed_mail::handle(attempt, payload).await,
        JobKind::EmailChangeMail(payload) => email_change_mail::handle(attempt, payload).await,
        JobKind::EmailChangedMail(payload) => email_changed_mail::handle(attempt, payload).await,
        JobKind::GoodbyeMail(payload) => goodbye_mail::handle(attempt, payload).await,
    };
    outcome.unwrap_or_else(|failure| failure)
}
