//! Health of the process and of what it depends on.

use crate::controllers::health;
use crate::http::Routes;
use crate::openapi::{About, Tag};

/// Mounts the routes.
pub fn mount(routes: &mut impl Routes) {
    routes.tag(Tag { name: "service", description: "The service itself: its health and its description." });
    routes.get("/healthz", health::live, || {
        About::new("getLiveness", "Whether the process answers")
            .description("Touches nothing that it depends on.")
    });
    routes.get("/readyz", health::ready, || {
        About::new("getReadiness", "Whether the service can do its work").description(
            "Looks at the database, its schema, the cache and the queue. A failure names what does not work.",
        )
    });
}
