//! The mail that greets a new user and has them verify their address.

use crate::config::Config;
use crate::mail::letter::{Letter, Page};
use crate::models::user::User;
use crate::ports::Mail;

/// Renders the mail for a user.
pub fn render(config: &Config, user: &User, token: &str) -> Mail {
    let heading = format!("Welcome, {}", user.name);
    Letter::new(config, heading.clone(), &heading)
        .paragraph(&format!("Your account at {} is ready.", config.app_url))
        .paragraph("Please show us that this mail has reached you. The link works for 24 hours.")
        .link("Verify your address", Page::VerifyEmail, token)
        .to(&user.email)
}

#[cfg(test)]
mod tests {
    use crate::mail::tests::{NAME, check, config, user};

    #[test]
    fn names_cannot_break_out_of_the_html() {
        let mail = super::render(&config(), &user(), "the-token");
        check(&mail, "ada@example.test", Some("http://localhost:8787/verify-email#token=the-token"));
        assert_eq!(mail.subject, format!("Welcome, {NAME}"));
    }
}
