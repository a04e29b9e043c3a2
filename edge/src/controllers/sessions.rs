//! Signing in and out, and the sessions that come of it.

use std::rc::Rc;

use shared::auth::{InSession, Public};
use shared::ids::SessionId;
use shared::limits::operations::{Login, Refresh};
use shared::models::session::{NewSession, RefreshRequest, SessionView, TokensIn, TokensMeta};
use shared::models::user::UserView;

use crate::app::Services;
use crate::http::extract::cookie::{Device, RefreshToken};
use crate::http::extract::{Cookie, Limited};
use crate::http::{Data, Json, NoContent, Path, Result, Valid, cookies};

/// Opens a session. Its tokens go into cookies, or into the body for clients that ask for it.
pub async fn sign_in(
    services: Rc<Services>,
    who: Public,
    _: Limited<Login>,
    device: Cookie<Device>,
    Valid(Json(new)): Valid<Json<NewSession>>,
) -> Result<Data<UserView, TokensMeta>> {
    let keys = services.keys().await?;
    let signed_in = services.sessions().sign_in(&who, &keys, new, device.value.as_deref()).await?;
    let issued = &signed_in.issued;
    let reply = cookies::hand_out(Data::with_meta(&signed_in.user, &issued.meta())?, issued);
    Ok(cookies::remember(reply, &signed_in.device, issued.tokens_in))
}

/// Exchanges a refresh token. One from a cookie is answered by cookies alone, so that no script ever reads the tokens
/// of a browser's session.
pub async fn refresh(
    services: Rc<Services>,
    who: Public,
    _: Limited<Refresh>,
    cookie: Cookie<RefreshToken>,
    Valid(body): Valid<Option<Json<RefreshRequest>>>,
) -> Result<Data<SessionView, TokensMeta>> {
    let told = body.and_then(|Json(body)| body.refresh_token);
    let tokens_in = if told.is_some() { TokensIn::Body } else { TokensIn::Cookie };
    let token = told.or(cookie.value);
    let keys = services.keys().await?;
    let refreshed = services.sessions().refresh(&who, &keys, token.as_deref(), tokens_in).await?;
    let issued = &refreshed.issued;
    Ok(cookies::hand_out(Data::with_meta(&refreshed.session, &issued.meta())?, issued))
}

/// Ends the session and removes its cookies.
pub async fn sign_out(services: Rc<Services>, who: InSession) -> Result<NoContent> {
    services.sessions().sign_out(&who).await?;
    Ok(cookies::take_back(NoContent::default()))
}

/// Ends all other sessions of the user.
pub async fn sign_out_others(services: Rc<Services>, who: InSession) -> Result<NoContent> {
    services.sessions().end_others(&who).await?;
    Ok(NoContent::default())
}

/// Ends all sessions of the user and removes the cookies of this one.
pub async fn sign_out_all(services: Rc<Services>, who: InSession) -> Result<NoContent> {
    services.sessions().end_all(&who).await?;
    Ok(cookies::take_back(NoContent::default()))
}

/// The user's sessions.
pub async fn list(services: Rc<Services>, who: InSession) -> Result<Data<Vec<SessionView>>> {
    Data::new(&services.sessions().list(&who).await?)
}

/// Ends one of the user's sessions.
pub async fn end(services: Rc<Services>, who: InSession, Path(id): Path<SessionId>) -> Result<NoContent> {
    services.sessions().end(&who, &id).await?;
    let reply = NoContent::default();
    Ok(if id == who.session().id { cookies::take_back(reply) } else { reply })
}
