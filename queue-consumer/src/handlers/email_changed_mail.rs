//! `mail.email_changed`: tells the address of before.

use shared::jobs::EmailChangedMail;
use shared::mail::email_changed;

use crate::handlers::{Attempt, Outcome};

/// A user who is gone by now gets none.
pub(super) async fn handle(attempt: &Attempt<'_>, payload: EmailChangedMail) -> Result<Outcome, Outcome> {
    let EmailChangedMail::V1 { user_id, email } = payload;
    let Some(user) = attempt.user(&user_id).await? else { return Ok(Outcome::done()) };
    attempt.send(&email_changed::render(attempt.config, &user, &email)).await
}
