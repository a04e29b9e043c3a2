//! The signed-in user.

use std::rc::Rc;

use shared::auth::{Authenticated, CurrentUser, InSession};
use shared::limits::operations::PasswordCheck;
use shared::models::account::{AccountDeletion, MePatch};
use shared::models::user::MeView;

use crate::app::Services;
use crate::http::extract::Limited;
use crate::http::{Data, IfMatch, Json, NoContent, Result, Valid, cookies, seen};

/// The signed-in user with what they may do.
pub async fn get(_: Rc<Services>, who: Authenticated) -> Result<Data<MeView>> {
    view(who.user())
}

/// Changes the signed-in user.
pub async fn update(
    services: Rc<Services>,
    who: InSession,
    IfMatch(precondition): IfMatch,
    Valid(Json(patch)): Valid<Json<MePatch>>,
) -> Result<Data<MeView>> {
    view(&services.profile().update(&who, &patch, &precondition).await?)
}

/// Deletes the account of the signed-in user, and removes their cookies.
pub async fn delete(
    services: Rc<Services>,
    who: InSession,
    _: Limited<PasswordCheck>,
    Valid(Json(deletion)): Valid<Json<AccountDeletion>>,
) -> Result<NoContent> {
    let written = services.profile().delete(&who, &deletion).await?;
    seen::hand_over(&services, cookies::take_back(NoContent::default()), written.seen).await
}

/// What the user may do is in the view and does not count into the version, so that both are in the entity tag.
fn view(user: &CurrentUser) -> Result<Data<MeView>> {
    let capabilities: Vec<_> = user.capabilities.names().collect();
    Ok(Data::new(&MeView::from(user))?.version_of(user.version, &capabilities.join(" ")))
}
