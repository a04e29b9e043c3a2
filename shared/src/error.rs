//! What can go wrong below the controllers, as variants that a caller can act on. No HTTP here.

use std::fmt;
use std::time::Duration;

use serde::{Serialize, Serializer};

use crate::ports::{AssetsError, DatabaseError, LimiterError};

/// The result of services and repositories.
pub type Result<T, E = Error> = std::result::Result<T, E>;

macro_rules! detail_codes {
    ($($(#[doc = $doc:literal])+ $name:ident = $code:literal;)+) => {
        /// What kind of thing is wrong: the closed catalogue of the codes in an error's `details`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum DetailCode {
            $($(#[doc = $doc])+ $name,)+
        }

        impl DetailCode {
            /// Every code.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The code as clients see it.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code,)+ }
            }

            /// When it occurs, for the documentation.
            pub fn description(self) -> &'static str {
                match self { $(Self::$name => concat!($($doc),+).trim_ascii(),)+ }
            }
        }
    };
}

detail_codes! {
    /// The field must be given.
    Required = "required";
    /// There is no such field or parameter.
    Unknown = "unknown";
    /// The field or parameter is given more than once.
    Duplicate = "duplicate";
    /// The value has the wrong type, or is a number that the type cannot hold.
    Type = "type";
    /// The value must not be null.
    Null = "null";
    /// The value is none of the words that are allowed.
    Choice = "choice";
    /// The text has too few or too many characters, or the list too few or too many items.
    Length = "length";
    /// The number is too small or too large.
    Range = "range";
    /// The text is not an e-mail address.
    Email = "email";
    /// The text has control characters.
    Control = "control";
    /// The password is among the most common ones.
    Common = "common";
    /// The password contains the e-mail address.
    ContainsEmail = "contains_email";
    /// The value breaks another rule, which the message names.
    Invalid = "invalid";
    /// The parameter is not percent-encoded UTF-8.
    Encoding = "encoding";
    /// The field does not have this operator.
    Operator = "operator";
    /// The query has too many values.
    TooMany = "too_many";
    /// The value is already in use.
    Taken = "taken";
    /// There is nothing with this id.
    Missing = "missing";
    /// What has this id is at another version.
    Changed = "changed";
    /// What is named here answers, but does not work.
    Failed = "failed";
    /// What is named here did not answer in time.
    TimedOut = "timed_out";
}

impl DetailCode {
    /// Reads a code; `None` when it is not in the catalogue.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.as_str() == text)
    }
}

impl Serialize for DetailCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// The most violations that are reported at once; the others come to light when these are mended.
pub const MAX_VIOLATIONS: usize = 20;

/// One thing that is wrong with the input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// Where: a JSON path (`items[2].price`), a query parameter (`price[gte]`) or a header's name.
    pub field: String,
    /// What kind.
    pub code: DetailCode,
    /// A sentence for people.
    pub message: String,
}

impl Violation {
    /// Puts one together.
    pub fn new(field: impl Into<String>, code: DetailCode, message: impl Into<String>) -> Self {
        Self { field: field.into(), code, message: message.into() }
    }
}

/// Why a caller is not signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignedOut {
    /// No session was presented.
    NoSession,
    /// A token that is malformed, forged, expired or whose session has ended.
    InvalidSession,
    /// An API key that is mistyped, unknown, revoked or expired, or whose user is locked out.
    InvalidApiKey,
    /// The e-mail address or the password is wrong; which of them is not said.
    WrongCredentials,
}

/// Every failure of a service.
#[derive(Debug)]
pub enum Error {
    /// Well-formed input that breaks rules; all violations at once.
    Invalid(Vec<Violation>),
    /// A list query that cannot be understood; all violations at once.
    BadQuery(Vec<Violation>),
    /// A list query for which too many rows would have to be looked at. Says what can be asked instead.
    TooBroad(String),
    /// Nobody is signed in.
    SignedOut(SignedOut),
    /// Signed in, but without this capability.
    MissingCapability(&'static str),
    /// Signed in by an API key, where a session is asked for.
    SessionRequired,
    /// The caller may not give, take or touch what holds more than they do. Names the capabilities that they lack.
    BeyondOwn(Vec<&'static str>),
    /// The password that was asked for once more is wrong.
    WrongPassword,
    /// A one-time token is unknown, used, expired or for another purpose.
    InvalidToken,
    /// The service is set to let in only users whose address is verified.
    EmailNotVerified,
    /// Nobody who may do everything would be left.
    LastAdministrator,
    /// It came with the service and stays as it is. Names the thing.
    BuiltIn(&'static str),
    /// There is no such thing, or the caller may not know of it. Names the thing.
    NotFound(&'static str),
    /// The caller has as many of these as anybody may have.
    Full {
        /// The things, for the sentence.
        what: &'static str,
        /// How many anybody may have.
        most: u32,
    },
    /// The idempotency key was given for another request before.
    KeyReused,
    /// It already exists. Names the field that must be unique.
    Taken {
        /// The thing, for the sentence.
        what: &'static str,
        /// The field that must be unique.
        field: &'static str,
    },
    /// It is not at a version that the change was meant for.
    Changed {
        /// The thing, for the sentence.
        what: &'static str,
        /// The version that it is at.
        version: i64,
    },
    /// Of many items that all shall be done or none, these cannot be.
    Refused(Vec<Violation>),
    /// A limit is used up.
    TooManyRequests {
        /// Which policy.
        policy: &'static str,
        /// The time until it admits a request again.
        retry_after: Duration,
    },
    /// Something that we depend on does not answer now; trying again may help.
    Unavailable(anyhow::Error),
    /// A mistake of ours. Logged once at the boundary; the client learns nothing of it.
    Internal(anyhow::Error),
}

impl Error {
    /// An internal failure with a sentence for the log.
    pub fn internal(message: impl fmt::Display) -> Self {
        Self::Internal(anyhow::anyhow!("{message}"))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid(violations) | Self::BadQuery(violations) => {
                write!(f, "invalid input ({} violations)", violations.len())
            }
            Self::TooBroad(_) => f.write_str("the list query is too broad"),
            Self::SignedOut(reason) => write!(f, "not signed in: {reason:?}"),
            Self::MissingCapability(name) => write!(f, "the capability {name} is missing"),
            Self::SessionRequired => f.write_str("an API key cannot do this"),
            Self::BeyondOwn(names) => write!(f, "the caller does not hold {}", names.join(", ")),
            Self::WrongPassword => f.write_str("the password is wrong"),
            Self::InvalidToken => f.write_str("the one-time token is not valid"),
            Self::EmailNotVerified => f.write_str("the e-mail address is not verified"),
            Self::LastAdministrator => f.write_str("no administrator would be left"),
            Self::BuiltIn(what) => write!(f, "the {what} is built in"),
            Self::NotFound(what) => write!(f, "{what} not found"),
            Self::Full { what, most } => write!(f, "there are {most} {what} already"),
            Self::KeyReused => f.write_str("the idempotency key was given for another request"),
            Self::Taken { what, field } => write!(f, "a {what} with this {field} already exists"),
            Self::Changed { what, version } => write!(f, "the {what} is at version {version}"),
            Self::Refused(violations) => write!(f, "items cannot be done ({} violations)", violations.len()),
            Self::TooManyRequests { policy, .. } => write!(f, "the limit {policy} is used up"),
            Self::Unavailable(source) => write!(f, "unavailable: {source:#}"),
            Self::Internal(source) => write!(f, "internal: {source:#}"),
        }
    }
}

impl std::error::Error for Error {}

impl From<DatabaseError> for Error {
    fn from(error: DatabaseError) -> Self {
        match error {
            DatabaseError::Busy => Self::Unavailable(error.into()),
            other => Self::Internal(other.into()),
        }
    }
}

impl From<AssetsError> for Error {
    fn from(error: AssetsError) -> Self {
        Self::Unavailable(error.into())
    }
}

impl From<LimiterError> for Error {
    fn from(error: LimiterError) -> Self {
        Self::Unavailable(error.into())
    }
}

#[cfg(test)]
mod tests {
    use super::DetailCode;

    #[test]
    fn detail_codes_are_unique_and_described() {
        for (index, code) in DetailCode::ALL.iter().enumerate() {
            assert_eq!(DetailCode::parse(code.as_str()), Some(*code));
            assert!(DetailCode::ALL.iter().skip(index + 1).all(|other| other.as_str() != code.as_str()));
            assert!(code.description().ends_with('.'), "{code:?}");
        }
        assert_eq!(DetailCode::parse("Required"), None);
    }

    #[test]
    fn detail_codes_are_written_as_their_words() {
        assert_eq!(serde_json::to_string(&DetailCode::TooMany).unwrap(), "\"too_many\"");
    }
}
