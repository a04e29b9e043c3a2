//! `user.signed_up`: sends the welcome mail, with which the user also verifies their address.

use shared::auth::one_time::Purpose;
use shared::jobs::UserSignedUp;
use shared::mail::welcome;

use crate::handlers::{Attempt, Outcome};

/// A user who is gone or locked by now gets none.
pub(super) async fn handle(attempt: &Attempt<'_>, payload: UserSignedUp) -> Result<Outcome, Outcome> {
    let UserSignedUp::V1 { user_id } = payload;
    let user = attempt.user(&user_id).await?.filter(|user| user.locked_at.is_none());
    let Some(user) = user else { return Ok(Outcome::done()) };
    let issued = attempt.issue(Purpose::VerifyEmail, &user, &user.email).await?;
    let Some(issued) = issued else { return Ok(Outcome::done()) };
    let mail = welcome::render(attempt.config, &user, &issued.token);
    attempt.send_under(&mail, &issued.idempotency_key).await
}
