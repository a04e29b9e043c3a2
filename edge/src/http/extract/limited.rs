//! Who calls an operation that anybody may call, but not any number of times.

use std::marker::PhantomData;

use async_trait::async_trait;
use shared::limits::policies;

use crate::app::Services;
use crate::http::{Extract, Request, Result};
use crate::openapi::Operation;

/// The client, for the service that takes the slots of the operation `L`.
#[derive(Debug)]
pub struct Limited<L> {
    /// What identifies the client for limits.
    pub client: String,
    operation: PhantomData<fn() -> L>,
}

#[async_trait(?Send)]
impl<L: policies::Limited> Extract for Limited<L> {
    async fn extract(_: &Services, request: &Request) -> Result<Self> {
        Ok(Self { client: request.client(), operation: PhantomData })
    }

    fn describe(operation: &mut Operation) {
        operation.limited_by(L::POLICIES);
    }
}
