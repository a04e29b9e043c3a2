//! Accounts: signing up.

use crate::audit::Action;
use crate::auth::{Public, password};
use crate::error::{Error, Result};
use crate::ids::{JobId, UserId};
use crate::jobs::{self, JobKind, UserSignedUp};
use crate::limits::policies::SignUp;
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
    /// The job that greets it.
    pub job_id: JobId,
}

impl<'a> Accounts<'a> {
    /// The service for one request.
    pub fn new(context: Context<'a>) -> Self {
        Self { context }
    }

    /// Makes an account, and in the same batch the job that greets it. The client's slot is used up even if the address has an account, because that is worth trying out for many.
    ///
    /// # Errors
    /// [`Error::TooManyRequests`] when the client has used up its sign-ups; [`Error::Taken`] when the address has an
    /// account.
    pub async fn sign_up(&self, _: &Public, new: NewUser) -> Result<SignedUp> {
        let Context { ports, gate, caller, .. } = self.context;
        drop(gate.admit(SignUp::slots(&caller.network)).await?);
        let id = UserId::new(&*ports.clock, &*ports.entropy)?;
        let hash = password::hash(&new.password, &*ports.entropy)?;
        let user = User::new(id, new.email, new.name, hash, ports.clock.now());
        let signed_up = JobKind::UserSignedUp(UserSignedUp::V1 { user_id: user.id.to_string() });
        let (job_id, job) = jobs::enqueue(ports, &signed_up, Some(&user.id))?;
        let entry = self.context.audit(None, Action::SignedUp, &user.id);
        let batch = vec![repositories::users::insert(&user), entry.statement(), job];
        ports.database.batch(batch).await.map_err(|error| match error {
            DatabaseError::UniqueViolation(columns) if columns == "users.email" => {
                Error::Taken { what: "account", field: "email" }
            }
            other => other.into(),
        })?;
        jobs::ring(ports, vec![job_id.to_string()]);
        Ok(SignedUp { user: user.into(), job_id })
    }
}
