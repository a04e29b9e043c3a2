//! The signed-in user.

use crate::controllers::me;
use crate::http::Router;

/// Mounts the routes.
pub fn mount(router: &mut Router) {
    router.get("/api/v1/me", me::get);
}
