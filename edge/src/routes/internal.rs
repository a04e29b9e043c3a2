//! What timers call, with the internal secret.

use crate::controllers::internal;
use crate::http::Routes;
use crate::openapi::{About, Tag};

/// Mounts the routes.
pub fn mount(routes: &mut impl Routes) {
    routes.tag(Tag { name: "internal", description: "For timers of the operators." });
    routes.post("/internal/tick", internal::tick, || {
        About::new("tick", "Wake the consumer").description(
            "It looks for jobs that are due. Without the setting `INTERNAL_SECRET` the path does not exist.",
        )
    });
}
