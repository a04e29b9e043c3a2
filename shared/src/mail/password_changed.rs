//! The mail that tells a user of a change of their password.

use crate::config::Config;
use crate::mail::letter::Letter;
use crate::models::user::User;
use crate::ports::Mail;

/// Renders the mail for a user.
pub fn render(config: &Config, user: &User) -> Mail {
    let told = format!("The password of your account at {} was changed.", config.app_url);
    Letter::new(config, "Your password was changed".to_owned(), &format!("Hello, {}", user.name))
        .paragraph(&told)
        .paragraph("If it was not you, ask for a new password there at once, by \"forgot password\".")
        .to(&user.email)
}

#[cfg(test)]
mod tests {
    use crate::mail::tests::{check, config, user};

    #[test]
    fn names_cannot_break_out_of_the_html() {
        check(&super::render(&config(), &user()), "ada@example.test", None);
    }
}
