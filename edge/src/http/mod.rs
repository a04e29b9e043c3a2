//! HTTP without a runtime: bodies, router, extractors, guards, responses.

pub mod body;
pub mod cookies;
pub mod extract;
pub mod failure;
pub mod guard;
pub mod handler;
pub mod input;
pub mod reply;
pub mod request;
pub mod router;

pub use extract::{Extract, FromPath, Json, ListOf, Path, Query, SeenProducts, Valid};
pub use failure::{Code, Failure};
pub use guard::{Guard, Internal};
pub use reply::Reply;
pub use request::Request;
pub use router::Router;

/// What a controller answers.
pub type Result<T, E = Failure> = std::result::Result<T, E>;

/// A response with its whole body.
pub type Response = http::Response<bytes::Bytes>;
