//! Operations that anybody may call, but not any number of times.

use std::marker::PhantomData;

use async_trait::async_trait;
use shared::limits::operations;

use crate::app::Services;
use crate::http::{Extract, Request, Result};
use crate::openapi::Operation;

/// Says in a controller's arguments, and with it in the documentation, that the service takes the slots of the operation
/// `L`.
#[derive(Debug)]
pub struct Limited<L>(PhantomData<fn() -> L>);

#[async_trait(?Send)]
impl<L: operations::Limited> Extract for Limited<L> {
    async fn extract(_: &Services, _: &Request) -> Result<Self> {
        Ok(Self(PhantomData))
    }

    fn describe(operation: &mut Operation) {
        operation.limited_by(L::POLICIES);
    }
}
