//! Accounts: making one, its address, its password.

use std::rc::Rc;

use shared::auth::{InSession, Public};
use shared::limits::operations::{
    MailRequest as MailSlots, PasswordChange as ChangeSlots, PasswordCheck, SignUp, TokenUse,
};
use shared::models::account::{
    EmailChange, EmailVerification, MailRequest, MailRequestedView, PasswordChange, PasswordReset,
};
use shared::models::session::TokensMeta;
use shared::models::user::{NewUser, SignUpMeta, UserView};

use crate::app::Services;
use crate::http::extract::Limited;
use crate::http::{Accepted, Created, Data, Json, NoContent, Result, Valid, cookies};

/// Makes an account. `meta.job_id` names the job that greets the new user.
pub async fn sign_up(
    services: Rc<Services>,
    who: Public,
    _: Limited<SignUp>,
    Valid(Json(new)): Valid<Json<NewUser>>,
) -> Result<Created<UserView, SignUpMeta>> {
    let signed_up = services.accounts().sign_up(&who, new).await?;
    Ok(Created::with_meta(&signed_up.user, &SignUpMeta { job_id: signed_up.job_id })?.at("/api/v1/me"))
}

/// Verifies an address, or makes another one the user's, by the token from a mail.
pub async fn verify_email(
    services: Rc<Services>,
    who: Public,
    _: Limited<TokenUse>,
    Valid(Json(verification)): Valid<Json<EmailVerification>>,
) -> Result<NoContent> {
    services.addresses().verify(&who, &verification).await?;
    Ok(NoContent::default())
}

/// Has another mail sent to verify an address.
pub async fn resend_verification(
    services: Rc<Services>,
    who: Public,
    _: Limited<MailSlots>,
    Valid(Json(request)): Valid<Json<MailRequest>>,
) -> Result<Accepted<MailRequestedView>> {
    services.addresses().request_verification(&who, request).await?;
    Accepted::new(&MailRequestedView { requested: true })
}

/// Has a mail sent to set a password anew.
pub async fn forgot_password(
    services: Rc<Services>,
    who: Public,
    _: Limited<MailSlots>,
    Valid(Json(request)): Valid<Json<MailRequest>>,
) -> Result<Accepted<MailRequestedView>> {
    services.passwords().request_reset(&who, request).await?;
    Accepted::new(&MailRequestedView { requested: true })
}

/// Sets a password anew by the token from a mail.
pub async fn reset_password(
    services: Rc<Services>,
    who: Public,
    _: Limited<TokenUse>,
    Valid(Json(reset)): Valid<Json<PasswordReset>>,
) -> Result<NoContent> {
    services.passwords().reset(&who, &reset).await?;
    Ok(NoContent::default())
}

/// Changes the password of the signed-in user, whose new session's tokens are handed out as a login does it.
pub async fn change_password(
    services: Rc<Services>,
    who: InSession,
    _: Limited<PasswordCheck>,
    _: Limited<ChangeSlots>,
    Valid(Json(change)): Valid<Json<PasswordChange>>,
) -> Result<Data<UserView, TokensMeta>> {
    let keys = services.keys().await?;
    let changed = services.passwords().change(&who, &keys, &change).await?;
    Ok(cookies::hand_out(Data::with_meta(&changed.user, &changed.issued.meta())?, &changed.issued))
}

/// Has a mail sent to another address, to make it the signed-in user's.
pub async fn change_email(
    services: Rc<Services>,
    who: InSession,
    _: Limited<PasswordCheck>,
    _: Limited<MailSlots>,
    Valid(Json(change)): Valid<Json<EmailChange>>,
) -> Result<Accepted<MailRequestedView>> {
    services.addresses().request_change(&who, change).await?;
    Accepted::new(&MailRequestedView { requested: true })
}
