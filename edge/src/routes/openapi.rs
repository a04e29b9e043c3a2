//! The API's own description.

use crate::controllers::openapi;
use crate::http::Routes;
use crate::openapi::About;

/// Mounts the routes.
pub fn mount(routes: &mut impl Routes) {
    routes.get("/openapi.json", openapi::document, || {
        About::new("getOpenApi", "This document").description("The OpenAPI 3.1 document of the service.")
    });
}
