//! Queries for figures.

use async_trait::async_trait;
use shared::query::StatsQuery;
use shared::repositories::Counted;

use crate::app::Services;
use crate::http::extract::query::decode_query;
use crate::http::{Code, Extract, Request, Result};
use crate::openapi::Operation;

/// The query string of the figures of `T`.
#[derive(Debug)]
pub struct StatsOf<T> {
    /// The query.
    pub query: StatsQuery,
    counted: std::marker::PhantomData<T>,
}

#[async_trait(?Send)]
impl<T: Counted> Extract for StatsOf<T> {
    async fn extract(_: &Services, request: &Request) -> Result<Self> {
        let pairs = decode_query(request.parts.uri.query().unwrap_or_default())?;
        let query = StatsQuery::parse(T::stats(), &pairs)?;
        Ok(Self { query, counted: std::marker::PhantomData })
    }

    fn describe(operation: &mut Operation) {
        operation.counts(T::stats());
        operation.fails_with(&[Code::InvalidQuery]);
    }
}
