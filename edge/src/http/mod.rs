//! HTTP without a runtime: bodies, router, extractors, guards, responses.

pub mod accept;
pub mod body;
pub mod conditional;
pub mod cookies;
pub mod extract;
pub mod failure;
pub mod guard;
pub mod handler;
pub mod input;
pub mod reply;
pub mod request;
pub mod router;
pub mod seen;

pub use conditional::IfMatch;
pub use extract::{
    ExpandOf, ExportOf, Extract, FromPath, Items, Json, ListOf, Once, Path, Query, SeenOf, StatsOf, Valid,
};
pub use failure::{Code, Failure};
pub use guard::{Guard, Internal};
pub use reply::{Accepted, Content, Created, Data, File, NoContent, NoMeta, Page, Respond, WithHeaders};
pub use request::Request;
pub use router::{Router, Routes};

/// What a controller answers.
pub type Result<T, E = Failure> = std::result::Result<T, E>;

/// A response.
pub type Response = http::Response<body::Body>;
