//! The mail that has a user verify their address, when they asked for another one.

use crate::config::Config;
use crate::mail::letter::{Letter, Page};
use crate::models::user::User;
use crate::ports::Mail;

/// Renders the mail for a user.
pub fn render(config: &Config, user: &User, token: &str) -> Mail {
    Letter::new(config, "Verify your address".to_owned(), &format!("Hello, {}", user.name))
        .paragraph("Please show us that this mail has reached you. The link works for 24 hours.")
        .link("Verify your address", Page::VerifyEmail, token)
        .paragraph("If you did not ask for this mail, there is nothing to do.")
        .to(&user.email)
}

#[cfg(test)]
mod tests {
    use crate::mail::tests::{check, config, user};

    #[test]
    fn names_cannot_break_out_of_the_html() {
        let mail = super::render(&config(), &user(), "the-token");
        check(&mail, "ada@example.test", Some("http://localhost:8787/verify-email#token=the-token"));
    }
}
