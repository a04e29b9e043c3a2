//! `user.signed_up`: sends the welcome mail.

use shared::config::Config;
use shared::ids::{Id as _, UserId};
use shared::jobs::UserSignedUp;
use shared::mail::{ResendMailer, welcome};
use shared::ports::{Mailer as _, Ports};
use shared::repositories::jobs::Lease;
use shared::repositories::users;

use crate::handlers::Outcome;

/// Sends the mail under the job's id as idempotency key. A user who is gone by now gets none.
pub(super) async fn handle(
    ports: &Ports,
    config: &Config,
    lease: &Lease,
    payload: UserSignedUp,
) -> Result<Outcome, Outcome> {
    let UserSignedUp::V1 { user_id } = payload;
    let id = UserId::parse(&user_id).ok_or_else(|| Outcome::Bury(format!("{user_id:?} is no user id")))?;
    let Some(user) = users::find(&*ports.database, &id).await? else { return Ok(Outcome::Done(Vec::new())) };
    let mailer = ResendMailer::new(config.mail.clone(), ports.http.clone());
    mailer.send(&welcome::render(config, &user), lease.job.id.as_str()).await?;
    Ok(Outcome::Done(Vec::new()))
}
