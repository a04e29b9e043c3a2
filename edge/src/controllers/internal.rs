//! What timers call.

use std::rc::Rc;

use shared::models::job::WokenView;

use crate::app::Services;
use crate::http::{Accepted, Internal, Result};

/// Wakes the consumer for a sweep over whatever is due.
pub async fn tick(services: Rc<Services>, _: Internal) -> Result<Accepted<WokenView>> {
    shared::jobs::ring(services.ports(), Vec::new());
    Accepted::new(&WokenView { woken: true })
}
