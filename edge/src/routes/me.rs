//! The signed-in user.

use crate::controllers::me;
use crate::http::Routes;
use crate::openapi::{About, Tag};

/// Mounts the routes.
pub fn mount(routes: &mut impl Routes) {
    routes.tag(Tag { name: "me", description: "The signed-in user." });
    routes.get("/api/v1/me", me::get, || {
        About::new("getMe", "The signed-in user").description("With the capabilities that their roles grant.")
    });
}
