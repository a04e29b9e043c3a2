//! The administration of users. Nobody touches a user who holds more than they do, nobody gives or takes what they do not
//! hold, and the last administrator stays: guards in the transaction itself see to that.

use serde_json::json;

use crate::audit::Action;
use crate::auth::{Capability as _, CurrentUser, Granted, can};
use crate::error::{DetailCode, Error, Result, Violation};
use crate::ids::{RoleId, UserId};
use crate::models::managed_user::{ManagedUser, ManagedUserPatch, ManagedUserRoles, ManagedUserView};
use crate::models::post::PublishedPosts;
use crate::ports::Statement;
use crate::precondition::Precondition;
use crate::query::ListQuery;
use crate::repositories::access::{Touched, administrator_left, held_by, held_through, within_own};
use crate::repositories::{
    Listed as _, generations, guards, managed_users, one_time_tokens, roles, sessions, users,
};
use crate::services::access::{self, Refused, TRIES};
use crate::services::context::Context;
use crate::services::lists::{self, PageText};
use crate::services::writes::{self, Written};

/// The service of users.
pub struct Users<'a> {
    context: Context<'a>,
}

/// Roles that a change gives and takes.
struct Difference {
    given: Vec<RoleId>,
    taken: Vec<RoleId>,
}

impl Difference {
    fn between(before: &[RoleId], after: &[RoleId]) -> Self {
        let missing = |from: &[RoleId], of: &[RoleId]| {
            let missing = of.iter().filter(|role| !from.contains(role));
            missing.cloned().collect()
        };
        Self { given: missing(before, after), taken: missing(after, before) }
    }

    fn both(&self) -> impl Iterator<Item = &RoleId> {
        self.given.iter().chain(&self.taken)
    }
}

impl<'a> Users<'a> {
    /// The service for one request.
    pub fn new(context: Context<'a>) -> Self {
        Self { context }
    }

    /// A page of users.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn list(&self, _: &Granted<can::ReadUsers>, query: &ListQuery) -> Result<PageText> {
        lists::uncached::<ManagedUser>(self.context.ports, query).await
    }

    /// One user.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is none with this id.
    pub async fn get(&self, _: &Granted<can::ReadUsers>, id: &UserId) -> Result<ManagedUserView> {
        Ok(self.find(id).await?.into())
    }

    /// Changes a user. Locking ends their sessions and the links in their mails; nobody signs in as them, by whatever means,
    /// until they are unlocked.
    ///
    /// # Errors
    /// [`Error::BeyondOwn`] when the user holds what the caller does not; [`Error::LastAdministrator`] when nobody would be
    /// left who may do everything; [`Error::NotFound`]; [`Error::Changed`].
    pub async fn update(
        &self,
        who: &Granted<can::EditUsers>,
        id: &UserId,
        patch: &ManagedUserPatch,
        precondition: &Precondition,
    ) -> Result<ManagedUserView> {
        for _ in 0..TRIES {
            let user = self.find_at(id, precondition).await?;
            let mut batch = guard(who.user(), can::EditUsers::NAME, &user);
            if patch.locked == Some(true) {
                batch.push(administrator_left(id, []));
                batch.push(sessions::revoke_all(id, None, self.context.ports.clock.now()));
                batch.push(one_time_tokens::revoke(id, None));
            }
            let told = self.tell(who.user(), &user, patch);
            // A version without an entry in the audit log would tell of a change that there was not.
            if !told.is_empty() {
                batch.push(managed_users::update(id, patch, self.context.ports.clock.now()));
            }
            batch.extend(told);
            match access::run(self.context.ports, batch).await {
                Ok(_) => return Ok(self.find(id).await?.into()),
                Err(Refused::Stale) => {}
                Err(Refused::Beyond) => return Err(self.above(who.user(), can::EditUsers::NAME, id).await?),
                Err(Refused::Failed(error)) => return Err(error),
            }
        }
        Err(self.contended(id).await?)
    }

    /// Deletes a user with everything that is theirs alone. Their posts lose their name.
    ///
    /// # Errors
    /// As [`Users::update`].
    pub async fn delete(
        &self,
        who: &Granted<can::DeleteUsers>,
        id: &UserId,
        precondition: &Precondition,
    ) -> Result<Written<()>> {
        let ports = self.context.ports;
        for _ in 0..TRIES {
            let user = self.find_at(id, precondition).await?;
            let entry = self.context.audit(Some(who.user()), Action::UserRemoved, id);
            let mut batch = guard(who.user(), can::DeleteUsers::NAME, &user);
            batch.extend([administrator_left(id, []), users::delete(id), entry.statement()]);
            batch.push(generations::current(PublishedPosts::resource().table));
            match access::run(ports, batch).await {
                Ok(answers) => {
                    let seen = writes::committed::<PublishedPosts>(ports, answers.last())?;
                    return Ok(Written { value: (), seen });
                }
                Err(Refused::Stale) => {}
                Err(Refused::Beyond) => {
                    return Err(self.above(who.user(), can::DeleteUsers::NAME, id).await?);
                }
                Err(Refused::Failed(error)) => return Err(error),
            }
        }
        Err(self.contended(id).await?)
    }

    /// Makes these the roles of a user; answers them with the user's version. They hold from the user's next request on.
    ///
    /// # Errors
    /// [`Error::Invalid`] when one is no role; otherwise as [`Users::update`].
    pub async fn set_roles(
        &self,
        who: &Granted<can::ManageRoles>,
        id: &UserId,
        wanted: ManagedUserRoles,
        precondition: &Precondition,
    ) -> Result<(ManagedUserRoles, i64)> {
        for _ in 0..TRIES {
            let user = self.find_at(id, precondition).await?;
            let difference = Difference::between(&user.roles, &wanted.roles);
            if difference.both().next().is_none() {
                return Ok((ManagedUserRoles { roles: user.roles }, user.version));
            }
            let batch = self.exchange(who, &user, &wanted.roles, &difference);
            match access::run(self.context.ports, batch).await {
                Ok(_) => {
                    let user = self.find(id).await?;
                    return Ok((ManagedUserRoles { roles: user.roles }, user.version));
                }
                Err(Refused::Stale) => {}
                Err(Refused::Beyond) => return Err(self.beyond(who, id, &difference).await?),
                Err(Refused::Failed(error)) => return Err(self.unknown_roles(&wanted.roles, error).await?),
            }
        }
        Err(self.contended(id).await?)
    }

    /// What changes the roles of a user.
    fn exchange(
        &self,
        who: &Granted<can::ManageRoles>,
        user: &ManagedUser,
        wanted: &[RoleId],
        difference: &Difference,
    ) -> Vec<Statement> {
        let caller = who.user();
        let entry = self.context.audit(Some(caller), Action::UserRolesChanged, &user.id);
        let entry = entry.with(json!({ "given": difference.given, "taken": difference.taken }));
        let mut batch = vec![
            guards::at_version("users", &user.id, &Precondition::Versions(vec![user.version])),
            within_own(caller, can::ManageRoles::NAME, Touched::roles(difference.both())),
            administrator_left(&user.id, wanted),
        ];
        if !difference.taken.is_empty() {
            batch.push(within_own(caller, can::ManageRoles::NAME, Touched::user(&user.id)));
        }
        batch.extend(managed_users::set_roles(&user.id, wanted, self.context.ports.clock.now()));
        batch.push(entry.statement());
        batch
    }

    /// The entries of a change: one for what the account says, one for being locked or not.
    fn tell(&self, caller: &CurrentUser, user: &ManagedUser, patch: &ManagedUserPatch) -> Vec<Statement> {
        let entry = |action| self.context.audit(Some(caller), action, &user.id);
        let renamed = patch.name.as_ref().filter(|name| **name != user.name);
        let renamed = renamed.map(|_| entry(Action::UserEdited).with(json!({ "fields": ["name"] })));
        let locked = match patch.locked {
            Some(true) if !user.locked => Some(entry(Action::UserLocked)),
            Some(false) if user.locked => Some(entry(Action::UserUnlocked)),
            _ => None,
        };
        renamed.into_iter().chain(locked).map(|entry| entry.statement()).collect()
    }

    /// The error for a user who holds more than the caller.
    async fn above(&self, caller: &CurrentUser, needs: &'static str, id: &UserId) -> Result<Error> {
        let Context { ports, .. } = self.context;
        access::beyond(ports, caller, needs, held_by(&*ports.database, id).await?).await
    }

    async fn beyond(
        &self,
        who: &Granted<can::ManageRoles>,
        id: &UserId,
        difference: &Difference,
    ) -> Result<Error> {
        let Context { ports, .. } = self.context;
        let mut wanted = held_through(&*ports.database, Touched::roles(difference.both())).await?;
        if !difference.taken.is_empty() {
            wanted = wanted.union(held_by(&*ports.database, id).await?);
        }
        access::beyond(ports, who.user(), can::ManageRoles::NAME, wanted).await
    }

    /// Names the ids that are no role, if that is why the change failed.
    async fn unknown_roles(&self, wanted: &[RoleId], failed: Error) -> Result<Error> {
        let unknown = roles::unknown(&*self.context.ports.database, wanted).await?;
        let place = |id: &RoleId| wanted.iter().position(|wanted| wanted == id);
        let mut places: Vec<_> = unknown.iter().filter_map(place).collect();
        places.sort_unstable();
        let violation =
            |place| Violation::new(format!("roles[{place}]"), DetailCode::Invalid, "There is no such role.");
        let violations: Vec<_> =
            places.into_iter().take(crate::error::MAX_VIOLATIONS).map(violation).collect();
        Ok(if violations.is_empty() { failed } else { Error::Invalid(violations) })
    }

    async fn find(&self, id: &UserId) -> Result<ManagedUser> {
        managed_users::find(&*self.context.ports.database, id).await?.ok_or(Error::NotFound("user"))
    }

    async fn find_at(&self, id: &UserId, precondition: &Precondition) -> Result<ManagedUser> {
        let user = self.find(id).await?;
        access::check(precondition, "user", user.version)?;
        Ok(user)
    }

    async fn contended(&self, id: &UserId) -> Result<Error> {
        Ok(Error::Changed { what: "user", version: self.find(id).await?.version })
    }
}

/// The user is as they were read, and holds no more than the caller.
fn guard(caller: &CurrentUser, needs: &'static str, user: &ManagedUser) -> Vec<Statement> {
    vec![
        guards::at_version("users", &user.id, &Precondition::Versions(vec![user.version])),
        within_own(caller, needs, Touched::user(&user.id)),
    ]
}
