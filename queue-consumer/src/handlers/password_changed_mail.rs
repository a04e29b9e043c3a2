//! `mail.password_changed`: tells a user that their password is another.

use shared::jobs::PasswordChangedMail;
use shared::mail::password_changed;

use crate::handlers::{Attempt, Outcome};

/// A user who is gone by now gets none.
pub(super) async fn handle(attempt: &Attempt<'_>, payload: PasswordChangedMail) -> Result<Outcome, Outcome> {
    let PasswordChangedMail::V1 { user_id } = payload;
    let Some(user) = attempt.user(&user_id).await? else { return Ok(Outcome::done()) };
    attempt.send(&password_changed::render(attempt.config, &user)).await
}
