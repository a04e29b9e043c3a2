//! The API's own description.

use std::rc::Rc;

use shared::auth::Public;

use crate::app::Services;
use crate::http::{Content, Result, WithHeaders as _};
use crate::middleware::caching::A_MINUTE;
use crate::openapi;

/// The OpenAPI document.
pub async fn document(_: Rc<Services>, _: Public) -> Result<Content> {
    Ok(Content::new("application/json", openapi::SERVED).caching(A_MINUTE))
}
