//! Signing in and out.

use crate::controllers::sessions;
use crate::http::{Code, Routes};
use crate::openapi::About;

/// Mounts the routes; the tag is that of accounts.
pub fn mount(routes: &mut impl Routes) {
    routes.post("/api/v1/auth/login", sessions::sign_in, || {
        About::new("signIn", "Open a session")
            .description(
                "Sets the access token as an HttpOnly cookie. An account admits a few wrong passwords in a quarter of an \
                 hour from each client, and some more from all of them together. A service may be set to let in only users \
                 whose address is verified.",
            )
            .with_headers(&["set-cookie"])
            .fails_with(&[Code::WrongCredentials, Code::EmailNotVerified])
    });
    routes.post("/api/v1/auth/logout", sessions::sign_out, || {
        About::new("signOut", "End the session")
            .description("Removes the cookie. The token does not work any more.")
            .with_headers(&["set-cookie"])
    });
}
