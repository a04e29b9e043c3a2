//! `mail.goodbye`: the last mail.

use shared::jobs::GoodbyeMail;
use shared::mail::goodbye;

use crate::handlers::{Attempt, Outcome};

/// The payload is all that is left of the user.
pub(super) async fn handle(attempt: &Attempt<'_>, payload: GoodbyeMail) -> Result<Outcome, Outcome> {
    let GoodbyeMail::V1 { email, name } = payload;
    attempt.send(&goodbye::render(attempt.config, &email, &name)).await
}
