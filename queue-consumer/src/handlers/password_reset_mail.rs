//! `mail.password_reset`: sends the link that sets a password anew, if there is somebody who has one.

use shared::auth::one_time::Purpose;
use shared::jobs::PasswordResetMail;
use shared::mail::password_reset;

use crate::handlers::{Attempt, Outcome};

/// An address without an account gets no mail, and neither does a wish of before a change of the password, which the use
/// of this very link is as well. A link that was asked for later is the only one that works.
pub(super) async fn handle(attempt: &Attempt<'_>, payload: PasswordResetMail) -> Result<Outcome, Outcome> {
    let PasswordResetMail::V1 { email } = payload;
    let user = attempt.with_password_of_then(attempt.user_with(&email).await?);
    let Some(user) = user else { return Ok(Outcome::done()) };
    let issued = attempt.issue(Purpose::ResetPassword, &user, &user.email).await?;
    let Some(issued) = issued else { return Ok(Outcome::done()) };
    let mail = password_reset::render(attempt.config, &user, &issued.token);
    attempt.send_under(&mail, &issued.idempotency_key).await
}
