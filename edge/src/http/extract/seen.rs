//! What the client has seen.

use async_trait::async_trait;
use shared::cache::{Resource, Seen};

use crate::app::Services;
use crate::http::{Extract, Request, Result, cookies};

/// The header that carries [`Seen`] for clients without a cookie jar, in both directions.
pub const SEEN_HEADER: &str = "ashlar-seen";

/// The generation of products that the client has seen at least, from its header or cookie.
#[derive(Debug)]
pub struct SeenProducts(pub Seen);

#[async_trait(?Send)]
impl Extract for SeenProducts {
    async fn extract(services: &Services, request: &Request) -> Result<Self> {
        let token = request.header(SEEN_HEADER).or_else(|| cookies::get(request.headers(), cookies::SEEN));
        let Some(token) = token else { return Ok(Self(Seen::nothing(Resource::Products))) };
        let keys = services.keys().await?;
        Ok(Self(Seen::from_token(Resource::Products, &keys, token)))
    }
}
