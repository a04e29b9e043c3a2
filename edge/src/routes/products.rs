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
    routes.get("/api/v1/products/export", products::export, || {
        About::new("exportProducts", "Products as a file")
            .description(
                "All that meet the conditions, in the order of their ids, as CSV (RFC 4180) or as lines of JSON. In CSV, texts that a \
                 spreadsheet would take for formulas have an apostrophe in front. A file that cannot be finished breaks off: \
                 the transfer ends with an error.",
            )
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
            .description("It can be restored for a time, by default 30 days.")
            .with_headers(&["ashlar-seen", "set-cookie"])
    });
    bulk(routes);
    deleted(routes);
}

/// Many at once.
fn bulk(routes: &mut impl Routes) {
    routes.post("/api/v1/products/bulk", products::create_all, || {
        About::new("createProducts", "Add many products")
            .description(
                "Up to 1,000 in one transaction. By default all are added or none; with `\"atomic\": false` those that break no rule.",
            )
            .with_headers(&["ashlar-seen", "set-cookie"])
    });
    routes.patch("/api/v1/products/bulk", products::update_all, || {
        About::new("updateProducts", "Change many products")
            .description(
                "Up to 1,000 in one transaction, each if it is at the `version` that its item says. By default all are changed or \
                 none; with `\"atomic\": false` those that can be.",
            )
            .with_headers(&["ashlar-seen", "set-cookie"])
    });
    routes.delete("/api/v1/products/bulk", products::delete_all, || {
        About::new("deleteProducts", "Delete many products")
            .description(
                "Up to 1,000 in one transaction, each if it is at the `version` that its item says. By default all are deleted or \
                 none; with `\"atomic\": false` those that can be. They can be restored one by one.",
            )
            .with_headers(&["ashlar-seen", "set-cookie"])
    });
}

/// What becomes of deleted products.
fn deleted(routes: &mut impl Routes) {
    routes.get("/api/v1/products/deleted", products::list_deleted, || {
        About::new("listDeletedProducts", "List deleted products")
            .description("Those that can still be restored, the last deleted first. Never cached.")
    });
    routes.post("/api/v1/products/deleted/{id}/restore", products::restore, || {
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
