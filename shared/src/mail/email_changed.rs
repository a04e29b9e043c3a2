//! The mail to the address that a user had before. It does not say which one they have now: the mailbox may be somebody
//! else's by then.

use crate::config::Config;
use crate::mail::letter::Letter;
use crate::models::user::User;
use crate::ports::Mail;

/// Renders the mail to the user's former address.
pub fn render(config: &Config, user: &User, former: &str) -> Mail {
    let told =
        format!("Your account at {} has another address now. This one gets no more mail.", config.app_url);
    Letter::new(config, "Your address was changed".to_owned(), &format!("Hello, {}", user.name))
        .paragraph(&told)
        .paragraph("If it was not you, answer this mail at once.")
        .to(former)
}

#[cfg(test)]
mod tests {
    use crate::mail::tests::{check, config, user};

    #[test]
    fn names_cannot_break_out_of_the_html() {
        check(&super::render(&config(), &user(), "old@example.test"), "old@example.test", None);
    }
}
