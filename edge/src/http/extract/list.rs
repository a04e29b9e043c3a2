//! Queries in the list grammar.

use async_trait::async_trait;
use shared::query::{self, ListQuery};

use crate::app::Services;
use crate::http::extract::query::decode_query;
use crate::http::{Extract, Request, Result};

/// A resource whose lists follow the list grammar.
pub trait Listed {
    /// The resource's table of fields.
    fn resource() -> &'static query::Resource;
}

impl Listed for shared::models::Product {
    fn resource() -> &'static query::Resource {
        &shared::repositories::products::RESOURCE
    }
}

/// The query string of a list of `T`.
#[derive(Debug)]
pub struct ListOf<T> {
    /// The query.
    pub query: ListQuery,
    listed: std::marker::PhantomData<T>,
}

#[async_trait(?Send)]
impl<T: Listed> Extract for ListOf<T> {
    async fn extract(_: &Services, request: &Request) -> Result<Self> {
        let pairs = decode_query(request.parts.uri.query().unwrap_or_default())?;
        let query = ListQuery::parse(T::resource(), &pairs)?;
        Ok(Self { query, listed: std::marker::PhantomData })
    }
}
