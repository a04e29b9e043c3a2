//! API keys.

use std::rc::Rc;

use shared::auth::InSession;
use shared::ids::ApiKeyId;
use shared::limits::operations::PasswordCheck;
use shared::models::api_key::{ApiKeyRecord, ApiKeyView, IssuedApiKeyView, NewApiKey};

use crate::app::Services;
use crate::http::extract::Limited;
use crate::http::{Created, Json, ListOf, NoContent, Page, Path, Result, Valid};

/// A page of the caller's keys.
pub async fn list(
    services: Rc<Services>,
    who: InSession,
    list: ListOf<ApiKeyRecord>,
) -> Result<Page<ApiKeyView>> {
    Ok(Page::new(&services.api_keys().list(&who, list.query).await?))
}

/// Makes a key and tells it, this once.
pub async fn create(
    services: Rc<Services>,
    who: InSession,
    _: Limited<PasswordCheck>,
    Valid(Json(new)): Valid<Json<NewApiKey>>,
) -> Result<Created<IssuedApiKeyView>> {
    let issued = services.api_keys().create(&who, new).await?;
    Ok(Created::new(&issued)?.at(&format!("/api/v1/auth/api-keys/{}", issued.id)))
}

/// Revokes a key of the caller's.
pub async fn revoke(services: Rc<Services>, who: InSession, Path(id): Path<ApiKeyId>) -> Result<NoContent> {
    services.api_keys().revoke(&who, &id).await?;
    Ok(NoContent::default())
}
