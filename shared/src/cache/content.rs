//! What is kept: a finished body, and the headers that belong to it.

use std::hash::{DefaultHasher, Hasher as _};

use bytes::Bytes;
use http::header::{self, HeaderName, HeaderValue};
use serde::Serialize;

use crate::error::{Error, Result};

/// A body in the success envelope, with its entity tag and whatever other headers belong to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// `{"success":true,"data":…,"meta":…}`
    pub body: Bytes,
    /// The tag and the others.
    pub headers: Vec<(HeaderName, HeaderValue)>,
}

impl Content {
    /// A list, or another document without a version, from its body. Its tag is a digest of it, and a weak one: it tells
    /// whether the list is another, and stays true when somebody on the way compresses it.
    pub fn of_body(body: String) -> Self {
        let mut hasher = DefaultHasher::new();
        hasher.write(body.as_bytes());
        let content = Self { body: body.into(), headers: Vec::with_capacity(2) };
        content.with(header::ETAG, &format!("W/\"{:016x}\"", hasher.finish()))
    }

    /// An entity, with its version as a strong tag: the one that `If-Match` of a change compares with.
    ///
    /// # Errors
    /// Only when the view cannot be serialised, which is a mistake of ours.
    pub fn of_entity<V: Serialize>(view: &V, version: i64) -> Result<Self> {
        Ok(Self::of_view(view)?.with(header::ETAG, &format!("\"{version}\"")))
    }

    /// An entity beside what does not count into its version. The tag has the version for `If-Match` and a digest of the rest
    /// for `If-None-Match`.
    ///
    /// # Errors
    /// As those of [`Content::of_entity`].
    pub fn of_entity_and<V: Serialize>(view: &V, version: i64, rest: &str) -> Result<Self> {
        let mut hasher = DefaultHasher::new();
        hasher.write(rest.as_bytes());
        Ok(Self::of_view(view)?.with(header::ETAG, &format!("\"{version}.{:x}\"", hasher.finish())))
    }

    fn of_view<V: Serialize>(view: &V) -> Result<Self> {
        let data = serde_json::to_string(view).map_err(Error::internal)?;
        let body = format!("{{\"success\":true,\"data\":{data},\"meta\":{{}}}}");
        Ok(Self { body: body.into(), headers: Vec::new() })
    }

    /// Adds a header; a value that no header can carry is left out.
    #[must_use]
    pub fn with(mut self, name: HeaderName, value: &str) -> Self {
        self.headers.extend(HeaderValue::from_str(value).ok().map(|value| (name, value)));
        self
    }

    /// About how many bytes of memory it holds.
    pub(super) fn weight(&self) -> usize {
        const EACH: usize = 64;
        self.headers.iter().fold(self.body.len(), |sum, (_, value)| sum + EACH + value.len())
    }
}

/// What the database answered: the resource's generation, read together with the content; no content when there is no such
/// thing.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The generation.
    pub generation: u64,
    /// The content.
    pub content: Option<Content>,
}
