//! What a client reads while the settings cannot be used.

use edge::app::misconfigured;
use shared::config::Config;

#[test]
fn the_answer_names_every_bad_setting_and_nothing_that_was_found() {
    let settings = |name: &str| match name {
        "ENVIRONMENT" => Some("production".to_owned()),
        "PUBLIC_URL" => Some("http://api.example.com".to_owned()),
        "JWT_KEYS" => Some("k1:not-a-key-but-still-nobodys-business".to_owned()),
        "LOG_LEVEL" => Some("loud".to_owned()),
        _ => None,
    };
    let failure = misconfigured(&Config::from_settings(settings).unwrap_err());
    assert_eq!((failure.code.as_str(), failure.code.status().as_u16()), ("misconfigured", 503));
    let named: Vec<_> = failure.details.iter().map(|detail| detail.field.as_str()).collect();
    let bad = ["PUBLIC_URL", "JWT_KEYS", "MAIL_API_URL", "MAIL_API_KEY", "MAIL_FROM", "LOG_LEVEL"];
    assert_eq!(named, bad);
    assert!(bad.iter().all(|name| failure.message.contains(name)), "{}", failure.message);
    let level = failure.details.last().unwrap();
    assert_eq!(level.message, "allowed: error, warn, info, debug");
    let answer = failure.into_response("request-id", false);
    let body = String::from_utf8_lossy(answer.body()).into_owned();
    assert!(
        !body.contains("loud") && !body.contains("api.example.com") && !body.contains("nobodys-business"),
        "{body}"
    );
}

#[test]
fn in_development_the_answer_says_what_was_found() {
    let settings = |name: &str| match name {
        "ENVIRONMENT" => Some("development".to_owned()),
        "LOG_LEVEL" => Some("loud".to_owned()),
        "INTERNAL_SECRET" => Some("too-short-and-still-secret".to_owned()),
        _ => None,
    };
    let failure = misconfigured(&Config::from_settings(settings).unwrap_err());
    let messages: Vec<_> = failure.details.iter().map(|detail| detail.message.as_str()).collect();
    assert!(messages.contains(&"found \"loud\", allowed: error, warn, info, debug"), "{messages:?}");
    assert!(!messages.concat().contains("still-secret"), "{messages:?}");
}
