//! Signing up, in and out.

use crate::controllers::auth;
use crate::http::Router;

/// Mounts the routes.
pub fn mount(router: &mut Router) {
    router.post("/api/v1/auth/signup", auth::sign_up);
    router.post("/api/v1/auth/login", auth::sign_in);
    router.post("/api/v1/auth/logout", auth::sign_out);
}
