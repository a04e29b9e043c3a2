//! Second link: the session or the API key, and its user, as the database knows them now.

use shared::auth::{Authenticated, Presented};

use crate::app::Services;
use crate::http::Result;

/// The user of what was presented, with capabilities, by one indexed query.
///
/// # Errors
/// 401 when the session has ended, the key is unknown, revoked or expired, or the user is gone or locked out.
pub async fn load_user(services: &Services, presented: &Presented) -> Result<Authenticated> {
    Ok(match presented {
        Presented::Session(claims) => services.sessions().load_user(claims).await?,
        Presented::ApiKey(hash) => services.api_keys().load_user(hash).await?,
    })
}
