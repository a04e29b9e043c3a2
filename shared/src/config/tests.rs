use std::cell::RefCell;

use super::table::Allowed;
use super::*;

const KEY: &str = "k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

fn read(pairs: &[(&str, &str)]) -> Result<Config, ConfigError> {
    Config::from_settings(|name| {
        pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
    })
}

fn names(error: &ConfigError) -> Vec<&'static str> {
    error.problems.iter().map(|problem| problem.name).collect()
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
    assert_eq!(config.limits.login, 5);
}

#[test]
fn production_is_the_default_and_every_setting_that_it_needs_is_named_at_once() {
    let missing = names(&read(&[]).unwrap_err());
    assert_eq!(missing, ["PUBLIC_URL", "JWT_KEYS", "MAIL_API_URL", "MAIL_API_KEY", "MAIL_FROM"]);
    assert_eq!(production(&[]).unwrap().public_url, "https://api.example.com");
}

#[test]
fn bad_settings_are_named_with_what_is_allowed() {
    let cases = [
        ("ENVIRONMENT", "staging", "development, production"),
        ("PUBLIC_URL", "api.example.com", "https"),
        ("PUBLIC_URL", "http://api.example.com", "https only"),
        ("ALLOWED_ORIGINS", "https://a.example/path", "without a path"),
        ("ALLOWED_ORIGINS", "*", "without a path"),
        ("ALLOWED_ORIGINS", "null", "without a path"),
        ("ALLOWED_ORIGINS", "https://*", "without a path"),
        ("ALLOWED_ORIGINS", "https://someone@a.example", "without a path"),
        ("JWT_KEYS", "k1:c2hvcnQ", "32 bytes"),
        (
            "JWT_KEYS",
            "k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8,k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
            "each KID once",
        ),
        ("MAIL_FROM", "Shop", "Name <address>"),
        ("MAIL_FROM", "Shop <shop@REPLACE WITH>", "Name <address>"),
        ("MAIL_API_URL", "http://mail.example.com", "https only"),
        ("INTERNAL_SECRET", "short", "32 characters"),
        ("LOGIN_LIMIT", "0", "1 to 1000000"),
        ("SIGNUP_LIMIT", "1000001", "1 to 1000000"),
        ("LIMITS", "off", "development only"),
        ("WRITE_PRECONDITION", "always", "optional, required"),
        ("LOG_LEVEL", "loud", "error, warn, info, debug"),
        ("LOG_SAMPLE", "1.1", "from 0 to 1"),
        ("LOG_SAMPLE", "NaN", "from 0 to 1"),
        ("READ_REPLICAS", "yes", "off, on"),
        ("SERVER_TIMING", "yes", "on, off"),
    ];
    for (name, value, allowed) in cases {
        let error = production(&[(name, value)]).unwrap_err();
        assert_eq!(names(&error), [name]);
        assert!(error.problems[0].allowed.contains(allowed), "{error}");
        let secret = table::SETTINGS.iter().any(|setting| setting.name == name && setting.secret);
        assert_eq!(error.to_string().contains(value), !secret, "{error}");
    }
}

#[test]
fn password_hashes_cost_no_less_than_owasp_lists_anywhere() {
    for environment in ["development", "production"] {
        let read = |memory, iterations| {
            let cost = [("PASSWORD_MEMORY_KIB", memory), ("PASSWORD_ITERATIONS", iterations)];
            production(&[("ENVIRONMENT", environment), cost[0], cost[1]])
        };
        for (memory, weaker, iterations) in [
            ("47104", "47103", "1"),
            ("19456", "19455", "2"),
            ("12288", "12287", "3"),
            ("9216", "9215", "4"),
            ("7168", "7167", "5"),
        ] {
            let cost = read(memory, iterations).unwrap().password_cost;
            assert_eq!(
                (cost.memory_kib.to_string(), cost.iterations.to_string()),
                (memory.into(), iterations.into())
            );
            assert_eq!(names(&read(weaker, iterations).unwrap_err()), ["PASSWORD_MEMORY_KIB"]);
        }
        assert!(read("65536", "10").is_ok() && read("12288", "4").is_ok());
        let sentence = "setting PASSWORD_MEMORY_KIB: found 19456 with PASSWORD_ITERATIONS 1, allowed: a whole number from 7168 to \
            65536; with 1 of PASSWORD_ITERATIONS at least 47104, with 2 19456, with 3 12288, with 4 9216";
        assert_eq!(read("19456", "1").unwrap_err().to_string(), sentence);
        assert_eq!(names(&read("1", "0").unwrap_err()), ["PASSWORD_MEMORY_KIB", "PASSWORD_ITERATIONS"]);
    }
}

#[test]
fn origins_are_read_as_browsers_write_them() {
    let read = |text| production(&[("ALLOWED_ORIGINS", text)]).unwrap().allowed_origins;
    assert_eq!(
        read("https://App.example.com:443/, http://a.example:80"),
        ["https://app.example.com", "http://a.example"]
    );
    assert_eq!(
        read("https://a.example:80,http://a.example:8080"),
        ["https://a.example:80", "http://a.example:8080"]
    );
}

#[test]
fn all_bad_settings_are_named_at_once_and_an_unknown_environment_asks_for_nothing() {
    let bad =
        [("ENVIRONMENT", "staging"), ("LOGIN_LIMIT", "many"), ("LOG_LEVEL", "loud"), ("PUBLIC_URL", "x")];
    let error = read(&bad).unwrap_err();
    assert_eq!(names(&error), ["ENVIRONMENT", "PUBLIC_URL", "LOGIN_LIMIT", "LOG_LEVEL"]);
    let sentence = "setting LOGIN_LIMIT: found \"many\", allowed: a whole number from 1 to 1000000";
    assert!(error.to_string().contains(sentence), "{error}");
}

#[test]
fn a_setting_that_cannot_be_looked_up_is_named_beside_the_bad_ones() {
    let lookup = |name: &'static str| match name {
        "ENVIRONMENT" => Ok(Some("development".to_owned())),
        "MAIL_API_KEY" => Err("the vault is sealed".to_owned()),
        "LOG_LEVEL" => Ok(Some("loud".to_owned())),
        _ => Ok(None),
    };
    let error = Config::try_from_settings(lookup).unwrap_err();
    assert_eq!(names(&error), ["MAIL_API_KEY", "LOG_LEVEL"]);
    assert_eq!(error.problems[0].found, "could not be read: the vault is sealed");
}

#[test]
fn the_table_names_exactly_what_is_read() {
    let asked = RefCell::new(Vec::new());
    let lookup = |name: &'static str| {
        asked.borrow_mut().push(name);
        Ok(None)
    };
    assert!(Config::try_from_settings(lookup).is_err());
    let mut asked = asked.into_inner();
    let mut known: Vec<_> = table::SETTINGS.iter().map(|setting| setting.name).collect();
    asked.sort_unstable();
    known.sort_unstable();
    assert_eq!(asked, known);
}

#[test]
fn every_word_of_the_table_is_accepted() {
    for setting in table::SETTINGS {
        let Allowed::Words(words) = setting.allowed else { continue };
        for word in words {
            let given = [("ENVIRONMENT", "development"), (setting.name, word)];
            let environment = setting.name != "ENVIRONMENT";
            let error = read(&given[usize::from(!environment)..]).err().map(|error| names(&error));
            let named = error.is_some_and(|names| names.contains(&setting.name));
            assert!(!named, "{} = {word}", setting.name);
        }
    }
}

#[test]
fn words_stand_for_what_they_say() {
    let development = |name, word| read(&[("ENVIRONMENT", "development"), (name, word)]).unwrap();
    assert!(!development("LIMITS", "off").limits_enabled && development("LIMITS", "on").limits_enabled);
    assert!(development("WRITE_PRECONDITION", "required").precondition_required);
    assert!(!development("WRITE_PRECONDITION", "").precondition_required);
    assert_eq!(development("LOG_LEVEL", "warn").log_level, LogLevel::Warn);
    assert!((development("LOG_SAMPLE", "0.25").log_sample - 0.25).abs() < f64::EPSILON);
}

#[test]
fn secrets_do_not_show() {
    let config = production(&[("INTERNAL_SECRET", "0123456789abcdef0123456789abcdef")]).unwrap();
    let shown = format!("{config:?}");
    assert!(!shown.contains("0123456789abcdef") && !shown.contains("AAEC"));
}
