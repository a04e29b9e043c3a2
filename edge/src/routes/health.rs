//! Health of the process and of what it depends on.

use crate::controllers::health;
use crate::http::Router;

/// Mounts the routes.
pub fn mount(router: &mut Router) {
    router.get("/healthz", health::live);
    router.get("/readyz", health::ready);
}
