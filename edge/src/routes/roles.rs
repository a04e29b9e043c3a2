//! Roles; the tag is that of capabilities.

use crate::controllers::roles;
use crate::http::{Code, Routes};
use crate::openapi::About;

/// Mounts the routes.
pub fn mount(routes: &mut impl Routes) {
    routes.get("/api/v1/roles", roles::list, || {
        About::new("listRoles", "List roles")
            .description("Roles are named sets of capabilities. Never cached.")
    });
    routes.post("/api/v1/roles", roles::create, || {
        About::new("createRole", "Make a role")
            .description("It can allow only what its maker may do.")
            .with_headers(&["etag"])
            .fails_with(&[Code::AlreadyExists, Code::BeyondOwn])
    });
    routes.get("/api/v1/roles/{id}", roles::get, || {
        About::new("getRole", "One role").description("`etag` says its version.").with_headers(&["etag"])
    });
    routes.patch("/api/v1/roles/{id}", roles::update, || {
        About::new("updateRole", "Change a role")
            .description(
                "Members that are absent stay as they are. It holds for the role's users from their next request on. Only \
                 who may do all that the role allows, before and after, can change it; and nobody takes something from \
                 somebody who may do more than they may.",
            )
            .with_headers(&["etag"])
            .fails_with(&[Code::AlreadyExists, Code::BeyondOwn, Code::BuiltIn])
    });
    routes.delete("/api/v1/roles/{id}", roles::delete, || {
        About::new("deleteRole", "Delete a role")
            .description("It is taken from its users, who lose what it allowed with their next request.")
            .fails_with(&[Code::BeyondOwn, Code::BuiltIn])
    });
}
