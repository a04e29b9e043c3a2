//! Typed settings, read once per instance from Worker variables and secrets, Spin variables or the environment.
//!
//! A bad setting stops the application with the setting's name, what was found and what is allowed. Values of
//! secrets appear in no message.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::limits::Quota;
use crate::validation::is_email;

/// Every setting's name as Workers spell it; Spin variables are the same in lower case.
pub const NAMES: [&str; 11] = [
    "ENVIRONMENT",
    "PUBLIC_URL",
    "ALLOWED_ORIGINS",
    "JWT_KEYS",
    "MAIL_API_URL",
    "MAIL_API_KEY",
    "MAIL_FROM",
    "INTERNAL_SECRET",
    "LOGIN_LIMIT",
    "LIMITS",
    "LOG_LEVEL",
];

/// Where the application runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Environment {
    /// On a developer's machine or in tests: settings have defaults, signing keys are made on first use.
    Development,
    /// Anywhere else: every secret must be set.
    Production,
}

/// How much is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    /// Failures of ours only.
    Error,
    /// Also what an operator should look at.
    Warn,
    /// Also one line a request and a job.
    Info,
    /// Everything.
    Debug,
}

/// A secret text: it never shows in a log line or a message.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a secret.
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// The secret itself, at the place where it is used.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// One symmetric signing key with the id that tokens name it by.
#[derive(Clone)]
pub struct SigningKey {
    /// The `kid` header of tokens signed with it.
    pub id: String,
    /// At least 32 random bytes.
    pub bytes: Vec<u8>,
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({}, …)", self.id)
    }
}

/// The mail API.
#[derive(Debug, Clone)]
pub struct MailSettings {
    /// Base URL of an API in the shape of Resend's, without a trailing slash.
    pub api_url: String,
    /// The API's bearer token.
    pub api_key: Secret,
    /// The sender, `Name <address>` or an address.
    pub from: String,
}

/// Everything that can be set.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where the application runs.
    pub environment: Environment,
    /// The address that clients and mails use, without a trailing slash.
    pub public_url: String,
    /// Origins beside our own that browsers may call from.
    pub allowed_origins: Vec<String>,
    /// Keys of JSON Web Tokens: the first signs, all verify. Empty in development: one is made and kept in the database.
    pub signing_keys: Vec<SigningKey>,
    /// The mail API.
    pub mail: MailSettings,
    /// Opens `/internal/…` from outside; without one those paths do not exist.
    pub internal_secret: Option<Secret>,
    /// Login attempts per account and client.
    pub login_quota: Quota,
    /// False switches rate limits off, for benchmarks in development.
    pub limits_enabled: bool,
    /// How much is logged.
    pub log_level: LogLevel,
}

/// A setting that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    /// The setting's name.
    pub name: &'static str,
    /// What was found and what is allowed, as a sentence.
    pub problem: String,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "setting {}: {}", self.name, self.problem)
    }
}

impl std::error::Error for ConfigError {}

const LOGIN_WINDOW: Duration = Duration::from_mins(15);

impl Config {
    /// Reads all settings through `lookup`, which gets a name of [`NAMES`]. An empty text counts as not set.
    ///
    /// # Errors
    /// The first setting that is missing or malformed.
    pub fn from_settings(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let settings = Settings {
            lookup: &|name| lookup(name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()),
        };
        let environment = settings.choice(
            "ENVIRONMENT",
            Environment::Production,
            &[("development", Environment::Development), ("production", Environment::Production)],
        )?;
        let settings = InEnvironment { settings, environment };
        let limits_enabled = settings.settings.choice("LIMITS", true, &[("on", true), ("off", false)])?;
        if environment == Environment::Production && !limits_enabled {
            return Err(ConfigError {
                name: "LIMITS",
                problem: "found off, which only development allows".into(),
            });
        }
        Ok(Self {
            environment,
            public_url: settings.public_url()?,
            allowed_origins: settings.settings.origins("ALLOWED_ORIGINS")?,
            signing_keys: settings.signing_keys()?,
            mail: MailSettings {
                api_url: settings.mail_api_url()?,
                api_key: Secret::new(settings.text("MAIL_API_KEY", "development")?),
                from: settings.mail_from()?,
            },
            internal_secret: settings.internal_secret()?,
            login_quota: Quota {
                limit: settings.settings.count("LOGIN_LIMIT", 5, 1..=1_000_000_000)?,
                window: LOGIN_WINDOW,
            },
            limits_enabled,
            log_level: settings.settings.choice(
                "LOG_LEVEL",
                LogLevel::Info,
                &[
                    ("error", LogLevel::Error),
                    ("warn", LogLevel::Warn),
                    ("info", LogLevel::Info),
                    ("debug", LogLevel::Debug),
                ],
            )?,
        })
    }
}

struct Settings<'a> {
    lookup: &'a dyn Fn(&str) -> Option<String>,
}

impl Settings<'_> {
    fn get(&self, name: &str) -> Option<String> {
        (self.lookup)(name)
    }

    fn choice<T: Copy>(
        &self,
        name: &'static str,
        default: T,
        choices: &[(&str, T)],
    ) -> Result<T, ConfigError> {
        let Some(found) = self.get(name) else { return Ok(default) };
        choices.iter().find(|(word, _)| *word == found).map(|(_, value)| *value).ok_or_else(|| {
            let words: Vec<_> = choices.iter().map(|(word, _)| *word).collect();
            ConfigError { name, problem: format!("found {found:?}, allowed are {}", words.join(", ")) }
        })
    }

    fn count(
        &self,
        name: &'static str,
        default: u32,
        allowed: std::ops::RangeInclusive<u32>,
    ) -> Result<u32, ConfigError> {
        let Some(found) = self.get(name) else { return Ok(default) };
        found.parse().ok().filter(|count| allowed.contains(count)).ok_or_else(|| ConfigError {
            name,
            problem: format!(
                "found {found:?}, allowed are whole numbers from {} to {}",
                allowed.start(),
                allowed.end()
            ),
        })
    }

    fn origins(&self, name: &'static str) -> Result<Vec<String>, ConfigError> {
        let Some(found) = self.get(name) else { return Ok(Vec::new()) };
        found.split(',').map(|origin| parse_origin(name, origin.trim())).collect()
    }
}

fn parse_url(name: &'static str, found: &str) -> Result<String, ConfigError> {
    let url = found.trim_end_matches('/');
    let uri = url.parse::<http::Uri>().ok();
    let whole = uri.as_ref().is_some_and(|uri| {
        matches!(uri.scheme_str(), Some("http" | "https"))
            && uri.host().is_some_and(|host| !host.is_empty())
            && uri.query().is_none()
    });
    let problem =
        || format!("found {found:?}, allowed is an http or https URL such as https://api.example.com");
    whole.then(|| url.to_owned()).ok_or_else(|| ConfigError { name, problem: problem() })
}

fn parse_origin(name: &'static str, found: &str) -> Result<String, ConfigError> {
    let url = parse_url(name, found)?;
    if url.splitn(4, '/').nth(3).is_some() {
        return Err(ConfigError {
            name,
            problem: format!("found {found:?}, allowed are origins without a path, separated by commas"),
        });
    }
    Ok(url.to_ascii_lowercase())
}

struct InEnvironment<'a> {
    settings: Settings<'a>,
    environment: Environment,
}

impl InEnvironment<'_> {
    fn text(&self, name: &'static str, development: &str) -> Result<String, ConfigError> {
        match (self.settings.get(name), self.environment) {
            (Some(found), _) => Ok(found),
            (None, Environment::Development) => Ok(development.to_owned()),
            (None, Environment::Production) => {
                Err(ConfigError { name, problem: "not set; production needs it".into() })
            }
        }
    }

    fn url(&self, name: &'static str, development: &str) -> Result<String, ConfigError> {
        parse_url(name, &self.text(name, development)?)
    }

    fn public_url(&self) -> Result<String, ConfigError> {
        let name = "PUBLIC_URL";
        let url = self.url(name, "http://localhost:8787")?;
        if self.environment == Environment::Production && !url.starts_with("https://") {
            let problem = format!("found {url:?}, production allows https only: its cookies are Secure");
            return Err(ConfigError { name, problem });
        }
        Ok(url)
    }

    /// A bearer token goes with each request: in clear only to this machine.
    fn mail_api_url(&self) -> Result<String, ConfigError> {
        let name = "MAIL_API_URL";
        let url = self.url(name, "http://127.0.0.1:8025")?;
        let host =
            url.parse::<http::Uri>().ok().and_then(|uri| uri.host().map(str::to_owned)).unwrap_or_default();
        let local = matches!(host.as_str(), "localhost" | "127.0.0.1" | "[::1]");
        if self.environment == Environment::Production && !url.starts_with("https://") && !local {
            return Err(ConfigError {
                name,
                problem: format!("found {url:?}, production allows https only, but for this machine"),
            });
        }
        Ok(url)
    }

    fn mail_from(&self) -> Result<String, ConfigError> {
        let name = "MAIL_FROM";
        let from = self.text(name, "Ashlar <hello@ashlar.test>")?;
        let address = from.split_once('<').map_or(Some(from.as_str()), |(_, rest)| rest.strip_suffix('>'));
        if address.is_some_and(is_email) && !from.contains(char::is_control) {
            return Ok(from);
        }
        Err(ConfigError {
            name,
            problem: format!("found {from:?}, allowed are an address and Name <address>"),
        })
    }

    fn internal_secret(&self) -> Result<Option<Secret>, ConfigError> {
        let name = "INTERNAL_SECRET";
        match self.settings.get(name) {
            Some(secret) if secret.len() < 32 => {
                Err(ConfigError { name, problem: "shorter than the 32 characters that are allowed".into() })
            }
            secret => Ok(secret.map(Secret::new)),
        }
    }

    fn signing_keys(&self) -> Result<Vec<SigningKey>, ConfigError> {
        let name = "JWT_KEYS";
        let allowed = "allowed are KID:KEY pairs separated by commas, each key at least 32 bytes in base64url without padding";
        match self.settings.get(name) {
            None if self.environment == Environment::Development => Ok(Vec::new()),
            None => Err(ConfigError { name, problem: format!("not set; production needs it; {allowed}") }),
            Some(found) => {
                let keys: Option<Vec<_>> = found.split(',').map(|pair| parse_key(pair.trim())).collect();
                let keys =
                    keys.ok_or_else(|| ConfigError { name, problem: format!("malformed; {allowed}") })?;
                let ids: BTreeSet<_> = keys.iter().map(|key| &key.id).collect();
                if ids.len() < keys.len() {
                    return Err(ConfigError { name, problem: "two keys have the same id".to_owned() });
                }
                Ok(keys)
            }
        }
    }
}

fn parse_key(pair: &str) -> Option<SigningKey> {
    let (id, key) = pair.split_once(':')?;
    let bytes = URL_SAFE_NO_PAD.decode(key).ok()?;
    let plain = !id.is_empty()
        && id.len() <= 64
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    (plain && bytes.len() >= 32).then(|| SigningKey { id: id.to_owned(), bytes })
}

#[cfg(test)]
mod tests;
