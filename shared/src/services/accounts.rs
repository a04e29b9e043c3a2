//! Accounts: signing up.

use crate::auth::{Public, password};
use crate::error::{Error, Result};
use crate::ids::{JobId, UserId};
use crate::jobs::{self, JobKind, UserSignedUp};
use crate::limits::Gate;
use crate::limits::policies::SignUp;
use crate::models::user::{NewUser, User, UserView};
use crate::ports::{DatabaseError, Ports};
use crate::repositories;

/// The service of accounts.
pub struct Accounts<'a> {
    ports: &'a Ports,
    gate: &'a Gate,
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
    /// The service over these ports.
    pub fn new(ports: &'a Ports, gate: &'a Gate) -> Self {
        Self { ports, gate }
    }

    /// Makes an account, and in the same batch the job that greets it. `client` is the network address that asks; its
    /// slot is used up even if the address has an account, because that is worth trying out for many.
    ///
    /// # Errors
    /// [`Error::TooManyRequests`] when the client has used up its sign-ups; [`Error::Taken`] when the address has an
    /// account.
    pub async fn sign_up(&self, _: &Public, new: NewUser, client: &str) -> Result<SignedUp> {
        drop(self.gate.admit(SignUp::slots(client)).await?);
        let ports = self.ports;
        let user = User {
            id: UserId::new(&*ports.clock, &*ports.entropy)?,
            email: new.email,
            name: new.name,
            password_hash: password::hash(&new.password, &*ports.entropy)?,
            created_at: ports.clock.now(),
        };
        let signed_up = JobKind::UserSignedUp(UserSignedUp::V1 { user_id: user.id.to_string() });
        let (job_id, job) = jobs::enqueue(ports, &signed_up, Some(&user.id))?;
        let batch = vec![repositories::users::insert(&user), job];
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
