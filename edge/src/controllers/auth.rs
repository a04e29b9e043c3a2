//! Signing up, in and out.

use std::rc::Rc;

use shared::auth::token::ACCESS_LIFETIME;
use shared::auth::{Authenticated, Public};
use shared::limits::policies::{Login, SignUp};
use shared::models::session::NewSession;
use shared::models::user::{NewUser, SignUpMeta, UserView};

use crate::app::Services;
use crate::http::extract::Limited;
use crate::http::{Created, Data, Json, NoContent, Result, Valid, WithHeaders as _, cookies};

/// Makes an account. `meta.job_id` names the job that greets the new user.
pub async fn sign_up(
    services: Rc<Services>,
    who: Public,
    caller: Limited<SignUp>,
    Valid(Json(new)): Valid<Json<NewUser>>,
) -> Result<Created<UserView, SignUpMeta>> {
    let signed_up = services.accounts().sign_up(&who, new, &caller.client).await?;
    Ok(Created::with_meta(&signed_up.user, &SignUpMeta { job_id: signed_up.job_id })?.at("/api/v1/me"))
}

/// Opens a session: the access token is set as a cookie.
pub async fn sign_in(
    services: Rc<Services>,
    who: Public,
    caller: Limited<Login>,
    Valid(Json(new)): Valid<Json<NewSession>>,
) -> Result<Data<UserView>> {
    let keys = services.keys().await?;
    let signed_in = services.sessions().sign_in(&who, &keys, new, &caller.client).await?;
    let cookie = cookies::set(cookies::ACCESS, &signed_in.access_token, ACCESS_LIFETIME);
    Ok(Data::new(&signed_in.user)?.cookie(&cookie))
}

/// Ends the session and removes its cookie.
pub async fn sign_out(services: Rc<Services>, who: Authenticated) -> Result<NoContent> {
    services.sessions().sign_out(&who).await?;
    Ok(NoContent::default().cookie(&cookies::remove(cookies::ACCESS)))
}
