//! Accounts.

use std::rc::Rc;

use shared::auth::Public;
use shared::limits::policies::SignUp;
use shared::models::user::{NewUser, SignUpMeta, UserView};

use crate::app::Services;
use crate::http::extract::Limited;
use crate::http::{Created, Json, Result, Valid};

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
