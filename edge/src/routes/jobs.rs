//! Background jobs.

use crate::controllers::jobs;
use crate::http::Routes;
use crate::openapi::{About, Tag};

/// Mounts the routes.
pub fn mount(routes: &mut impl Routes) {
    routes.tag(Tag { name: "jobs", description: "Background work and what came of it." });
    routes.get("/api/v1/jobs/{id}", jobs::get, || {
        About::new("getJob", "One job").description("One's own, or any with the capability `read_jobs`.")
    });
}
