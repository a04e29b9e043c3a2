//! What the client has seen.

use async_trait::async_trait;
use http::header;
use shared::cache::Seen;
use shared::repositories::Listed;

use crate::app::Services;
use crate::http::{Extract, Request, Result, cookies};
use crate::openapi::Operation;

/// The header that carries [`Seen`] for clients without a cookie jar, in both directions.
pub const SEEN_HEADER: &str = "ashlar-seen";

/// How many tokens of a resource in `ashlar-seen` are looked at, from the last one on.
const MAX_SEEN_TOKENS: usize = 20;

/// The generation of the lists of `T` that the client has seen at least, from its header or cookie.
#[derive(Debug)]
pub struct SeenOf<T> {
    /// What it has seen.
    pub seen: Seen,
    listed: std::marker::PhantomData<T>,
}

#[async_trait(?Send)]
impl<T: Listed> Extract for SeenOf<T> {
    async fn extract(services: &Services, request: &Request) -> Result<Self> {
        let resource = T::resource().table;
        let (header, jar) = (request.header(SEEN_HEADER), request.headers().contains_key(header::COOKIE));
        if header.is_none() && !jar {
            // Most readers: they have written nothing.
            return Ok(Self { seen: Seen::nothing(resource), listed: std::marker::PhantomData });
        }
        let prefix = format!("{resource}.");
        let told = header.into_iter().flat_map(|tokens| tokens.rsplit(','));
        let told = told.map(str::trim).filter(|token| token.starts_with(&prefix)).take(MAX_SEEN_TOKENS);
        let kept = jar.then(|| cookies::get(request.headers(), &cookies::seen(resource))).flatten();
        let tokens: Vec<_> = kept.into_iter().chain(told).collect();
        let mut seen = Seen::nothing(resource);
        if !tokens.is_empty() {
            let keys = services.keys().await?;
            let read = |token| Seen::from_token(resource, &keys, token);
            seen = tokens.into_iter().map(read).fold(seen, Seen::or_later);
        }
        Ok(Self { seen, listed: std::marker::PhantomData })
    }

    fn describe(operation: &mut Operation) {
        let description = "What `ashlar-seen` of an earlier answer said, for clients without a cookie jar: the answer is then at \
            least as new as that write. Several are separated by commas; of each resource the last 20 count.";
        operation.header_parameter(SEEN_HEADER, description, &serde_json::json!({ "type": "string" }));
    }
}
