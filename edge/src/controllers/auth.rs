//! Signing up, in and out.

use std::rc::Rc;

use http::HeaderName;
use shared::auth::token::ACCESS_LIFETIME;
use shared::auth::{Authenticated, Public};
use shared::models::session::NewSession;
use shared::models::user::{NewUser, SignUpMeta, UserView};

use crate::app::Services;
use crate::http::extract::Client;
use crate::http::failure::rate_limit;
use crate::http::{Created, Data, Json, NoContent, Result, Valid, WithHeaders as _, cookies};

/// Makes an account. `meta.job_id` names the job that greets the new user.
pub async fn sign_up(
    services: Rc<Services>,
    who: Public,
    Valid(Json(new)): Valid<Json<NewUser>>,
) -> Result<Created<UserView, SignUpMeta>> {
    let signed_up = services.accounts().sign_up(&who, new).await?;
    Ok(Created::with_meta(&signed_up.user, &SignUpMeta { job_id: signed_up.job_id })?.at("/api/v1/me"))
}

/// Opens a session: the access token is set as a cookie.
pub async fn sign_in(
    services: Rc<Services>,
    who: Public,
    client: Client,
    Valid(Json(new)): Valid<Json<NewSession>>,
) -> Result<Data<UserView>> {
    let keys = services.keys().await?;
    let signed_in = services.sessions().sign_in(&who, &keys, new, &client.0).await?;
    let cookie = cookies::set(cookies::ACCESS, &signed_in.access_token, ACCESS_LIFETIME);
    let reply = Data::new(&signed_in.user)?.cookie(&cookie);
    Ok(match signed_in.limit {
        Some(decision) => reply.header(HeaderName::from_static("ratelimit"), &rate_limit("login", decision)),
        None => reply,
    })
}

/// Ends the session and removes its cookie.
pub async fn sign_out(services: Rc<Services>, who: Authenticated) -> Result<NoContent> {
    services.sessions().sign_out(&who).await?;
    Ok(NoContent::default().cookie(&cookies::remove(cookies::ACCESS)))
}
