//! The mail that greets a new user.

use crate::config::Config;
use crate::mail::escape_html;
use crate::models::user::User;
use crate::ports::Mail;

/// Renders the mail for a user.
pub fn render(config: &Config, user: &User) -> Mail {
    let (name, url) = (&user.name, &config.public_url);
    let (html_name, html_url) = (escape_html(name), escape_html(url));
    Mail {
        from: config.mail.from.clone(),
        to: user.email.clone(),
        subject: format!("Welcome, {name}"),
        html: format!(
            "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Welcome</title></head><body>\
             <h1>Welcome, {html_name}</h1><p>Your account at <a href=\"{html_url}\">{html_url}</a> is ready.</p>\
             </body></html>"
        ),
        text: format!("Welcome, {name}\n\nYour account at {url} is ready.\n"),
        headers: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{Id as _, UserId};
    use crate::time::Timestamp;

    #[test]
    fn names_cannot_break_out_of_the_html() {
        let config =
            Config::from_settings(|name| (name == "ENVIRONMENT").then(|| "development".to_owned())).unwrap();
        let id = UserId::parse("019376a1-9c3b-7aaa-8bbb-0123456789ab").unwrap();
        let name = "<img src=x onerror=\"alert('&')\">".to_owned();
        let user = User::new(id, "a@example.test".to_owned(), name, String::new(), Timestamp::from_millis(0));
        let mail = render(&config, &user);
        assert!(mail.html.contains("&lt;img src=x onerror=&quot;alert(&#39;&amp;&#39;)&quot;&gt;"));
        assert!(!mail.html.contains("<img"));
        assert!(mail.text.contains(&user.name));
    }
}
