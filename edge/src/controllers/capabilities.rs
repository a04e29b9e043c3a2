//! Capabilities: which there are, and which the caller holds.

use std::rc::Rc;

use shared::auth::{Authenticated, Capabilities};
use shared::models::capability::CapabilityView;

use crate::app::Services;
use crate::http::{Data, Result};

/// What the caller may do.
pub async fn mine(_: Rc<Services>, who: Authenticated) -> Result<Data<Vec<CapabilityView>>> {
    Data::new(&CapabilityView::of(who.user().capabilities))
}

/// All that roles can allow.
pub async fn list(_: Rc<Services>, _: Authenticated) -> Result<Data<Vec<CapabilityView>>> {
    Data::new(&CapabilityView::of(Capabilities::EVERY))
}
