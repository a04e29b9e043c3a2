//! The signed-in user.

use crate::controllers::me;
use crate::http::{Code, Routes};
use crate::openapi::{About, Tag};

/// Mounts the routes.
pub fn mount(routes: &mut impl Routes) {
    routes.tag(Tag { name: "me", description: "The signed-in user." });
    routes.get("/api/v1/me", me::get, || {
        About::new("getMe", "The signed-in user")
            .description("With the capabilities that their roles grant. `etag` says the version.")
            .with_headers(&["etag"])
    });
    routes.patch("/api/v1/me", me::update, || {
        About::new("updateMe", "Change the signed-in user")
            .description("Members that are absent stay as they are; the version is raised.")
            .with_headers(&["etag"])
    });
    routes.delete("/api/v1/me", me::delete, || {
        About::new("deleteMe", "Delete the account")
            .description(
                "It is gone for good, with its sessions and everything that is the user's; a mail says goodbye. The last \
                 administrator stays.",
            )
            .with_headers(&["ashlar-seen", "set-cookie"])
            .fails_with(&[Code::WrongPassword, Code::LastAdministrator])
    });
}
