//! Segments of the path.

use async_trait::async_trait;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use shared::error::Error;
use shared::ids::Id;
use validator::Validate;

use crate::app::Services;
use crate::http::failure::{Code, Failure};
use crate::http::input::{self, Node};
use crate::http::{Extract, Request, Result, Valid};
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

/// All segments of the path, each a field of `T`. Segments that break its rules cannot name anything either.
#[async_trait(?Send)]
impl<T: DeserializeOwned + Validate + JsonSchema> Extract for Valid<Path<T>> {
    async fn extract(_: &Services, request: &Request) -> Result<Self> {
        read_segments(&request.params).map(|value| Self(Path(value)))
    }

    fn describe(operation: &mut Operation) {
        operation.parameters_of::<T>("path");
        operation.fails_with(&[Code::NotFound]);
    }
}

fn read_segments<T: DeserializeOwned + Validate>(segments: &[(String, String)]) -> Result<T> {
    let node = Node::from_pairs(segments.iter().cloned());
    input::read(&node).map_err(|_| Failure::new(Code::NotFound, "There is nothing here."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize, Validate)]
    struct Page {
        #[validate(length(max = 3))]
        chapter: String,
        number: u8,
    }

    #[test]
    fn segments_that_cannot_name_anything_are_not_found() {
        let segments = |chapter: &str, number: &str| {
            [("chapter".to_owned(), chapter.to_owned()), ("number".to_owned(), number.to_owned())]
        };
        let page: Page = read_segments(&segments("one", "7")).unwrap();
        assert_eq!((page.chapter.as_str(), page.number), ("one", 7));
        for (chapter, number) in [("four", "7"), ("one", "256"), ("one", "x"), ("one", "")] {
            let failure = read_segments::<Page>(&segments(chapter, number)).unwrap_err();
            assert_eq!((failure.code, failure.details.len()), (Code::NotFound, 0));
        }
    }
}
