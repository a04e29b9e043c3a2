//! Sample items.

use crate::controllers::sample_items;
use crate::http::Routes;
use crate::openapi::{About, Tag};

/// Mounts the routes.
pub fn mount(routes: &mut impl Routes) {
    routes.tag(Tag { name: "sample-items", description: "Sample items." });
    routes.get("/api/v1/sample-items", sample_items::list, || {
        About::new("listSampleItems", "List sample items")
            .description("A page may be up to ten seconds old, but never older than the client's own writes.")
            .with_headers(&["cache-status"])
    });
    routes.post("/api/v1/sample-items", sample_items::create, || {
        About::new("createSampleItem", "Add a sample item")
            .description("It is a draft unless `status` says otherwise.")
            .with_headers(&["etag", "ashlar-seen", "set-cookie"])
    });
    routes.get("/api/v1/sample-items/{id}", sample_items::get, || {
        About::new("getSampleItem", "One sample item")
            .description("It may be up to five seconds old, but never older than the client's own writes. `etag` says its version.")
            .with_headers(&["etag", "cache-status"])
    });
    routes.patch("/api/v1/sample-items/{id}", sample_items::update, || {
        About::new("updateSampleItem", "Change a sample item")
            .description("Members that are absent stay as they are; the version is raised.")
            .with_headers(&["etag", "ashlar-seen", "set-cookie"])
    });
    routes.delete("/api/v1/sample-items/{id}", sample_items::delete, || {
        About::new("deleteSampleItem", "Delete a sample item")
            .description("It is gone for good.")
            .with_headers(&["ashlar-seen", "set-cookie"])
    });
}
