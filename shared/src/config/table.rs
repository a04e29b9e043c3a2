//! The table of all settings. Parsing and its errors, the test of the manifests and docs/CONFIG.md go by it.

use std::fmt;

/// A setting as the application knows it.
#[derive(Debug)]
pub struct Setting {
    /// The name as Workers spell it; Spin variables are the same in lower case.
    pub name: &'static str,
    /// Whether its value may appear in no message.
    pub secret: bool,
    /// What it may be set to.
    pub allowed: Allowed,
    /// What else must hold of a value; empty for nothing.
    pub rule: &'static str,
    /// What holds in development when it is not set.
    pub development: Unset,
    /// What holds in production when it is not set.
    pub production: Unset,
}

/// What a setting may be set to.
#[derive(Debug)]
pub enum Allowed {
    /// One of these words.
    Words(&'static [&'static str]),
    /// A whole number from the first to the second.
    Whole(u32, u32),
    /// What the sentence says.
    Text(&'static str),
}

/// What holds when a setting is not set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unset {
    /// This value.
    Value(&'static str),
    /// There is no value, which means what the text says.
    Nothing(&'static str),
    /// The application refuses to serve.
    Refused,
}

/// What only the documentation tells of a setting. It stands apart so that it is in no Wasm file.
#[derive(Debug)]
pub struct About {
    /// The setting.
    pub setting: &'static Setting,
    /// What it is for, as sentences in Markdown.
    pub description: &'static str,
    /// A value that somebody might set.
    pub example: &'static str,
}

impl fmt::Display for Allowed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Words(words) => f.write_str(&words.join(", ")),
            Self::Whole(from, to) => write!(f, "a whole number from {from} to {to}"),
            Self::Text(text) => f.write_str(text),
        }
    }
}

/// More would leave less than a microsecond between two slots, which limiters do not count. Development admits more of
/// what is counted by client: on one machine all clients have one address.
const LIMIT: Allowed = Allowed::Whole(1, 1_000_000);

macro_rules! settings {
    ($(
        $name:ident {
            secret: $secret:literal,
            allowed: $allowed:expr,
            rule: $rule:literal,
            development: $development:expr,
            production: $production:expr,
            description: $description:literal,
            example: $example:literal,
        }
    )+) => {
        $(
            #[doc = concat!("The setting `", stringify!($name), "`.")]
            pub static $name: Setting = Setting {
                name: stringify!($name),
                secret: $secret,
                allowed: $allowed,
                rule: $rule,
                development: $development,
                production: $production,
            };
        )+

        /// Every setting, in the order of the documentation.
        pub static SETTINGS: &[&Setting] = &[$(&$name),+];

        /// What the documentation tells of every setting, in the same order.
        pub static ABOUT: &[About] =
            &[$(About { setting: &$name, description: $description, example: $example }),+];
    };
}

settings! {
    ENVIRONMENT {
        secret: false,
        allowed: Allowed::Words(&["development", "production"]),
        rule: "",
        development: Unset::Value("production"),
        production: Unset::Value("production"),
        description: "Where the application runs. The manifests say `development`; `--env production` of wrangler and `--variable environment=production` of Spin change it.",
        example: "production",
    }
    PUBLIC_URL {
        secret: false,
        allowed: Allowed::Text("an http or https URL without a query"),
        rule: "in production https only, because cookies are Secure",
        development: Unset::Value("http://localhost:8787"),
        production: Unset::Refused,
        description: "The address that clients use: what mails link to and tokens are issued by.",
        example: "https://api.example.com",
    }
    APP_URL {
        secret: false,
        allowed: Allowed::Text("an http or https URL without a query"),
        rule: "in production https only",
        development: Unset::Nothing("the same as `PUBLIC_URL`"),
        production: Unset::Nothing("the same as `PUBLIC_URL`"),
        description: "The front end that links in mails lead to; [ACCOUNTS.md](ACCOUNTS.md) says which pages it needs.",
        example: "https://app.example.com",
    }
    ALLOWED_ORIGINS {
        secret: false,
        allowed: Allowed::Text("origins without a path, separated by commas"),
        rule: "",
        development: Unset::Nothing("none; localhost on any port may call anyway"),
        production: Unset::Nothing("none"),
        description: "Where browser applications beside our own origin may call from.",
        example: "https://app.example.com,https://admin.example.com",
    }
    JWT_KEYS {
        secret: true,
        allowed: Allowed::Text("KID:KEY pairs separated by commas, each KID once, each KEY at least 32 bytes in base64url without padding"),
        rule: "",
        development: Unset::Nothing("one is made with the first use and kept in the database"),
        production: Unset::Refused,
        description: "What access tokens, and the codes in refresh tokens and other cookies, are signed with, and what tokens in mails are made by: both Workers need it. The first signs, all verify. `cargo xtask keys new` makes one and `cargo xtask keys rotate` changes them; [SESSIONS.md](SESSIONS.md#keys) says how.",
        example: "2026-07:BASE64URL,2026-01:BASE64URL",
    }
    SESSION_LIFETIME_DAYS {
        secret: false,
        allowed: Allowed::Whole(1, 365),
        rule: "",
        development: Unset::Value("30"),
        production: Unset::Value("30"),
        description: "How many days after its login a session ends, however much it is used. [SESSIONS.md](SESSIONS.md) explains this and the next two. A change concerns new sessions.",
        example: "90",
    }
    SESSION_IDLE_DAYS {
        secret: false,
        allowed: Allowed::Whole(1, 365),
        rule: "",
        development: Unset::Value("14"),
        production: Unset::Value("14"),
        description: "How many days after its last refresh a session ends.",
        example: "30",
    }
    REFRESH_GRACE_SECONDS {
        secret: false,
        allowed: Allowed::Whole(0, 60),
        rule: "",
        development: Unset::Value("10"),
        production: Unset::Value("10"),
        description: "How many seconds a refresh token gives the same answer again, for whoever lost the first one. After that its second use ends the session.",
        example: "30",
    }
    MAIL_API_URL {
        secret: false,
        allowed: Allowed::Text("an http or https URL without a query"),
        rule: "in production https only, but for this machine",
        development: Unset::Value("http://127.0.0.1:8025"),
        production: Unset::Refused,
        description: "Base URL of a mail API in the shape of Resend's. On Spin without a path: it also opens the component's outbound hosts.",
        example: "https://api.resend.com",
    }
    MAIL_API_KEY {
        secret: true,
        allowed: Allowed::Text("any text"),
        rule: "",
        development: Unset::Value("development"),
        production: Unset::Refused,
        description: "The mail API's bearer token.",
        example: "re_…",
    }
    MAIL_FROM {
        secret: false,
        allowed: Allowed::Text("an address, or Name <address>"),
        rule: "",
        development: Unset::Value("Ashlar <hello@ashlar.test>"),
        production: Unset::Refused,
        description: "The sender of mails.",
        example: "Shop <shop@example.com>",
    }
    INTERNAL_SECRET {
        secret: true,
        allowed: Allowed::Text("at least 32 characters"),
        rule: "",
        development: Unset::Nothing("the path does not exist"),
        production: Unset::Nothing("the path does not exist"),
        description: "Opens `POST /internal/tick` to `Authorization: Bearer …`, for timers. `openssl rand -hex 32` makes one.",
        example: "64 hexadecimal digits",
    }
    EMAIL_VERIFICATION {
        secret: false,
        allowed: Allowed::Words(&["optional", "required"]),
        rule: "",
        development: Unset::Value("optional"),
        production: Unset::Value("optional"),
        description: "With `required`, only users whose address is verified can sign in.",
        example: "required",
    }
    PASSWORD_MEMORY_KIB {
        secret: false,
        allowed: Allowed::Whole(7168, 65_536),
        rule: "with 1 of PASSWORD_ITERATIONS at least 47104, with 2 19456, with 3 12288, with 4 9216",
        development: Unset::Value("19456"),
        production: Unset::Value("19456"),
        description: "The memory that Argon2id takes for a password's hash. A Worker has 128 MB in all. After a change, each password is hashed anew with the next login.",
        example: "32768",
    }
    PASSWORD_ITERATIONS {
        secret: false,
        allowed: Allowed::Whole(1, 10),
        rule: "",
        development: Unset::Value("2"),
        production: Unset::Value("2"),
        description: "How often Argon2id goes over the memory. Less than OWASP's password storage cheat sheet lists for the memory is refused.",
        example: "3",
    }
    LOGIN_LIMIT {
        secret: false,
        allowed: LIMIT,
        rule: "",
        development: Unset::Value("5"),
        production: Unset::Value("5"),
        description: "Wrong passwords of one client for one account in 15 minutes. [LIMITS.md](LIMITS.md) explains this and the other limits.",
        example: "10",
    }
    LOGIN_CLIENT_LIMIT {
        secret: false,
        allowed: LIMIT,
        rule: "",
        development: Unset::Value("500"),
        production: Unset::Value("50"),
        description: "Wrong passwords of one client for any accounts in 15 minutes.",
        example: "200",
    }
    LOGIN_ACCOUNT_LIMIT {
        secret: false,
        allowed: LIMIT,
        rule: "",
        development: Unset::Value("20"),
        production: Unset::Value("20"),
        description: "Wrong passwords of any clients for one account in 15 minutes.",
        example: "50",
    }
    LOGIN_DEVICE_LIMIT {
        secret: false,
        allowed: LIMIT,
        rule: "",
        development: Unset::Value("10"),
        production: Unset::Value("10"),
        description: "Wrong passwords for one account in 15 minutes on a device that has logged in to it before.",
        example: "20",
    }
    LOGIN_DEVICES_LIMIT {
        secret: false,
        allowed: LIMIT,
        rule: "",
        development: Unset::Value("50"),
        production: Unset::Value("50"),
        description: "Wrong passwords for one account in 15 minutes on all devices together that have logged in to it before.",
        example: "100",
    }
    REFRESH_LIMIT {
        secret: false,
        allowed: LIMIT,
        rule: "",
        development: Unset::Value("6000"),
        production: Unset::Value("120"),
        description: "Refreshes of one client in a minute, whoever is signed in.",
        example: "600",
    }
    SIGNUP_LIMIT {
        secret: false,
        allowed: LIMIT,
        rule: "",
        development: Unset::Value("1000"),
        production: Unset::Value("20"),
        description: "Sign-ups of one client in an hour.",
        example: "100",
    }
    PASSWORD_CHECK_LIMIT {
        secret: false,
        allowed: LIMIT,
        rule: "",
        development: Unset::Value("5"),
        production: Unset::Value("5"),
        description: "Wrong passwords of one signed-in user in 15 minutes, where a request asks for the password once more.",
        example: "10",
    }
    PASSWORD_CHANGE_LIMIT {
        secret: false,
        allowed: LIMIT,
        rule: "",
        development: Unset::Value("5"),
        production: Unset::Value("5"),
        description: "Changes of the password by one signed-in user in an hour; a mail tells of each.",
        example: "10",
    }
    MAIL_REQUEST_LIMIT {
        secret: false,
        allowed: LIMIT,
        rule: "",
        development: Unset::Value("5"),
        production: Unset::Value("5"),
        description: "Mails with one kind of link that one client has sent to one address in an hour.",
        example: "3",
    }
    MAIL_REQUEST_CLIENT_LIMIT {
        secret: false,
        allowed: LIMIT,
        rule: "",
        development: Unset::Value("1000"),
        production: Unset::Value("30"),
        description: "Mails with a link that one client has sent to any addresses in an hour.",
        example: "100",
    }
    MAIL_REQUEST_ADDRESS_LIMIT {
        secret: false,
        allowed: LIMIT,
        rule: "",
        development: Unset::Value("20"),
        production: Unset::Value("20"),
        description: "Mails with one kind of link that any clients have sent to one address in an hour.",
        example: "10",
    }
    TOKEN_LIMIT {
        secret: false,
        allowed: LIMIT,
        rule: "",
        development: Unset::Value("1000"),
        production: Unset::Value("60"),
        description: "Uses of links from mails by one client in 15 minutes, whether they are good or not.",
        example: "200",
    }
    WRITE_CLIENT_LIMIT {
        secret: false,
        allowed: LIMIT,
        rule: "",
        development: Unset::Value("6000"),
        production: Unset::Value("600"),
        description: "Writes of one client in a minute, whoever is signed in.",
        example: "3000",
    }
    WRITE_LIMIT {
        secret: false,
        allowed: LIMIT,
        rule: "",
        development: Unset::Value("3000"),
        production: Unset::Value("300"),
        description: "Writes of one user in a minute, from anywhere.",
        example: "1000",
    }
    EXPORT_LIMIT {
        secret: false,
        allowed: LIMIT,
        rule: "",
        development: Unset::Value("100"),
        production: Unset::Value("20"),
        description: "Exports of one user in an hour.",
        example: "60",
    }
    LIMITS {
        secret: false,
        allowed: Allowed::Words(&["on", "off"]),
        rule: "off in development only",
        development: Unset::Value("on"),
        production: Unset::Value("on"),
        description: "Switches rate limits off, for benchmarks.",
        example: "off",
    }
    WRITE_PRECONDITION {
        secret: false,
        allowed: Allowed::Words(&["optional", "required"]),
        rule: "",
        development: Unset::Value("optional"),
        production: Unset::Value("optional"),
        description: "With `required`, a change of something that has a version is refused with 428 when it has no `If-Match`, so that nobody overwrites what they have not seen.",
        example: "required",
    }
    DELETED_DAYS {
        secret: false,
        allowed: Allowed::Whole(1, 3650),
        rule: "",
        development: Unset::Value("30"),
        production: Unset::Value("30"),
        description: "How many days what was deleted can be restored; then it is gone for good. [WRITES.md](WRITES.md) explains it.",
        example: "90",
    }
    LOG_LEVEL {
        secret: false,
        allowed: Allowed::Words(&["error", "warn", "info", "debug"]),
        rule: "",
        development: Unset::Value("info"),
        production: Unset::Value("info"),
        description: "The least level that is logged; [LOGS.md](LOGS.md) says what has which.",
        example: "warn",
    }
    LOG_SAMPLE {
        secret: false,
        allowed: Allowed::Text("a number from 0 to 1"),
        rule: "",
        development: Unset::Value("1"),
        production: Unset::Value("1"),
        description: "The share of successful requests whose lines are logged. Failed and slow ones always are.",
        example: "0.1",
    }
    READ_REPLICAS {
        secret: false,
        allowed: Allowed::Words(&["off", "on"]),
        rule: "",
        development: Unset::Value("off"),
        production: Unset::Value("off"),
        description: "With `on`, D1 may answer reads of whoever shows no session from its nearest copy; switch on the database's read replication, too. [CACHING.md](CACHING.md#read-replicas) tells what is promised then. Spin has no copies.",
        example: "on",
    }
    SERVER_TIMING {
        secret: false,
        allowed: Allowed::Words(&["on", "off"]),
        rule: "",
        development: Unset::Value("on"),
        production: Unset::Value("off"),
        description: "Whether answers to reads tell what they cost, in the header `server-timing`: milliseconds in the database, the cache and in all, statements, round trips and rows read.",
        example: "on",
    }
}
