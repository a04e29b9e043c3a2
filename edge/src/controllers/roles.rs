//! Roles.

use std::rc::Rc;

use shared::auth::{Granted, can};
use shared::ids::RoleId;
use shared::models::role::{NewRole, Role, RolePatch, RoleView};

use crate::app::Services;
use crate::http::{Created, Data, IfMatch, Json, ListOf, NoContent, Once, Page, Path, Result, Valid};

/// A page of roles. Needs `manage_roles`, as all of these.
pub async fn list(
    services: Rc<Services>,
    who: Granted<can::ManageRoles>,
    list: ListOf<Role>,
) -> Result<Page<RoleView>> {
    Ok(Page::new(&services.roles().list(&who, &list.query).await?))
}

/// One role.
pub async fn get(
    services: Rc<Services>,
    who: Granted<can::ManageRoles>,
    Path(id): Path<RoleId>,
) -> Result<Data<RoleView>> {
    let role = services.roles().get(&who, &id).await?;
    Ok(Data::new(&role)?.version(role.version))
}

/// Makes a role.
pub async fn create(
    services: Rc<Services>,
    who: Granted<can::ManageRoles>,
    Once(Valid(Json(new)), key): Once<Valid<Json<NewRole>>>,
) -> Result<Created<RoleView>> {
    let made = services.roles().create(&who, new, key.as_ref()).await?;
    Ok(Created::below("/api/v1/roles", &made))
}

/// Changes a role.
pub async fn update(
    services: Rc<Services>,
    who: Granted<can::ManageRoles>,
    Path(id): Path<RoleId>,
    IfMatch(precondition): IfMatch,
    Valid(Json(patch)): Valid<Json<RolePatch>>,
) -> Result<Data<RoleView>> {
    let role = services.roles().update(&who, &id, &patch, &precondition).await?;
    Ok(Data::new(&role)?.version(role.version))
}

/// Deletes a role.
pub async fn delete(
    services: Rc<Services>,
    who: Granted<can::ManageRoles>,
    Path(id): Path<RoleId>,
    IfMatch(precondition): IfMatch,
) -> Result<NoContent> {
    services.roles().delete(&who, &id, &precondition).await?;
    Ok(NoContent::default())
}
