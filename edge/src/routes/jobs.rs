//! Background jobs.

use crate::controllers::jobs;
use crate::http::Router;

/// Mounts the routes.
pub fn mount(router: &mut Router) {
    router.get("/api/v1/jobs/{id}", jobs::get);
}
