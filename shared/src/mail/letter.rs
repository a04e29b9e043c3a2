//! What all mails have in common: a heading, paragraphs, perhaps a link, as text and as HTML.

use crate::config::Config;
use crate::mail::escape_html;
use crate::ports::Mail;

/// A page of the front end that links in mails lead to, with the token in the fragment: no server sees it there and no
/// `Referer` carries it. The page reads it and sends it to the API with a click, so that whoever only follows links, as
/// scanners of mail do, uses nothing up.
#[derive(Debug, Clone, Copy)]
pub(super) enum Page {
    /// Sends the token to `POST /auth/verify-email`.
    VerifyEmail,
    /// Asks for a password and sends it with the token to `POST /auth/reset-password`.
    ResetPassword,
}

impl Page {
    fn path(self) -> &'static str {
        match self {
            Self::VerifyEmail => "/verify-email",
            Self::ResetPassword => "/reset-password",
        }
    }
}

/// A mail under construction. All texts are plain; they are escaped here.
pub(super) struct Letter<'a> {
    config: &'a Config,
    subject: String,
    html: String,
    text: String,
}

impl<'a> Letter<'a> {
    /// A mail with a heading.
    pub(super) fn new(config: &'a Config, subject: String, heading: &str) -> Self {
        Self {
            config,
            html: format!("<h1>{}</h1>", escape_html(heading)),
            text: format!("{heading}\n"),
            subject,
        }
    }

    /// Adds a paragraph.
    pub(super) fn paragraph(mut self, text: &str) -> Self {
        let html = format!("<p>{}</p>", escape_html(text));
        self.add(&html, &format!("\n{text}\n"));
        self
    }

    /// Adds a link with a token. The text has the token by itself, too, for those who talk to the API.
    pub(super) fn link(mut self, words: &str, page: Page, token: &str) -> Self {
        let url = format!("{}{}#token={token}", self.config.app_url, page.path());
        let html = format!("<p><a href=\"{}\">{}</a></p>", escape_html(&url), escape_html(words));
        self.add(&html, &format!("\n{words}: {url}\n\nToken: {token}\n"));
        self
    }

    fn add(&mut self, html: &str, text: &str) {
        self.html.push_str(html);
        self.text.push_str(text);
    }

    /// The mail.
    pub(super) fn to(self, address: &str) -> Mail {
        let title = escape_html(&self.subject);
        Mail {
            from: self.config.mail.from.clone(),
            to: address.to_owned(),
            html: format!(
                "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title></head><body>{}\
                 </body></html>",
                self.html
            ),
            subject: self.subject,
            text: self.text,
            headers: Vec::new(),
        }
    }
}
