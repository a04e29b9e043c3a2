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
    email(routes);
    password(routes);
}

fn email(routes: &mut impl Routes) {
    routes.post("/api/v1/auth/verify-email", accounts::verify_email, || {
        About::new("verifyEmail", "Verify an address")
            .description(
                "By the token from the mail to it, which works once, for 24 hours. When the mail went to another address that \
                 the user wants, that is theirs from now on, and the one of before is told.",
            )
            .fails_with(&[Code::InvalidToken, Code::AlreadyExists])
    });
    routes.post("/api/v1/auth/resend-verification", accounts::resend_verification, || {
        About::new("resendVerification", "Ask for another mail to verify an address").description(
            "The answer is the same whether the address has an account, which is verified already, or none.",
        )
    });
    routes.post("/api/v1/auth/change-email", accounts::change_email, || {
        About::new("changeEmail", "Ask for another address")
            .description(
                "A mail with a token goes to the other address, for `POST /auth/verify-email`. When somebody has it already no \
                 mail goes out, and the answer is the same.",
            )
            .fails_with(&[Code::WrongPassword])
    });
}

fn password(routes: &mut impl Routes) {
    routes.post("/api/v1/auth/forgot-password", accounts::forgot_password, || {
        About::new("forgotPassword", "Ask for a mail to set a password anew")
            .description("The answer is the same whether the address has an account or not.")
    });
    routes.post("/api/v1/auth/reset-password", accounts::reset_password, || {
        About::new("resetPassword", "Set a password anew")
            .description(
                "By the token from the mail, which works once, for 45 minutes, unless a newer one was asked for. Ends all \
                 sessions and revokes all API keys of the user, whose address counts as verified; a mail tells them.",
            )
            .fails_with(&[Code::InvalidToken])
    });
    routes.post("/api/v1/auth/change-password", accounts::change_password, || {
        About::new("changePassword", "Change the password")
            .description(
                "Ends all sessions of the user, whom a mail tells, and opens another one: as a login does, it sets access token \
                 and refresh token as cookies, or has them in `meta` with `\"tokens\": \"body\"`. The tokens of before do not \
                 work any more.",
            )
            .with_headers(&["set-cookie"])
            .fails_with(&[Code::WrongPassword])
    });
}
