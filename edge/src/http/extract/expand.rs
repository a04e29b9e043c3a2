//! What one thing is to be shown together with.

use async_trait::async_trait;
use shared::query::Expand;
use shared::repositories::Listed;

use crate::app::Services;
use crate::http::extract::query::decode_query;
use crate::http::{Code, Extract, Request, Result};
use crate::openapi::Operation;

/// The query string of one `T`: `?expand=author`.
#[derive(Debug)]
pub struct ExpandOf<T> {
    /// What is asked for.
    pub expand: Expand,
    listed: std::marker::PhantomData<T>,
}

#[async_trait(?Send)]
impl<T: Listed> Extract for ExpandOf<T> {
    async fn extract(_: &Services, request: &Request) -> Result<Self> {
        let pairs = decode_query(request.parts.uri.query().unwrap_or_default())?;
        Ok(Self { expand: Expand::parse(T::resource(), &pairs)?, listed: std::marker::PhantomData })
    }

    fn describe(operation: &mut Operation) {
        operation.expands(T::resource());
        operation.fails_with(&[Code::InvalidQuery]);
    }
}
