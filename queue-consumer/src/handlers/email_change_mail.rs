//! `mail.email_change`: sends the link that makes another address the user's, if it is nobody's.

use shared::auth::one_time::Purpose;
use shared::jobs::EmailChangeMail;
use shared::mail::email_change;

use crate::handlers::{Attempt, Outcome};

/// An address that has an account gets no mail, and neither does the wish of somebody whose password was changed since:
/// it may have been an intruder's.
pub(super) async fn handle(attempt: &Attempt<'_>, payload: EmailChangeMail) -> Result<Outcome, Outcome> {
    let EmailChangeMail::V1 { user_id, email } = payload;
    let user = attempt.with_password_of_then(attempt.user(&user_id).await?);
    let Some(user) = user.filter(|user| user.locked_at.is_none()) else { return Ok(Outcome::done()) };
    if shared::repositories::users::find_by_email(&*attempt.ports.database, &email).await?.is_some() {
        return Ok(Outcome::done());
    }
    let issued = attempt.issue(Purpose::ChangeEmail, &user, &email).await?;
    let Some(issued) = issued else { return Ok(Outcome::done()) };
    let mail = email_change::render(attempt.config, &user, &email, &issued.token);
    attempt.send_under(&mail, &issued.idempotency_key).await
}
