//! The administration of users; the tag is that of capabilities.

use crate::controllers::users;
use crate::http::{Code, Routes};
use crate::openapi::About;

/// Mounts the routes.
pub fn mount(routes: &mut impl Routes) {
    routes.get("/api/v1/users", users::list, || {
        About::new("listUsers", "List users").description("Never cached.")
    });
    routes.get("/api/v1/users/{id}", users::get, || {
        About::new("getUser", "One user")
            .description("With the ids of their roles; `etag` says their version.")
            .with_headers(&["etag"])
    });
    routes.patch("/api/v1/users/{id}", users::update, || {
        About::new("updateUser", "Change, lock or unlock a user")
            .description(
                "Members that are absent stay as they are. Locking ends all sessions of the user with their next request; \
                 signing in fails as with a wrong password, and their API keys rest. Nobody can do it to somebody who \
                 may do more than they may, nor to the last administrator.",
            )
            .with_headers(&["etag"])
            .fails_with(&[Code::BeyondOwn, Code::LastAdministrator])
    });
    routes.delete("/api/v1/users/{id}", users::delete, || {
        About::new("deleteUser", "Delete a user")
            .description("They are gone for good, with their sessions and keys. The same users are protected as from being locked.")
            .with_headers(&["ashlar-seen", "set-cookie"])
            .fails_with(&[Code::BeyondOwn, Code::LastAdministrator])
    });
    routes.put("/api/v1/users/{id}/roles", users::set_roles, || {
        About::new("setUserRoles", "Give and take roles")
            .description(
                "The user has exactly these roles afterwards, from their next request on. Nobody can give or take a role that \
                 allows what they may not do, nor take one from somebody who may do more than they may. `etag` says \
                 the user's version.",
            )
            .with_headers(&["etag"])
            .fails_with(&[Code::BeyondOwn, Code::LastAdministrator])
    });
}
