//! Accounts.

use crate::controllers::accounts;
use crate::http::{Code, Routes};
use crate::openapi::{About, Link, Tag};

/// Mounts the routes.
pub fn mount(routes: &mut impl Routes) {
    routes.tag(Tag { name: "auth", description: "Accounts and sessions." });
    routes.post("/api/v1/auth/signup", accounts::sign_up, || {
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
}
