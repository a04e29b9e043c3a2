//! Signing in and out.

use std::rc::Rc;

use shared::auth::token::ACCESS_LIFETIME;
use shared::auth::{InSession, Public};
use shared::limits::policies::Login;
use shared::models::session::NewSession;
use shared::models::user::UserView;

use crate::app::Services;
use crate::http::extract::Limited;
use crate::http::{Data, Json, NoContent, Result, Valid, WithHeaders as _, cookies};

/// Opens a session: the access token is set as a cookie.
pub async fn sign_in(
    services: Rc<Services>,
    who: Public,
    _: Limited<Login>,
    Valid(Json(new)): Valid<Json<NewSession>>,
) -> Result<Data<UserView>> {
    let keys = services.keys().await?;
    let signed_in = services.sessions().sign_in(&who, &keys, new).await?;
    let cookie = cookies::set(cookies::ACCESS, &signed_in.access_token, ACCESS_LIFETIME);
    Ok(Data::new(&signed_in.user)?.cookie(&cookie))
}

/// Ends the session and removes its cookie.
pub async fn sign_out(services: Rc<Services>, who: InSession) -> Result<NoContent> {
    services.sessions().sign_out(&who).await?;
    Ok(NoContent::default().cookie(&cookies::remove(cookies::ACCESS)))
}
