//! The mail to the address that a user wants to have.

use crate::config::Config;
use crate::mail::letter::{Letter, Page};
use crate::models::user::User;
use crate::ports::Mail;

/// Renders the mail to the user's other address.
pub fn render(config: &Config, user: &User, email: &str, token: &str) -> Mail {
    let told = format!("You want this to be the address of your account at {}.", config.app_url);
    Letter::new(config, "Confirm your new address".to_owned(), &format!("Hello, {}", user.name))
        .paragraph(&told)
        .paragraph("Please show us that this mail has reached you. The link works for 24 hours.")
        .link("Confirm your new address", Page::VerifyEmail, token)
        .paragraph("If you do not know of this, there is nothing to do.")
        .to(email)
}

#[cfg(test)]
mod tests {
    use crate::mail::tests::{check, config, user};

    #[test]
    fn names_cannot_break_out_of_the_html() {
        let mail = super::render(&config(), &user(), "new@example.test", "the-token");
        check(&mail, "new@example.test", Some("http://localhost:8787/verify-email#token=the-token"));
    }
}
