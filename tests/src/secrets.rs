//! Finds in requests, answers and mails what no log may have, for [`harness::evidence`].

use harness::evidence::secret;
use reqwest::header::HeaderMap;
use serde_json::Value;

/// Headers whose values open something.
const HEADERS: [&str; 4] = ["authorization", "cookie", "set-cookie", "ashlar-seen"];

/// Parts of the names of JSON members whose values open something.
const MEMBERS: [&str; 4] = ["password", "token", "secret", "key"];

/// What an API key begins with.
const API_KEY: &str = "ashlar_";

/// Texts in mails from this length on are tokens, unless they are ids.
const TOKEN: usize = 32;

/// Headers of a request or an answer.
pub(crate) fn note_headers(headers: &HeaderMap) {
    for name in HEADERS {
        for value in headers.get_all(name) {
            // What follows in `Set-Cookie` are attributes.
            let pairs = if name == "set-cookie" { 1 } else { usize::MAX };
            String::from_utf8_lossy(value.as_bytes()).split(';').take(pairs).for_each(note_credential);
        }
    }
}

/// The body of a request or an answer. What is no JSON has no secret that could be told from its rest.
pub(crate) fn note_body(body: &[u8]) {
    if let Ok(json) = serde_json::from_slice(body) {
        note_json("", &json);
    }
}

/// The text of a mail.
pub(crate) fn note_mail(text: &str) {
    let of_a_token = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
    text.split(|letter| !of_a_token(letter))
        .filter(|word| word.len() >= TOKEN && !is_id(word))
        .for_each(secret);
}

/// `NAME=VALUE` of a cookie, `Scheme VALUE`, or a bare value; of a JSON Web Token also what it consists of.
fn note_credential(text: &str) {
    let value = text.trim().split_once('=').map_or(text, |(_, value)| value);
    let value = value.trim().rsplit(' ').next().unwrap_or_default();
    secret(value);
    value.split('.').skip(1).filter(|part| part.len() >= TOKEN).for_each(secret);
}

fn note_json(name: &str, json: &Value) {
    match json {
        Value::Object(members) => members.iter().for_each(|(name, value)| note_json(name, value)),
        Value::Array(items) => items.iter().for_each(|item| note_json(name, item)),
        Value::String(text) if text.starts_with(API_KEY) => {
            secret(text);
            // Not without its beginning either.
            text.get(API_KEY.len()..).filter(|rest| rest.len() >= TOKEN).into_iter().for_each(secret);
        }
        Value::String(text) if MEMBERS.iter().any(|part| name.contains(part)) || is_address(text) => {
            secret(text.trim());
        }
        _ => {}
    }
}

fn is_address(text: &str) -> bool {
    text.contains('@') && !text.trim().contains(char::is_whitespace)
}

fn is_id(word: &str) -> bool {
    word.len() == 36 && word.split('-').map(str::len).eq([8, 4, 4, 4, 12])
}
