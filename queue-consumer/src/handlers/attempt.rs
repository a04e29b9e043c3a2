//! What a handler works with: the ports and settings, the job, and what several handlers do.

use std::cell::RefCell;
use std::rc::Rc;

use shared::auth::KeySet;
use shared::auth::one_time::{self, Purpose};
use shared::config::Config;
use shared::error::{Error, Result};
use shared::ids::{Id as _, UserId};
use shared::mail::ResendMailer;
use shared::models::account::OneTimeToken;
use shared::models::user::User;
use shared::ports::{Mail, Mailer as _, Ports, Rows};
use shared::repositories::jobs::{self, Lease};
use shared::repositories::{guards, one_time_tokens, users};

use crate::handlers::Outcome;

/// The signing keys, loaded once per instance when a job first needs them.
#[derive(Default)]
pub struct Keys(RefCell<Option<Rc<KeySet>>>);

impl Keys {
    async fn load(&self, config: &Config, ports: &Ports) -> Result<Rc<KeySet>> {
        if let Some(keys) = self.0.borrow().clone() {
            return Ok(keys);
        }
        let keys = Rc::new(KeySet::load(config, ports).await?);
        *self.0.borrow_mut() = Some(keys.clone());
        Ok(keys)
    }
}

/// One attempt at a job.
pub struct Attempt<'a> {
    /// The ports.
    pub ports: &'a Ports,
    /// The settings.
    pub config: &'a Config,
    /// The signing keys.
    pub keys: &'a Keys,
    /// The job, and the proof that it is ours.
    pub lease: &'a Lease,
}

/// A one-time token that the database knows.
pub(super) struct Issued {
    /// The token.
    pub(super) token: String,
    /// The idempotency key of the mail that carries it: another token is another mail.
    pub(super) idempotency_key: String,
}

impl Attempt<'_> {
    /// The user with this id; `None` when they are gone.
    pub(super) async fn user(&self, id: &str) -> Result<Option<User>, Outcome> {
        let id = UserId::parse(id).ok_or_else(|| Outcome::Bury(format!("{id:?} is no user id")))?;
        Ok(users::find(&*self.ports.database, &id).await?)
    }

    /// The user with this address, unless an administrator keeps them out.
    pub(super) async fn user_with(&self, email: &str) -> Result<Option<User>, Outcome> {
        let user = users::find_by_email(&*self.ports.database, email).await?;
        Ok(user.filter(|user| user.locked_at.is_none()))
    }

    /// The user, unless their password was changed since the job was wished for.
    pub(super) fn with_password_of_then(&self, user: Option<User>) -> Option<User> {
        let wished_at = self.lease.job.created_at;
        user.filter(|user| user.password_changed_at.is_none_or(|changed| changed < wished_at))
    }

    /// Sends a mail under the job's id as idempotency key.
    pub(super) async fn send(&self, mail: &Mail) -> Result<Outcome, Outcome> {
        self.send_under(mail, self.lease.job.id.as_str()).await
    }

    /// Sends a mail under an idempotency key.
    pub(super) async fn send_under(&self, mail: &Mail, idempotency_key: &str) -> Result<Outcome, Outcome> {
        let mailer = ResendMailer::new(self.config.mail.clone(), self.ports.http.clone());
        mailer.send(mail, idempotency_key).await?;
        Ok(Outcome::done())
    }

    /// The job's one-time token: every attempt has the same, also when the keys have rotated since the first. `None` when a
    /// newer one of the user makes it worthless.
    pub(super) async fn issue(
        &self,
        purpose: Purpose,
        user: &User,
        email: &str,
    ) -> Result<Option<Issued>, Outcome> {
        let job = &self.lease.job.id;
        let keys = self.keys.load(self.config, self.ports).await?;
        let mut candidates: Vec<_> = one_time::tokens(&keys, purpose, job)
            .into_iter()
            .map(|token| (one_time::hash(&token), token))
            .collect();
        let (fresh, _) = candidates.first().ok_or_else(|| Error::internal("there is no signing key"))?;
        let token = OneTimeToken {
            id: job.clone(),
            purpose,
            user_id: user.id.clone(),
            email: email.to_owned(),
            hash: fresh.clone(),
        };
        let Some(stored) = self.store(&token, user).await? else { return Ok(None) };
        let index = candidates.iter().position(|(hash, _)| *hash == stored);
        if index.is_none() {
            // The key that made it is gone.
            self.replace_hash(&token.hash).await?;
        }
        let (hash, token) = candidates.swap_remove(index.unwrap_or(0));
        let start: String = hash.chars().take(16).collect();
        Ok(Some(Issued { token, idempotency_key: format!("{job}.{start}") }))
    }

    /// Adds the token before its mail can arrive, while the lease is held and the user as they were read. Answers the hash
    /// that is there then.
    async fn store(&self, token: &OneTimeToken, user: &User) -> Result<Option<String>, Outcome> {
        let mut batch = vec![jobs::guard(self.lease), users::may_still_have_mail(user)];
        batch.extend(one_time_tokens::issue(token, self.ports.clock.now()));
        batch.push(one_time_tokens::hash_of(&token.id));
        let answers = self.ports.database.batch(batch).await.map_err(lost_or)?;
        let row = answers.last().and_then(Rows::first);
        Ok(row.map(|row| row.get("hash")).transpose().map_err(Error::from)?)
    }

    async fn replace_hash(&self, hash: &str) -> Result<(), Outcome> {
        let replace = one_time_tokens::replace_hash(&self.lease.job.id, hash);
        let batch = vec![jobs::guard(self.lease), replace];
        self.ports.database.batch(batch).await.map(drop).map_err(lost_or)
    }
}

fn lost_or(error: shared::ports::DatabaseError) -> Outcome {
    if guards::is_violation(&error) {
        return Outcome::Retry("another worker has the job, or the user has changed".to_owned(), None);
    }
    Error::from(error).into()
}
