//! The closed catalogue of error codes, and the one mapping from failures to responses.

use std::time::Duration;

use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use shared::error::{DetailCode, Error, SignedOut, Violation};

use crate::http::{Response, accept};
use crate::middleware::caching;

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $name:ident = $code:literal, $status:ident;)+) => {
        /// Every code that an error answer may carry.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Code {
            $($(#[doc = $doc])+ $name,)+
        }

        impl Code {
            /// Every code.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The code as clients see it.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code,)+ }
            }

            /// The status that goes with it.
            pub fn status(self) -> StatusCode {
                match self { $(Self::$name => StatusCode::$status,)+ }
            }

            /// When it occurs, for the documentation and for problem details.
            pub fn description(self) -> &'static str {
                match self { $(Self::$name => concat!($($doc),+).trim_ascii(),)+ }
            }
        }
    };
}

codes! {
    /// The request cannot be understood.
    BadRequest = "bad_request", BAD_REQUEST;
    /// The body is not JSON.
    MalformedJson = "malformed_json", BAD_REQUEST;
    /// The token from a mail is unknown, used, expired or for something else.
    InvalidToken = "invalid_token", BAD_REQUEST;
    /// The query string has unknown, malformed or duplicate parameters.
    InvalidQuery = "invalid_query", BAD_REQUEST;
    /// No index serves the query, and too many rows would have to be looked at; the message says what indexes serve.
    QueryTooBroad = "query_too_broad", BAD_REQUEST;
    /// Nobody is signed in.
    Unauthenticated = "unauthenticated", UNAUTHORIZED;
    /// The access token is malformed, forged or expired, or its session has ended.
    InvalidSession = "invalid_session", UNAUTHORIZED;
    /// The API key is mistyped, unknown, expired or revoked, or its user is locked out.
    InvalidApiKey = "invalid_api_key", UNAUTHORIZED;
    /// The e-mail address or the password is wrong.
    WrongCredentials = "wrong_credentials", UNAUTHORIZED;
    /// The signed-in user lacks a capability.
    MissingCapability = "missing_capability", FORBIDDEN;
    /// An API key cannot do this; a person must be signed in.
    SessionRequired = "session_required", FORBIDDEN;
    /// Nobody may give, take or touch what holds capabilities that they do not hold themselves.
    BeyondOwn = "beyond_own_capabilities", FORBIDDEN;
    /// The password that the request repeats is wrong.
    WrongPassword = "wrong_password", FORBIDDEN;
    /// The user must verify the e-mail address first.
    EmailNotVerified = "email_not_verified", FORBIDDEN;
    /// A browser sent the request from an origin that is not allowed.
    OriginNotAllowed = "origin_not_allowed", FORBIDDEN;
    /// There is nothing here, or nothing that the caller may know of.
    NotFound = "not_found", NOT_FOUND;
    /// The resource does not have this method; `Allow` lists those it has.
    MethodNotAllowed = "method_not_allowed", METHOD_NOT_ALLOWED;
    /// The `Accept` header rules out every media type that the resource can answer in.
    NotAcceptable = "not_acceptable", NOT_ACCEPTABLE;
    /// Something with this unique value already exists.
    AlreadyExists = "already_exists", CONFLICT;
    /// The `Idempotency-Key` was given for another request in the last 24 hours: another path or another body.
    IdempotencyKeyReused = "idempotency_key_reused", CONFLICT;
    /// Not every item can be done, so that none was; `details` lists those that cannot, up to 20.
    ItemsRefused = "items_refused", CONFLICT;
    /// There are as many of these as anybody may have.
    LimitReached = "limit_reached", CONFLICT;
    /// Nobody who may do everything would be left.
    LastAdministrator = "last_administrator", CONFLICT;
    /// What came with the service cannot be changed or deleted.
    BuiltIn = "built_in", CONFLICT;
    /// The entity is not at the version that `If-Match` asks for: somebody changed it. Nothing was done.
    PreconditionFailed = "precondition_failed", PRECONDITION_FAILED;
    /// The body is larger than the route reads.
    BodyTooLarge = "body_too_large", PAYLOAD_TOO_LARGE;
    /// The path and query are longer than 8,192 bytes.
    UriTooLong = "uri_too_long", URI_TOO_LONG;
    /// The body's media type is not the one that the route reads.
    UnsupportedMediaType = "unsupported_media_type", UNSUPPORTED_MEDIA_TYPE;
    /// The body is well-formed JSON that breaks rules; `details` lists all of them.
    InvalidInput = "invalid_input", UNPROCESSABLE_ENTITY;
    /// The service is set to change entities only with `If-Match`, so that nobody overwrites what they have not seen.
    PreconditionRequired = "precondition_required", PRECONDITION_REQUIRED;
    /// A limit is used up; `Retry-After` says for how long.
    TooManyRequests = "too_many_requests", TOO_MANY_REQUESTS;
    /// A mistake of ours, logged under the request id.
    InternalError = "internal_error", INTERNAL_SERVER_ERROR;
    /// Something that the service depends on does not answer now.
    Unavailable = "unavailable", SERVICE_UNAVAILABLE;
    /// A setting is missing or malformed.
    Misconfigured = "misconfigured", SERVICE_UNAVAILABLE;
}

/// A request that fails.
#[derive(Debug)]
pub struct Failure {
    /// The code.
    pub code: Code,
    /// A sentence for people.
    pub message: String,
    /// What is wrong in particular.
    pub details: Vec<Violation>,
    /// Headers that go with it.
    pub headers: Vec<(header::HeaderName, HeaderValue)>,
    /// What the log needs and the client must not see.
    pub source: Option<anyhow::Error>,
}

impl Failure {
    /// A failure with a sentence.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), details: Vec::new(), headers: Vec::new(), source: None }
    }

    /// Adds what is wrong in particular.
    #[must_use]
    pub fn with_details(mut self, details: Vec<Violation>) -> Self {
        self.details = details;
        self
    }

    /// Adds a header; a value that no header can carry is left out.
    #[must_use]
    pub fn with_header(mut self, name: header::HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.push((name, value));
        }
        self
    }

    fn caused_by(code: Code, message: &str, source: anyhow::Error) -> Self {
        Self { source: Some(source), ..Self::new(code, message) }
    }

    /// The response in the envelope, or as problem details (RFC 9457).
    pub fn into_response(self, request_id: &str, problem: bool) -> Response {
        let body = if problem { self.problem(request_id) } else { self.envelope(request_id) };
        let media_type = if problem { "application/problem+json" } else { "application/json" };
        let mut response = http::Response::new(body.into());
        *response.status_mut() = self.code.status();
        let headers = response.headers_mut();
        headers.extend(self.headers);
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
        headers.insert(header::VARY, accept::VARY);
        caching::forbid(headers);
        response
    }

    fn envelope(&self, request_id: &str) -> Vec<u8> {
        let envelope = Envelope {
            success: false,
            error: &self.message,
            code: self.code.as_str(),
            details: &self.details,
            request_id,
        };
        serde_json::to_vec(&envelope).unwrap_or_default()
    }

    fn problem(&self, request_id: &str) -> Vec<u8> {
        let problem = Problem {
            r#type: format!("urn:ashlar:error:{}", self.code.as_str()),
            title: self.code.description(),
            status: self.code.status().as_u16(),
            detail: &self.message,
            instance: format!("urn:ashlar:request:{request_id}"),
            code: self.code.as_str(),
            errors: &self.details,
        };
        serde_json::to_vec(&problem).unwrap_or_default()
    }
}

#[derive(Serialize)]
struct Envelope<'a> {
    success: bool,
    error: &'a str,
    code: &'static str,
    details: &'a [Violation],
    request_id: &'a str,
}

#[derive(Serialize)]
struct Problem<'a> {
    r#type: String,
    title: &'static str,
    status: u16,
    detail: &'a str,
    instance: String,
    code: &'static str,
    errors: &'a [Violation],
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Invalid(details) => {
                Self::new(Code::InvalidInput, "The input breaks rules; see the details.")
                    .with_details(details)
            }
            Error::BadQuery(details) => {
                Self::new(Code::InvalidQuery, "The query cannot be understood; see the details.")
                    .with_details(details)
            }
            Error::TooBroad(message) => Self::new(Code::QueryTooBroad, message),
            Error::SignedOut(reason) => signed_out(reason),
            Error::MissingCapability(name) => {
                Self::new(Code::MissingCapability, format!("You need the capability {name} for this."))
            }
            Error::SessionRequired => {
                Self::new(Code::SessionRequired, "An API key cannot do this. Sign in with your password.")
            }
            Error::BeyondOwn(names) => {
                let message = format!("You would need {} yourself for this.", names.join(", "));
                Self::new(Code::BeyondOwn, message)
            }
            Error::WrongPassword => Self::new(Code::WrongPassword, "The password is wrong."),
            Error::InvalidToken => {
                let message = "This link is not valid any more, or never was. Ask for a new one.";
                Self::new(Code::InvalidToken, message)
            }
            Error::EmailNotVerified => {
                let message = "Verify your e-mail address first, by the link that was sent to it.";
                Self::new(Code::EmailNotVerified, message)
            }
            Error::LastAdministrator => {
                let message =
                    "Nobody who may do everything would be left. Make somebody else an administrator first.";
                Self::new(Code::LastAdministrator, message)
            }
            Error::BuiltIn(what) => {
                let message = format!("This {what} came with the service. It cannot be changed or deleted.");
                Self::new(Code::BuiltIn, message)
            }
            Error::NotFound(what) => Self::new(Code::NotFound, format!("There is no such {what}.")),
            Error::Full { what, most } => {
                let message = format!("You have {most} {what}, which is as many as anybody may have.");
                Self::new(Code::LimitReached, message)
            }
            Error::KeyReused => {
                let message = "This Idempotency-Key was given for another request. Use a new one for each.";
                Self::new(Code::IdempotencyKeyReused, message)
            }
            Error::Taken { what, field } => {
                let message = format!("There is already another {what} with this {field}.");
                let detail = Violation::new(field, DetailCode::Taken, "Is already in use.");
                Self::new(Code::AlreadyExists, message).with_details(vec![detail])
            }
            Error::Changed { what, version } => {
                let message = format!("The {what} has changed since: it is at version {version} now.");
                Self::new(Code::PreconditionFailed, message)
                    .with_header(header::ETAG, &format!("\"{version}\""))
            }
            Error::Refused(details) => {
                let message = "Not every item can be done, so nothing was; see the details.";
                Self::new(Code::ItemsRefused, message).with_details(details)
            }
            Error::TooManyRequests { retry_after, .. } => too_many_requests(retry_after),
            Error::Unavailable(source) => {
                let message = "The service cannot answer now. Try again in a moment.";
                Self::caused_by(Code::Unavailable, message, source).with_header(header::RETRY_AFTER, "1")
            }
            Error::Internal(source) => Self::caused_by(Code::InternalError, "Internal error.", source),
        }
    }
}

fn signed_out(reason: SignedOut) -> Failure {
    let (code, message) = match reason {
        SignedOut::NoSession => (Code::Unauthenticated, "You are not signed in."),
        SignedOut::InvalidSession => {
            (Code::InvalidSession, "Your session is not valid any more. Sign in again.")
        }
        SignedOut::InvalidApiKey => (Code::InvalidApiKey, "This API key is not valid, or not any more."),
        SignedOut::WrongCredentials => {
            (Code::WrongCredentials, "The e-mail address or the password is wrong.")
        }
    };
    Failure::new(code, message).with_header(header::WWW_AUTHENTICATE, "Bearer realm=\"ashlar\"")
}

/// The limit's own headers come from the middleware, which knows every policy that the request is under.
fn too_many_requests(retry_after: Duration) -> Failure {
    let seconds = whole_seconds(retry_after);
    let message = format!("Too many requests. Try again in {seconds} seconds.");
    Failure::new(Code::TooManyRequests, message).with_header(header::RETRY_AFTER, &seconds.to_string())
}

/// Seconds, rounded up: who waits that long has waited long enough.
pub fn whole_seconds(duration: Duration) -> u64 {
    duration.as_secs() + u64::from(duration.subsec_nanos() > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_that_is_too_broad_is_refused_with_what_to_ask_instead() {
        let failure = Failure::from(Error::TooBroad("Ask for less.".to_owned()));
        assert_eq!((failure.code, failure.code.status()), (Code::QueryTooBroad, StatusCode::BAD_REQUEST));
        assert_eq!(failure.message, "Ask for less.");
    }

    #[test]
    fn codes_are_unique_and_described() {
        for (index, code) in Code::ALL.iter().enumerate() {
            assert!(Code::ALL.iter().skip(index + 1).all(|other| other.as_str() != code.as_str()));
            assert!(code.status().as_u16() >= 400 && code.description().ends_with('.'));
        }
    }
}
