//! Extractors: the arguments of a handler after its guard. Each validates, so that a controller never sees bad input.

mod bulk;
pub mod cookie;
mod expand;
mod export;
mod json;
mod limited;
mod list;
mod once;
mod path;
mod query;
mod seen;
mod stats;

use async_trait::async_trait;

use crate::app::Services;
use crate::http::{Request, Result};
use crate::openapi::Operation;

pub use bulk::Items;
pub use cookie::Cookie;
pub use expand::ExpandOf;
pub use export::ExportOf;
pub use json::Json;
pub use limited::Limited;
pub use list::ListOf;
pub use once::{IDEMPOTENCY_KEY, Once, REPLAYED};
pub use path::{FromPath, Path};
pub use query::Query;
pub use seen::{SEEN_HEADER, SeenOf};
pub use stats::StatsOf;

/// A part of the request as a typed value.
#[async_trait(?Send)]
pub trait Extract: Sized {
    /// Reads and validates the part.
    async fn extract(services: &Services, request: &Request) -> Result<Self>;

    /// Tells what the part may look like, and how it is refused.
    fn describe(_: &mut Operation) {}
}

/// A part of the request that obeys the rules of its type: `Valid<Json<T>>`, `Valid<Query<T>>`, `Valid<Path<T>>`.
#[derive(Debug)]
pub struct Valid<T>(pub T);
