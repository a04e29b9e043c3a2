//! Mails: their texts, and the way to the provider.

pub mod email_change;
pub mod email_changed;
pub mod goodbye;
mod letter;
pub mod password_changed;
pub mod password_reset;
mod resend;
pub mod verification;
pub mod welcome;

pub use resend::ResendMailer;

/// Escapes a text for HTML content and quoted attributes.
pub fn escape_html(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            _ => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use crate::config::Config;
    use crate::ids::{Id as _, UserId};
    use crate::models::user::User;
    use crate::ports::Mail;
    use crate::time::Timestamp;

    pub(super) const NAME: &str = "<img src=x onerror=\"alert('&')\">";

    pub(super) fn config() -> Config {
        Config::from_settings(|name| (name == "ENVIRONMENT").then(|| "development".to_owned())).unwrap()
    }

    pub(super) fn user() -> User {
        let id = UserId::parse("019376a1-9c3b-7aaa-8bbb-0123456789ab").unwrap();
        let email = "ada@example.test".to_owned();
        User::new(id, email, NAME.to_owned(), String::new(), Timestamp::from_millis(0))
    }

    /// Fails unless the mail goes to the address, names its reader, whose name is no HTML, and has the link, if any.
    pub(super) fn check(mail: &Mail, to: &str, link: Option<&str>) {
        assert_eq!(mail.to, to);
        assert!(mail.text.contains(NAME), "{}", mail.text);
        assert!(mail.html.contains("&lt;img src=x onerror=&quot;alert(&#39;&amp;&#39;)&quot;&gt;"));
        assert!(!mail.html.contains("<img"), "{}", mail.html);
        assert_eq!(mail.text.contains("#token="), link.is_some());
        let Some(link) = link else { return };
        let token = link.split('=').nth(1).unwrap();
        assert!(mail.text.contains(&format!(": {link}\n")), "{}", mail.text);
        assert!(mail.text.contains(&format!("\nToken: {token}\n")), "{}", mail.text);
        assert!(mail.html.contains(&format!("<a href=\"{link}\">")), "{}", mail.html);
    }
}
