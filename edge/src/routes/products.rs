//! Products.

use crate::controllers::products;
use crate::http::{Code, Routes};
use crate::openapi::{About, Tag};

/// Mounts the routes.
pub fn mount(routes: &mut impl Routes) {
    routes.tag(Tag { name: "products", description: "What the shop sells." });
    routes.get("/api/v1/products", products::list, || {
        About::new("listProducts", "List products")
            .description("A page may be up to ten seconds old, but never older than the client's own writes.")
            .with_headers(&["cache-status"])
    });
    routes.post("/api/v1/products", products::create, || {
        About::new("createProduct", "Add a product")
            .description("It is a draft unless `status` says otherwise.")
            .with_headers(&["etag", "ashlar-seen", "set-cookie"])
    });
    routes.get("/api/v1/products/{id}", products::get, || {
        About::new("getProduct", "One product")
            .description("`etag` says its version.")
            .with_headers(&["etag"])
    });
    routes.patch("/api/v1/products/{id}", products::update, || {
        About::new("updateProduct", "Change a product")
            .description("Members that are absent stay as they are; the version is raised.")
            .with_headers(&["etag", "ashlar-seen", "set-cookie"])
    });
    routes.delete("/api/v1/products/{id}", products::delete, || {
        About::new("deleteProduct", "Delete a product")
            .description("It can be restored for a time, by default 30 days.")
            .with_headers(&["ashlar-seen", "set-cookie"])
    });
    deleted(routes);
}

/// What becomes of deleted products.
fn deleted(routes: &mut impl Routes) {
    routes.get("/api/v1/products/deleted", products::list_deleted, || {
        About::new("listDeletedProducts", "List deleted products")
            .description("Those that can still be restored, the last deleted first. Never cached.")
    });
    routes.post("/api/v1/products/{id}/restore", products::restore, || {
        About::new("restoreProduct", "Restore a deleted product")
            .description("It is as it was, at the version after its last.")
            .with_headers(&["etag", "ashlar-seen", "set-cookie"])
            .fails_with(&[Code::AlreadyExists])
    });
    routes.delete("/api/v1/products/deleted/{id}", products::purge, || {
        About::new("purgeProduct", "Delete a product for good")
            .description("One that was deleted before. It cannot be restored then.")
    });
}
