//! Second link: the session and its user as the database knows them now.

use shared::auth::{Authenticated, Claims};

use crate::app::Services;
use crate::http::Result;

/// The user of a verified token, with capabilities, by one indexed query.
///
/// # Errors
/// 401 when the session has ended or its user is gone.
pub async fn load_user(services: &Services, claims: &Claims) -> Result<Authenticated> {
    Ok(services.sessions().load_user(claims).await?)
}
