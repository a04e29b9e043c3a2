//! Signing up, in and out.

use std::rc::Rc;

use http::{HeaderName, StatusCode};
use serde_json::json;
use shared::auth::token::ACCESS_LIFETIME;
use shared::auth::{Authenticated, Public};
use shared::models::{NewSession, NewUser};

use crate::app::Services;
use crate::http::extract::Client;
use crate::http::failure::rate_limit;
use crate::http::{Json, Reply, Result, Valid, cookies};

/// Makes an account. `meta.job_id` names the job that greets the new user.
pub async fn sign_up(
    services: Rc<Services>,
    who: Public,
    Valid(Json(new)): Valid<Json<NewUser>>,
) -> Result<Reply> {
    let signed_up = services.accounts().sign_up(&who, new).await?;
    Reply::with_meta(StatusCode::CREATED, &signed_up.user, &json!({ "job_id": signed_up.job_id }))
}

/// Opens a session: the access token is set as a cookie.
pub async fn sign_in(
    services: Rc<Services>,
    who: Public,
    client: Client,
    Valid(Json(new)): Valid<Json<NewSession>>,
) -> Result<Reply> {
    let keys = services.keys().await?;
    let signed_in = services.sessions().sign_in(&who, &keys, new, &client.0).await?;
    let reply = Reply::ok(&signed_in.user)?.cookie(&cookies::set(
        cookies::ACCESS,
        &signed_in.access_token,
        ACCESS_LIFETIME,
    ));
    Ok(match signed_in.limit {
        Some(decision) => reply.header(HeaderName::from_static("ratelimit"), &rate_limit("login", decision)),
        None => reply,
    })
}

/// Ends the session and removes its cookie.
pub async fn sign_out(services: Rc<Services>, who: Authenticated) -> Result<Reply> {
    services.sessions().sign_out(&who).await?;
    Ok(Reply::no_content().cookie(&cookies::remove(cookies::ACCESS)))
}
