use super::*;

const KEY: &str = "k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

fn read(pairs: &[(&str, &str)]) -> Result<Config, ConfigError> {
    Config::from_settings(|name| {
        pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
    })
}

fn production(more: &[(&'static str, &'static str)]) -> Result<Config, ConfigError> {
    let mut pairs = vec![
        ("PUBLIC_URL", "https://api.example.com/"),
        ("JWT_KEYS", KEY),
        ("MAIL_API_URL", "https://mail.example.com"),
        ("MAIL_API_KEY", "key"),
        ("MAIL_FROM", "Shop <shop@example.com>"),
    ];
    pairs.retain(|(name, _)| more.iter().all(|(other, _)| other != name));
    pairs.extend_from_slice(more);
    read(&pairs)
}

#[test]
fn development_needs_no_settings() {
    let config = read(&[("ENVIRONMENT", "development")]).unwrap();
    assert_eq!(config.environment, Environment::Development);
    assert_eq!(config.login_quota.limit, 5);
}

#[test]
fn production_is_the_default_and_needs_its_secrets() {
    assert_eq!(read(&[]).unwrap_err().name, "PUBLIC_URL");
    assert_eq!(production(&[]).unwrap().public_url, "https://api.example.com");
}

#[test]
fn bad_settings_are_named_with_what_is_allowed() {
    let cases = [
        ("ENVIRONMENT", "staging", "development, production"),
        ("PUBLIC_URL", "api.example.com", "https://"),
        ("PUBLIC_URL", "http://api.example.com", "https only"),
        ("ALLOWED_ORIGINS", "https://a.example/path", "without a path"),
        ("JWT_KEYS", "k1:c2hvcnQ", "32 bytes"),
        (
            "JWT_KEYS",
            "k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8,k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
            "same id",
        ),
        ("MAIL_FROM", "Shop", "Name <address>"),
        ("MAIL_FROM", "Shop <shop@REPLACE WITH>", "Name <address>"),
        ("MAIL_API_URL", "http://mail.example.com", "https only"),
        ("INTERNAL_SECRET", "short", "32 characters"),
        ("LOGIN_LIMIT", "0", "1 to"),
        ("LIMITS", "off", "only development"),
        ("LOG_LEVEL", "loud", "error, warn, info, debug"),
    ];
    for (name, value, allowed) in cases {
        let error = production(&[(name, value)]).unwrap_err();
        assert_eq!(error.name, name);
        assert!(error.problem.contains(allowed), "{error}");
    }
}

#[test]
fn secrets_do_not_show() {
    let config = production(&[("INTERNAL_SECRET", "0123456789abcdef0123456789abcdef")]).unwrap();
    let shown = format!("{config:?}");
    assert!(!shown.contains("0123456789abcdef") && !shown.contains("AAEC"));
}
