//! The OpenAPI 3.1 document, made from the route table, the controllers' types and the models.
//!
//! [`document`] runs in `cargo xtask generate`, which writes `edge/assets/openapi.json`; the application serves that
//! file. In the Wasm is only the file: nothing there calls the functions that describe.

mod about;
mod caching;
mod catalogue;
mod document;
mod errors;
mod limits;
mod lists;
mod markdown;
mod operation;
mod schemas;
mod search;

pub use about::{About, Link, Tag};
pub use caching::caching_markdown;
pub use document::{Document, document, text};
pub use limits::limits_markdown;
pub use markdown::{errors_markdown, route_table};
pub use operation::{Operation, Security};

/// The document as it is served.
pub const SERVED: &str = include_str!("../../assets/openapi.json");
