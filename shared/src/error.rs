//! What can go wrong below the controllers, as variants that a caller can act on. No HTTP here.

use std::fmt;

use serde::Serialize;

use crate::limits::Decision;
use crate::ports::{AssetsError, DatabaseError, LimiterError};

/// The result of services and repositories.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// One thing that is wrong with the input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// Where: a JSON path (`items[2].price`), a query parameter (`price[gte]`) or a header's name.
    pub field: String,
    /// What kind: one of the documented detail codes, for instance `required` or `range`.
    pub code: &'static str,
    /// A sentence for people.
    pub message: String,
}

impl Violation {
    /// Puts one together.
    pub fn new(field: impl Into<String>, code: &'static str, message: impl Into<String>) -> Self {
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
    /// Nobody is signed in.
    SignedOut(SignedOut),
    /// Signed in, but without this capability.
    MissingCapability(&'static str),
    /// There is no such thing, or the caller may not know of it. Names the thing.
    NotFound(&'static str),
    /// It already exists. Names the field that must be unique.
    Taken {
        /// The thing, for the sentence.
        what: &'static str,
        /// The field that must be unique.
        field: &'static str,
    },
    /// A limit is used up.
    TooManyRequests {
        /// Which policy.
        policy: &'static str,
        /// What the limiter said.
        decision: Decision,
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
            Self::SignedOut(reason) => write!(f, "not signed in: {reason:?}"),
            Self::MissingCapability(name) => write!(f, "the capability {name} is missing"),
            Self::NotFound(what) => write!(f, "{what} not found"),
            Self::Taken { what, field } => write!(f, "a {what} with this {field} already exists"),
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
