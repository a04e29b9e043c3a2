//! The signed-in user's own account: its name and its end.

use crate::audit::Action;
use crate::auth::{CurrentUser, InSession};
use crate::error::{Error, Result};
use crate::events::{self, Event};
use crate::models::account::{AccountDeletion, MePatch};
use crate::models::post::PublishedPosts;
use crate::precondition::Precondition;
use crate::repositories::access::administrator_left;
use crate::repositories::guards::Guard;
use crate::repositories::{Listed as _, generations, guards, users};
use crate::services::context::Context;
use crate::services::passwords;
use crate::services::writes::{self, Written};

/// The service of the signed-in user's own account.
pub struct Profile<'a> {
    context: Context<'a>,
}

impl<'a> Profile<'a> {
    /// The service for one request.
    pub fn new(context: Context<'a>) -> Self {
        Self { context }
    }

    /// Changes the account, and answers it.
    ///
    /// # Errors
    /// [`Error::Changed`] when it is at another version than the precondition allows.
    pub async fn update(
        &self,
        who: &InSession,
        patch: &MePatch,
        precondition: &Precondition,
    ) -> Result<CurrentUser> {
        let (ports, mut user) = (self.context.ports, who.user().clone());
        let entry = self.context.audit(Some(who.user()), Action::ProfileChanged, &user.id);
        let batch = vec![
            guards::at_version("users", &user.id, precondition),
            entry.statement(),
            users::rename(&user.id, patch.name.as_deref(), ports.clock.now()),
        ];
        let mut answers = match ports.database.batch(batch).await {
            Err(error) if guards::is_violation(&error) => return Err(self.refused(&user).await?),
            answered => answered?,
        };
        let rows = answers.pop().unwrap_or_default();
        let row = rows.first().ok_or(Error::NotFound("user"))?;
        (user.name, user.version) = (row.get("name")?, row.get("version")?);
        Ok(user)
    }

    /// Why the guard did not hold.
    async fn refused(&self, user: &CurrentUser) -> Result<Error> {
        let version = guards::version(&*self.context.ports.database, "users", &user.id).await?;
        Ok(version.map_or(Error::NotFound("user"), |version| Error::Changed { what: "user", version }))
    }

    /// Deletes the account with everything that is the user's, who gets a last mail. Their posts lose their name.
    ///
    /// # Errors
    /// [`Error::WrongPassword`]; [`Error::LastAdministrator`] when nobody who may do everything would be left;
    /// [`Error::TooManyRequests`] when wrong passwords are used up.
    pub async fn delete(&self, who: &InSession, deletion: &AccountDeletion) -> Result<Written<()>> {
        let ports = self.context.ports;
        let user = passwords::confirm(&self.context, who, &deletion.password).await?;
        let entry = self.context.audit(Some(who.user()), Action::AccountDeleted, &user.id);
        let mut batch = vec![administrator_left(&user.id, []), entry.statement(), users::delete(&user.id)];
        let event = Event::UserDeleted { email: user.email, name: user.name };
        let (told, bell) = events::publish(ports, &event)?;
        batch.extend(told);
        batch.push(generations::current(PublishedPosts::resource().table));
        let answers = ports.database.batch(batch).await.map_err(|error| {
            let last = guards::violated(&error) == Some(Guard::AdministratorLeft);
            if last { Error::LastAdministrator } else { error.into() }
        })?;
        bell.ring(ports);
        Ok(Written { value: (), seen: writes::committed::<PublishedPosts>(ports, answers.last())? })
    }
}
