//! What timers call.

use std::rc::Rc;

use http::StatusCode;
use serde_json::json;

use crate::app::Services;
use crate::http::{Internal, Reply, Result};

/// Wakes the consumer for a sweep over whatever is due.
pub async fn tick(services: Rc<Services>, _: Internal) -> Result<Reply> {
    shared::jobs::ring(services.ports(), Vec::new());
    Reply::with_meta(StatusCode::ACCEPTED, &json!({ "woken": true }), &json!({}))
}
