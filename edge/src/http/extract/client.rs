//! Who calls.

use async_trait::async_trait;

use crate::app::Services;
use crate::http::{Extract, Request, Result};

/// What identifies the client for limits.
#[derive(Debug)]
pub struct Client(pub String);

#[async_trait(?Send)]
impl Extract for Client {
    async fn extract(_: &Services, request: &Request) -> Result<Self> {
        Ok(Self(request.client()))
    }
}
