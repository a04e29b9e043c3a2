//! Products.

use crate::controllers::products;
use crate::http::{Code, Routes};
use crate::openapi::{About, Tag};

/// Mounts the routes.
pub fn mount(routes: &mut impl Routes) {
    routes.tag(Tag { name: "products", description: "What the shop sells." });
    routes.get("/api/v1/products", products::list, || {
        About::new("listProducts", "List products")
            .description(
                "A page may be up to ten seconds old, but never older than the client's own writes. `q` searches names and \
                 descriptions.",
            )
            .with_headers(&["cache-status"])
    });
    routes.post("/api/v1/products", products::create, || {
        About::new("createProduct", "Add a product")
            .description("It is a draft unless `status` says otherwise.")
            .with_headers(&["etag", "ashlar-seen", "set-cookie"])
    });
    routes.get("/api/v1/products/stats", products::stats, || {
        About::new("productStats", "Figures of products")
            .description(
                "How many products each category or status has, and their least, greatest and average price, as it is now: those \
                 with the most products first, at most 1,000.",
            )
            .with_headers(&["etag"])
            .fails_with(&[Code::QueryTooBroad])
    });
    routes.get("/api/v1/products/{id}", products::get, || {
        About::new("getProduct", "One product")
            .description("It may be up to five seconds old, but never older than the client's own writes. `etag` says its version.")
            .with_headers(&["etag", "cache-status"])
    });
    routes.patch("/api/v1/products/{id}", products::update, || {
        About::new("updateProduct", "Change a product")
            .description("Members that are absent stay as they are; the version is raised.")
            .with_headers(&["etag", "ashlar-seen", "set-cookie"])
    });
    routes.delete("/api/v1/products/{id}", products::delete, || {
        About::new("deleteProduct", "Delete a product")
            .description("It is gone for good.")
            .with_headers(&["ashlar-seen", "set-cookie"])
    });
}
