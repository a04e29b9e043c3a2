//! Typed settings, read once per instance from Worker variables and secrets, Spin variables or the environment.
//!
//! Bad settings stop the application: it names all of them at once, with what was found and what is allowed. Values of
//! secrets appear in no message.

mod parse;
pub mod table;

use std::fmt;
use std::time::Duration;

use self::parse::{Reader, Reported};
use crate::auth::password::Cost;
use crate::limits::Limits;

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

impl LogLevel {
    /// Every level, from the least talkative on.
    pub const ALL: [Self; 4] = [Self::Error, Self::Warn, Self::Info, Self::Debug];
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

/// How long sessions last.
#[derive(Debug, Clone, Copy)]
pub struct SessionSettings {
    /// From the login on, however much the session is used.
    pub lifetime: Duration,
    /// From its last use on.
    pub idle: Duration,
    /// How long a refresh token that was exchanged gives the same answer again.
    pub refresh_grace: Duration,
}

/// Everything that can be set.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a setting of its own")]
pub struct Config {
    /// Where the application runs.
    pub environment: Environment,
    /// The address that clients and mails use, without a trailing slash.
    pub public_url: String,
    /// The front end that links in mails lead to, without a trailing slash.
    pub app_url: String,
    /// Origins beside our own that browsers may call from.
    pub allowed_origins: Vec<String>,
    /// Keys of JSON Web Tokens: the first signs, all verify. Empty in development: one is made and kept in the database.
    pub signing_keys: Vec<SigningKey>,
    /// How long sessions last.
    pub sessions: SessionSettings,
    /// The mail API.
    pub mail: MailSettings,
    /// Opens `/internal/…` from outside; without one those paths do not exist.
    pub internal_secret: Option<Secret>,
    /// Whether only users whose address is verified can sign in.
    pub verification_required: bool,
    /// What a new password hash costs.
    pub password_cost: Cost,
    /// How much the policies admit.
    pub limits: Limits,
    /// False switches rate limits off, for benchmarks in development.
    pub limits_enabled: bool,
    /// Whether a change must say by `If-Match` which version it is about.
    pub precondition_required: bool,
    /// How long what was deleted can be restored.
    pub deleted_kept: Duration,
    /// How much is logged.
    pub log_level: LogLevel,
    /// The share of successful requests whose lines are logged, from 0 to 1.
    pub log_sample: f64,
    /// Whether reads of whoever shows no session may be answered by a copy of the database.
    pub read_replicas: bool,
    /// Whether answers to reads tell what they cost.
    pub server_timing: bool,
}

/// Why the application cannot be configured: every setting that is missing or malformed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    /// At least one.
    pub problems: Vec<Problem>,
    /// Whether this is development, where what was found may be told to whoever asks.
    pub development: bool,
}

/// A setting that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The setting's name.
    pub name: &'static str,
    /// What was found; never a secret's value.
    pub found: String,
    /// What is allowed.
    pub allowed: String,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            write!(f, "{separator}setting {}: {problem}", problem.name)?;
        }
        Ok(())
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, allowed: {}", self.found, self.allowed)
    }
}

impl std::error::Error for ConfigError {}

impl Config {
    /// Reads all settings through `lookup`, which gets the names of [`table::SETTINGS`]. An empty text counts as not set.
    ///
    /// # Errors
    /// All settings that are missing or malformed.
    pub fn from_settings(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        Self::try_from_settings(|name| Ok(lookup(name)))
    }

    /// The same where looking up may fail, which counts as one more problem of that setting.
    ///
    /// # Errors
    /// All settings that are missing, malformed or could not be read.
    pub fn try_from_settings(
        lookup: impl Fn(&'static str) -> Result<Option<String>, String>,
    ) -> Result<Self, ConfigError> {
        let mut reader = Reader::new(&lookup);
        Self::read(&mut reader).map_err(|Reported| reader.into_error())
    }

    /// Nothing returns before all settings are read: all problems shall come to light.
    fn read(reader: &mut Reader<'_>) -> Result<Self, Reported> {
        use Environment::{Development, Production};
        use table::{ALLOWED_ORIGINS, ENVIRONMENT, INTERNAL_SECRET, JWT_KEYS, LOG_SAMPLE, PUBLIC_URL};

        let environment = reader.choice(&ENVIRONMENT, &[Development, Production]);
        reader.environment = environment.ok();
        let production = reader.environment == Some(Production);
        let secure = |url: &String| !production || url.starts_with("https://");
        let public_url = reader.required(&PUBLIC_URL, |text| parse::url(text).filter(secure));
        let app_url = reader.optional(&table::APP_URL, |text| parse::url(text).filter(secure));
        let allowed_origins = reader.optional(&ALLOWED_ORIGINS, parse::origins);
        let signing_keys = reader.optional(&JWT_KEYS, parse::signing_keys);
        let sessions = SessionSettings::read(reader);
        let mail = MailSettings::read(reader, production);
        let long = |text: &str| (text.len() >= 32).then(|| Secret::new(text));
        let internal_secret = reader.optional(&INTERNAL_SECRET, long);
        let verification_required = reader.choice(&table::EMAIL_VERIFICATION, &[false, true]);
        let password_cost = Cost::read(reader);
        let limits = Limits::read(reader);
        // In production the second word stands for nothing that may be chosen.
        let switches = if production { &[true][..] } else { &[true, false] };
        let limits_enabled = reader.choice(&table::LIMITS, switches);
        let precondition_required = reader.choice(&table::WRITE_PRECONDITION, &[false, true]);
        let days = |number: u32| Duration::from_hours(24 * u64::from(number));
        let deleted_kept = reader.whole(&table::DELETED_DAYS).map(days);
        let log_level = reader.choice(&table::LOG_LEVEL, &LogLevel::ALL);
        let log_sample = reader.required(&LOG_SAMPLE, parse::share);
        let read_replicas = reader.choice(&table::READ_REPLICAS, &[false, true]);
        let server_timing = reader.choice(&table::SERVER_TIMING, &[true, false]);
        Ok(Self {
            environment: environment?,
            app_url: app_url?.map_or_else(|| public_url.clone(), Ok)?,
            public_url: public_url?,
            allowed_origins: allowed_origins?.unwrap_or_default(),
            signing_keys: signing_keys?.unwrap_or_default(),
            sessions: sessions?,
            mail: mail?,
            internal_secret: internal_secret?,
            verification_required: verification_required?,
            password_cost: password_cost?,
            limits: limits?,
            limits_enabled: limits_enabled?,
            precondition_required: precondition_required?,
            deleted_kept: deleted_kept?,
            log_level: log_level?,
            log_sample: log_sample?,
            read_replicas: read_replicas?,
            server_timing: server_timing?,
        })
    }
}

impl Cost {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Reported> {
        let memory_kib = reader.whole(&table::PASSWORD_MEMORY_KIB);
        let iterations = reader.whole(&table::PASSWORD_ITERATIONS);
        let cost = Self { memory_kib: memory_kib?, iterations: iterations? };
        if cost.is_enough() {
            return Ok(cost);
        }
        let found = format!("found {} with PASSWORD_ITERATIONS {}", cost.memory_kib, cost.iterations);
        Err(reader.report(&table::PASSWORD_MEMORY_KIB, found))
    }
}

impl Limits {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Reported> {
        let login = reader.whole(&table::LOGIN_LIMIT);
        let login_client = reader.whole(&table::LOGIN_CLIENT_LIMIT);
        let login_account = reader.whole(&table::LOGIN_ACCOUNT_LIMIT);
        let login_device = reader.whole(&table::LOGIN_DEVICE_LIMIT);
        let login_devices = reader.whole(&table::LOGIN_DEVICES_LIMIT);
        let refresh = reader.whole(&table::REFRESH_LIMIT);
        let sign_up = reader.whole(&table::SIGNUP_LIMIT);
        let password_check = reader.whole(&table::PASSWORD_CHECK_LIMIT);
        let password_change = reader.whole(&table::PASSWORD_CHANGE_LIMIT);
        let mail_request = reader.whole(&table::MAIL_REQUEST_LIMIT);
        let mail_request_client = reader.whole(&table::MAIL_REQUEST_CLIENT_LIMIT);
        let mail_request_address = reader.whole(&table::MAIL_REQUEST_ADDRESS_LIMIT);
        let token = reader.whole(&table::TOKEN_LIMIT);
        let writes_client = reader.whole(&table::WRITE_CLIENT_LIMIT);
        let writes = reader.whole(&table::WRITE_LIMIT);
        let exports = reader.whole(&table::EXPORT_LIMIT);
        Ok(Self {
            login: login?,
            login_client: login_client?,
            login_account: login_account?,
            login_device: login_device?,
            login_devices: login_devices?,
            refresh: refresh?,
            sign_up: sign_up?,
            password_check: password_check?,
            password_change: password_change?,
            mail_request: mail_request?,
            mail_request_client: mail_request_client?,
            mail_request_address: mail_request_address?,
            token: token?,
            writes: writes?,
            writes_client: writes_client?,
            exports: exports?,
        })
    }
}

impl SessionSettings {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Reported> {
        let days = |number: u32| Duration::from_hours(24 * u64::from(number));
        let lifetime = reader.whole(&table::SESSION_LIFETIME_DAYS).map(days);
        let idle = reader.whole(&table::SESSION_IDLE_DAYS).map(days);
        let seconds = |number: u32| Duration::from_secs(number.into());
        let refresh_grace = reader.whole(&table::REFRESH_GRACE_SECONDS).map(seconds);
        Ok(Self { lifetime: lifetime?, idle: idle?, refresh_grace: refresh_grace? })
    }
}

impl MailSettings {
    fn read(reader: &mut Reader<'_>, production: bool) -> Result<Self, Reported> {
        let safe = |url: &String| !production || url.starts_with("https://") || parse::is_local(url);
        let api_url = reader.required(&table::MAIL_API_URL, |text| parse::url(text).filter(safe));
        let api_key = reader.required(&table::MAIL_API_KEY, |text| Some(Secret::new(text)));
        let from = reader.required(&table::MAIL_FROM, parse::sender);
        Ok(Self { api_url: api_url?, api_key: api_key?, from: from? })
    }
}

#[cfg(test)]
mod tests;
