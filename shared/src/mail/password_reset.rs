//! The mail with which a user who has forgotten their password sets another one.

use crate::config::Config;
use crate::mail::letter::{Letter, Page};
use crate::models::user::User;
use crate::ports::Mail;

/// Renders the mail for a user.
pub fn render(config: &Config, user: &User, token: &str) -> Mail {
    Letter::new(config, "Set a new password".to_owned(), &format!("Hello, {}", user.name))
        .paragraph(
            "Somebody, we hope you, asked to set a new password for your account. The link works once, for 45 minutes.",
        )
        .link("Set a new password", Page::ResetPassword, token)
        .paragraph("If it was not you, there is nothing to do: your password stays as it is.")
        .to(&user.email)
}

#[cfg(test)]
mod tests {
    use crate::mail::tests::{check, config, user};

    #[test]
    fn names_cannot_break_out_of_the_html() {
        let mail = super::render(&config(), &user(), "the-token");
        check(&mail, "ada@example.test", Some("http://localhost:8787/reset-password#token=the-token"));
    }
}
