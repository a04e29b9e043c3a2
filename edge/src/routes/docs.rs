//! The API's page for people.

use crate::controllers::docs;
use crate::http::Router;

/// Mounts the routes.
pub fn mount(router: &mut Router) {
    router.get("/docs", docs::page);
    router.get("/docs/{file}", docs::file);
}
