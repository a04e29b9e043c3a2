//! Roles: making, changing and deleting them. Nobody gives or takes what they do not hold; a guard in the transaction
//! itself sees to that.

use serde_json::json;

use crate::audit::Action;
use crate::auth::{Capabilities, Capability as _, Granted, can};
use crate::error::{Error, Result};
use crate::idempotency::{IdempotencyKey, Made};
use crate::ids::RoleId;
use crate::models::role::{NewRole, Role, RolePatch, RoleView, set_of};
use crate::ports::Statement;
use crate::precondition::Precondition;
use crate::query::ListQuery;
use crate::repositories::access::{Touched, administrator_left_without, held_through, within_own};
use crate::repositories::{guards, roles};
use crate::services::access::{self, Refused, TRIES};
use crate::services::context::Context;
use crate::services::lists::{self, PageText};
use crate::services::once::{self, Once};

type May = Granted<can::ManageRoles>;

const NEEDS: &str = can::ManageRoles::NAME;

/// The service of roles.
pub struct Roles<'a> {
    context: Context<'a>,
}

impl<'a> Roles<'a> {
    /// The service for one request.
    pub fn new(context: Context<'a>) -> Self {
        Self { context }
    }

    /// A page of roles.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn list(&self, _: &May, query: &ListQuery) -> Result<PageText> {
        lists::uncached::<Role>(self.context.ports, query).await
    }

    /// One role.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is none with this id.
    pub async fn get(&self, _: &May, id: &RoleId) -> Result<RoleView> {
        Ok(self.find(id).await?.into())
    }

    /// Makes a role.
    ///
    /// # Errors
    /// [`Error::BeyondOwn`] when it would allow what the caller does not hold; [`Error::Taken`] when there is one of this
    /// name; [`Error::KeyReused`] when the key was given for something else.
    pub async fn create(
        &self,
        who: &May,
        new: NewRole,
        key: Option<&IdempotencyKey>,
    ) -> Result<Made<RoleView>> {
        let Context { ports, .. } = self.context;
        let now = ports.clock.now();
        let role = Role {
            id: RoleId::new(&*ports.clock, &*ports.entropy)?,
            name: new.name,
            description: new.description,
            capabilities: set_of(&new.capabilities),
            built_in: false,
            version: 1,
            created_at: now,
            updated_at: now,
        };
        let entry = self.context.audit(Some(who.user()), Action::RoleCreated, &role.id);
        let entry = entry.with(json!({ "name": role.name, "capabilities": names(role.capabilities) }));
        let mut batch = vec![roles::insert(&role)];
        batch.extend(roles::allow(&role.id, role.capabilities));
        batch.extend([within_own(who.user(), NEEDS, Touched::role(&role.id)), entry.statement()]);
        let (capabilities, once) = (role.capabilities, Once::new(who.user(), key));
        let view = RoleView::from(role);
        let made = Made::entity(view.id.as_str(), view.version, &view)?;
        match ports.database.batch(once.begin(ports, &made, batch)).await {
            Ok(_) => Ok(made),
            Err(error) if once::is_taken(&error) => Ok(once.replay(ports, None).await?.0),
            Err(error) => Err(match access::refused(error) {
                Refused::Failed(error) => error,
                _ => access::beyond(ports, who.user(), NEEDS, capabilities).await?,
            }),
        }
    }

    /// Changes a role; what it allows holds for its users from their next request on.
    ///
    /// # Errors
    /// [`Error::BeyondOwn`] when it allows, or would allow, what the caller does not hold, or when something is taken from
    /// somebody who holds more than they do; [`Error::BuiltIn`], [`Error::NotFound`], [`Error::Changed`], [`Error::Taken`].
    pub async fn update(
        &self,
        who: &May,
        id: &RoleId,
        patch: &RolePatch,
        precondition: &Precondition,
    ) -> Result<RoleView> {
        for _ in 0..TRIES {
            let role = self.find_changeable(id, precondition).await?;
            let after = patch.capabilities.as_deref().map_or(role.capabilities, set_of);
            let takes = !after.includes(role.capabilities);
            match access::run(self.context.ports, self.change(who, &role, patch, after, takes)).await {
                Ok(_) => return Ok(self.find(id).await?.into()),
                Err(Refused::Stale) => {}
                Err(Refused::Beyond) => {
                    return Err(self.beyond(who, &role, after, takes).await?);
                }
                Err(Refused::Failed(error)) => return Err(error),
            }
        }
        Err(self.contended(id).await?)
    }

    /// Deletes a role, and so takes it from its users.
    ///
    /// # Errors
    /// As [`Roles::update`]; [`Error::LastAdministrator`] when nobody would be left who may do everything.
    pub async fn delete(&self, who: &May, id: &RoleId, precondition: &Precondition) -> Result<()> {
        let Context { ports, .. } = self.context;
        for _ in 0..TRIES {
            let role = self.find_changeable(id, precondition).await?;
            let entry = self.context.audit(Some(who.user()), Action::RoleDeleted, id);
            let entry = entry.with(json!({ "name": role.name, "capabilities": names(role.capabilities) }));
            let mut batch = Self::guards(who, &role, true);
            batch.push(administrator_left_without(id));
            batch.extend([roles::touch_members(id, ports.clock.now()), roles::delete(id), entry.statement()]);
            match access::run(ports, batch).await {
                Ok(_) => return Ok(()),
                Err(Refused::Stale) => {}
                Err(Refused::Beyond) => {
                    return Err(self.beyond(who, &role, Capabilities::default(), true).await?);
                }
                Err(Refused::Failed(error)) => return Err(error),
            }
        }
        Err(self.contended(id).await?)
    }

    fn change(
        &self,
        who: &May,
        role: &Role,
        patch: &RolePatch,
        after: Capabilities,
        takes: bool,
    ) -> Vec<Statement> {
        let entry = self.context.audit(Some(who.user()), Action::RoleChanged, &role.id);
        let entry = entry.with(json!({
            "name": patch.name.as_deref().unwrap_or(&role.name),
            "given": names(after.without(role.capabilities)),
            "taken": names(role.capabilities.without(after)),
        }));
        let mut batch = Self::guards(who, role, takes);
        batch.push(roles::update(&role.id, patch, self.context.ports.clock.now()));
        batch.extend(roles::allow(&role.id, after));
        batch.extend([within_own(who.user(), NEEDS, Touched::role(&role.id)), entry.statement()]);
        batch
    }

    /// The role is as it was read, and the caller holds what it allows; who loses by the change, if somebody does, holds
    /// no more than the caller.
    fn guards(who: &May, role: &Role, takes: bool) -> Vec<Statement> {
        let unchanged = Precondition::Versions(vec![role.version]);
        let mut guards = vec![
            guards::at_version("roles", &role.id, &unchanged),
            within_own(who.user(), NEEDS, Touched::role(&role.id)),
        ];
        guards.extend(takes.then(|| within_own(who.user(), NEEDS, Touched::members(&role.id))));
        guards
    }

    async fn beyond(&self, who: &May, role: &Role, after: Capabilities, takes: bool) -> Result<Error> {
        let Context { ports, .. } = self.context;
        let mut wanted = role.capabilities.union(after);
        if takes {
            wanted = wanted.union(held_through(&*ports.database, Touched::members(&role.id)).await?);
        }
        access::beyond(ports, who.user(), NEEDS, wanted).await
    }

    async fn find(&self, id: &RoleId) -> Result<Role> {
        roles::find(&*self.context.ports.database, id).await?.ok_or(Error::NotFound("role"))
    }

    async fn find_changeable(&self, id: &RoleId, precondition: &Precondition) -> Result<Role> {
        let role = self.find(id).await?;
        if role.built_in {
            return Err(Error::BuiltIn("role"));
        }
        access::check(precondition, "role", role.version)?;
        Ok(role)
    }

    async fn contended(&self, id: &RoleId) -> Result<Error> {
        Ok(Error::Changed { what: "role", version: self.find(id).await?.version })
    }
}

fn names(set: Capabilities) -> Vec<&'static str> {
    set.names().collect()
}
