//! The API's own description.

use std::rc::Rc;

use http::header;
use shared::auth::Public;

use crate::app::Services;
use crate::http::{Content, Result, WithHeaders as _};
use crate::openapi;

/// The OpenAPI document.
pub async fn document(_: Rc<Services>, _: Public) -> Result<Content> {
    Ok(Content::new("application/json", openapi::SERVED).header(header::CACHE_CONTROL, "public, max-age=60"))
}
