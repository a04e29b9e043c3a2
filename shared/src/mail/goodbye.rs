//! The last mail: the account is gone.

use crate::config::Config;
use crate::mail::letter::Letter;
use crate::ports::Mail;

/// Renders the mail to somebody who had an account.
pub fn render(config: &Config, email: &str, name: &str) -> Mail {
    let told = format!("Your account at {} was deleted, with everything in it.", config.app_url);
    Letter::new(config, "Your account was deleted".to_owned(), &format!("Goodbye, {name}"))
        .paragraph(&told)
        .to(email)
}

#[cfg(test)]
mod tests {
    use crate::mail::tests::{NAME, check, config};

    #[test]
    fn names_cannot_break_out_of_the_html() {
        check(&super::render(&config(), "ada@example.test", NAME), "ada@example.test", None);
    }
}
