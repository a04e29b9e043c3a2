//! `mail.verification`: sends the link that verifies an address, if there is somebody to verify it.

use shared::auth::one_time::Purpose;
use shared::jobs::VerificationMail;
use shared::mail::verification;

use crate::handlers::{Attempt, Outcome};

/// An address without an account, or with one that is verified, gets no mail.
pub(super) async fn handle(attempt: &Attempt<'_>, payload: VerificationMail) -> Result<Outcome, Outcome> {
    let VerificationMail::V1 { email } = payload;
    let user = attempt.user_with(&email).await?.filter(|user| user.email_verified_at.is_none());
    let Some(user) = user else { return Ok(Outcome::done()) };
    let issued = attempt.issue(Purpose::VerifyEmail, &user, &user.email).await?;
    let Some(issued) = issued else { return Ok(Outcome::done()) };
    let mail = verification::render(attempt.config, &user, &issued.token);
    attempt.send_under(&mail, &issued.idempotency_key).await
}
