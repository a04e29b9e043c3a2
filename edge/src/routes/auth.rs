//! Signing up, in and out.

use crate::controllers::auth;
use crate::http::{Code, Routes};
use crate::openapi::{About, Link, Tag};

/// Mounts the routes.
pub fn mount(routes: &mut impl Routes) {
    routes.tag(Tag { name: "auth", description: "Accounts and sessions." });
    routes.post("/api/v1/auth/signup", auth::sign_up, || {
        About::new("signUp", "Make an account")
            .description("The mail that greets the new user is a background job, which `meta.job_id` names.")
            .fails_with(&[Code::AlreadyExists])
            .leads_to(&[Link {
                operation: "getJob",
                parameter: "id",
                value: "$response.body#/meta/job_id",
                description: "Whether the mail has been sent.",
            }])
    });
    routes.post("/api/v1/auth/login", auth::sign_in, || {
        About::new("signIn", "Open a session")
            .description(
                "Sets the access token as an HttpOnly cookie. An account admits a few wrong passwords in a quarter of an \
                 hour from each client, and some more from all of them together.",
            )
            .with_headers(&["set-cookie"])
            .fails_with(&[Code::WrongCredentials])
    });
    routes.post("/api/v1/auth/logout", auth::sign_out, || {
        About::new("signOut", "End the session")
            .description("Removes the cookie. The token does not work any more.")
            .with_headers(&["set-cookie"])
    });
}
