//! Products.

use crate::controllers::products;
use crate::http::Router;

/// Mounts the routes.
pub fn mount(router: &mut Router) {
    router.get("/api/v1/products", products::list);
    router.post("/api/v1/products", products::create);
    router.get("/api/v1/products/{id}", products::get);
}
