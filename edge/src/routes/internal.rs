//! What timers call, with the internal secret.

use crate::controllers::internal;
use crate::http::Router;

/// Mounts the routes.
pub fn mount(router: &mut Router) {
    router.post("/internal/tick", internal::tick);
}
