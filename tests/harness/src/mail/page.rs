//! The page that shows mails to people.

use std::fmt::Write as _;

use super::store::Message;

/// The newest mails that the page shows; `GET /messages` has them all.
const SHOWN: usize = 100;

const HEAD: &str = r#"<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="content-security-policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<title>Mail sink</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 50rem; margin: 2rem auto; padding: 0 1rem; color-scheme: light dark }
details { border: 1px solid #8888; border-radius: 4px; margin: .5rem 0; padding: .5rem 1rem }
summary { cursor: pointer }
small { opacity: .7 }
iframe { width: 100%; height: 24rem; border: 1px solid #8888; background: #fff; margin-top: .5rem }
pre { white-space: pre-wrap }
</style>
<h1>Mail sink</h1>
"#;

/// All mails, newest first. HTML parts run in frames without scripts; their links open in a new tab.
pub(super) fn render(messages: &[Message]) -> String {
    let mut html = String::from(HEAD);
    // Writing to a String cannot fail, here and below.
    let _ = writeln!(
        html,
        "<p>{} mails; nothing here was sent to anybody. As JSON: <a href=\"/messages\">/messages</a></p>",
        messages.len()
    );
    for message in messages.iter().rev().take(SHOWN) {
        render_message(&mut html, message);
    }
    html
}

fn render_message(html: &mut String, message: &Message) {
    let _ = writeln!(
        html,
        "<details><summary><strong>{}</strong> to {} <small>{}</small></summary>\n<p><small>From {}</small></p>",
        escape(&message.subject),
        escape(&message.to.join(", ")),
        escape(&message.created_at),
        escape(&message.from),
    );
    for (name, value) in &message.headers {
        let value = value.as_str().unwrap_or_default();
        let _ = writeln!(html, "<div><small>{}: {}</small></div>", escape(name), escape(value));
    }
    if let Some(text) = &message.text {
        let _ = writeln!(html, "<pre>{}</pre>", escape(text));
    }
    if let Some(part) = &message.html {
        let document = format!("<base target=\"_blank\">{part}");
        let _ = writeln!(
            html,
            "<iframe title=\"HTML part\" sandbox=\"allow-popups allow-popups-to-escape-sandbox\" srcdoc=\"{}\"></iframe>",
            escape(&document)
        );
    }
    html.push_str("</details>\n");
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
