//! Queries in the list grammar.

use async_trait::async_trait;
use shared::query::ListQuery;
use shared::repositories::Listed;

use crate::app::Services;
use crate::http::extract::query::decode_query;
use crate::http::{Code, Extract, Request, Result};
use crate::openapi::Operation;

/// The query string of a list of `T`.
#[derive(Debug)]
pub struct ListOf<T> {
    /// The query.
    pub query: ListQuery,
    listed: std::marker::PhantomData<T>,
}

#[async_trait(?Send)]
impl<T: Listed> Extract for ListOf<T> {
    async fn extract(services: &Services, request: &Request) -> Result<Self> {
        let pairs = decode_query(request.parts.uri.query().unwrap_or_default())?;
        let query = ListQuery::parse(T::resource(), &pairs)?.signed_by(services.keys().await?);
        Ok(Self { query, listed: std::marker::PhantomData })
    }

    fn describe(operation: &mut Operation) {
        operation.lists(T::resource());
        operation.fails_with(&[Code::InvalidQuery, Code::QueryTooBroad]);
    }
}
