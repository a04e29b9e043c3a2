//! Segments of the path.

use async_trait::async_trait;
use shared::error::Error;
use shared::ids::Id;

use crate::app::Services;
use crate::http::{Code, Extract, Request, Result};
use crate::openapi::Operation;

/// A type that a `{name}` segment of a route is read as.
pub trait FromPath: Sized {
    /// The segment's name in the route.
    const NAME: &'static str;
    /// What it identifies, for the error.
    const WHAT: &'static str;

    /// Reads the segment; `None` when nothing can have this name.
    fn from_path(text: &str) -> Option<Self>;
}

impl<T: Id> FromPath for T {
    const NAME: &'static str = "id";
    const WHAT: &'static str = T::NOUN;

    fn from_path(text: &str) -> Option<Self> {
        Self::parse(text)
    }
}

/// A segment of the path. One that cannot name anything is not found.
#[derive(Debug)]
pub struct Path<T>(pub T);

#[async_trait(?Send)]
impl<T: FromPath> Extract for Path<T> {
    async fn extract(_: &Services, request: &Request) -> Result<Self> {
        let value = request.param(T::NAME).and_then(T::from_path);
        value.map(Self).ok_or_else(|| Error::NotFound(T::WHAT).into())
    }

    fn describe(operation: &mut Operation) {
        operation.path_parameter(T::NAME, T::WHAT);
        operation.fails_with(&[Code::NotFound]);
    }
}
