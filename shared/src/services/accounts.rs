//! Accounts: signing up.

use crate::audit::Action;
use crate::auth::{Public, password, password_rules};
use crate::error::{Error, Result};
use crate::events::{self, Event};
use crate::ids::{JobId, UserId};
use crate::limits::operations::SignUp;
use crate::models::user::{NewUser, User, UserView};
use crate::ports::DatabaseError;
use crate::repositories;
use crate::services::context::Context;

/// The service of accounts.
pub struct Accounts<'a> {
    context: Context<'a>,
}

/// What a sign-up answers.
#[derive(Debug)]
pub struct SignedUp {
    /// The new account.
    pub user: UserView,
    /// The job of the first who listens to sign-ups: it greets the user.
    pub job_id: JobId,
}

impl<'a> Accounts<'a> {
    /// The service for one request.
    pub fn new(context: Context<'a>) -> Self {
        Self { context }
    }

    /// Makes an account, and tells of it in the same batch. The client's slot is used up even if the address has an account,
    /// because that is worth trying out for many.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the password contains the address; [`Error::TooManyRequests`] when the client has used up
    /// its sign-ups; [`Error::Taken`] when the address has an account.
    pub async fn sign_up(&self, _: &Public, new: NewUser) -> Result<SignedUp> {
        let Context { ports, config, gate, caller } = self.context;
        password_rules::apart_from(&new.email, &new.password, "password")?;
        drop(gate.admit(SignUp::slots(&caller.network)).await?);
        let id = UserId::new(&*ports.clock, &*ports.entropy)?;
        let hash = password::hash(&new.password, config.password_cost, &*ports.entropy)?;
        let user = User::new(id, new.email, new.name, hash, ports.clock.now());
        let event = Event::UserSignedUp { user_id: user.id.clone() };
        let (told, bell) = events::publish(ports, &event)?;
        let job_id = bell.first_job().cloned().ok_or_else(|| Error::internal("nobody greets new users"))?;
        let entry = self.context.audit(None, Action::SignedUp, &user.id);
        let mut batch = vec![repositories::users::insert(&user), entry.statement()];
        batch.extend(told);
        ports.database.batch(batch).await.map_err(|error| match error {
            DatabaseError::UniqueViolation(columns) if columns == "users.email" => {
                Error::Taken { what: "account", field: "email" }
            }
            other => other.into(),
        })?;
        bell.ring(ports);
        Ok(SignedUp { user: user.into(), job_id })
    }
}
