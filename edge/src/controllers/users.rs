//! The administration of users.

use std::rc::Rc;

use shared::auth::{Granted, can};
use shared::ids::UserId;
use shared::models::managed_user::{ManagedUser, ManagedUserPatch, ManagedUserRoles, ManagedUserView};

use crate::app::Services;
use crate::http::{Data, IfMatch, Json, ListOf, NoContent, Page, Path, Result, Valid, seen};

/// A page of users. Needs `read_users`.
pub async fn list(
    services: Rc<Services>,
    who: Granted<can::ReadUsers>,
    list: ListOf<ManagedUser>,
) -> Result<Page<ManagedUserView>> {
    Ok(Page::new(&services.users().list(&who, &list.query).await?))
}

/// One user. Needs `read_users`.
pub async fn get(
    services: Rc<Services>,
    who: Granted<can::ReadUsers>,
    Path(id): Path<UserId>,
) -> Result<Data<ManagedUserView>> {
    let user = services.users().get(&who, &id).await?;
    Ok(Data::new(&user)?.version(user.version))
}

/// Changes, locks or unlocks a user. Needs `edit_users`.
pub async fn update(
    services: Rc<Services>,
    who: Granted<can::EditUsers>,
    Path(id): Path<UserId>,
    IfMatch(precondition): IfMatch,
    Valid(Json(patch)): Valid<Json<ManagedUserPatch>>,
) -> Result<Data<ManagedUserView>> {
    let user = services.users().update(&who, &id, &patch, &precondition).await?;
    Ok(Data::new(&user)?.version(user.version))
}

/// Deletes a user. Needs `delete_users`.
pub async fn delete(
    services: Rc<Services>,
    who: Granted<can::DeleteUsers>,
    Path(id): Path<UserId>,
    IfMatch(precondition): IfMatch,
) -> Result<NoContent> {
    let written = services.users().delete(&who, &id, &precondition).await?;
    seen::hand_over(&services, NoContent::default(), written.seen).await
}

/// Gives and takes roles. Needs `manage_roles`.
pub async fn set_roles(
    services: Rc<Services>,
    who: Granted<can::ManageRoles>,
    Path(id): Path<UserId>,
    IfMatch(precondition): IfMatch,
    Valid(Json(wanted)): Valid<Json<ManagedUserRoles>>,
) -> Result<Data<ManagedUserRoles>> {
    let (roles, version) = services.users().set_roles(&who, &id, wanted, &precondition).await?;
    Ok(Data::new(&roles)?.version(version))
}
