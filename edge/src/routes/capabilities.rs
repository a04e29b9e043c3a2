//! Capabilities.

use crate::controllers::capabilities;
use crate::http::Routes;
use crate::openapi::{About, Tag};

/// Mounts the routes.
pub fn mount(routes: &mut impl Routes) {
    routes.tag(Tag {
        name: "access",
        description: "Who may do what: capabilities, users, roles, and the audit log.",
    });
    routes.get("/api/v1/me/capabilities", capabilities::mine, || {
        About::new("listMyCapabilities", "What the caller may do")
            .description("As of this request: a change of roles holds from the next one on. With an API key, only what the key is for.")
    });
    routes.get("/api/v1/capabilities", capabilities::list, || {
        About::new("listCapabilities", "All that roles can allow").description("A closed list.")
    });
}
