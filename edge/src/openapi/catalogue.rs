//! What the documentation says of each error code beside its description.

use shared::error::DetailCode;

use crate::http::Code;

type Detail = (&'static str, DetailCode, &'static str);

impl Code {
    /// The headers that go with it.
    pub(crate) fn headers(self) -> &'static [&'static str] {
        match self {
            Self::MethodNotAllowed => &["allow"],
            Self::Unauthenticated | Self::InvalidSession | Self::InvalidApiKey | Self::WrongCredentials => {
                &["www-authenticate"]
            }
            Self::TooManyRequests => &["retry-after", "ratelimit-policy", "ratelimit"],
            Self::Unavailable => &["retry-after"],
            Self::PreconditionFailed => &["etag"],
            _ => &[],
        }
    }

    /// An example: the sentence, and the details as field, code and sentence.
    pub(crate) fn example(self) -> (&'static str, &'static [Detail]) {
        match self {
            Self::BadRequest => ("The body could not be read.", &[]),
            Self::MalformedJson => ("The body is not JSON: line 1, column 12.", &[]),
            Self::InvalidQuery => (
                "The query cannot be understood; see the details.",
                &[
                    ("limit", DetailCode::Range, "Must be a whole number from 1 to 100."),
                    (
                        "sort",
                        DetailCode::Unknown,
                        "Allowed are name, price, created_at, each with a leading - for descending.",
                    ),
                ],
            ),
            Self::QueryTooBroad => (
                "Too many rows would have to be looked at: more than 10000 meet the conditions that an index serves, and no \
                 index has the order, or too few of its first 50000 rows meet the other conditions. Give conditions that leave \
                 fewer rows, or ask for what an index serves: sort=created_at; category= and sort=price. Each serves the \
                 opposite order, and a range of the first field of the order, too.",
                &[],
            ),
            Self::Unauthenticated => ("You are not signed in.", &[]),
            Self::InvalidSession => ("Your session is not valid any more. Sign in again.", &[]),
            Self::InvalidApiKey => ("This API key is not valid, or not any more.", &[]),
            Self::WrongCredentials => ("The e-mail address or the password is wrong.", &[]),
            Self::MissingCapability => ("You need the capability create_products for this.", &[]),
            Self::SessionRequired => ("An API key cannot do this. Sign in with your password.", &[]),
            Self::BeyondOwn => ("You would need delete_products yourself for this.", &[]),
            Self::WrongPassword => ("The password is wrong.", &[]),
            Self::EmailNotVerified => {
                ("Verify your e-mail address first, by the link that was sent to it.", &[])
            }
            Self::InvalidToken => ("This link is not valid any more, or never was. Ask for a new one.", &[]),
            Self::IdempotencyKeyReused => {
                ("This Idempotency-Key was given for another request. Use a new one for each.", &[])
            }
            Self::ItemsRefused => (
                "Not every item can be done, so nothing was; see the details.",
                &[
                    ("items[3].id", DetailCode::Missing, "There is nothing with this id."),
                    (
                        "items[7].version",
                        DetailCode::Changed,
                        "It has changed since: it is at version 4 now.",
                    ),
                ],
            ),
            Self::LimitReached => ("You have 50 API keys, which is as many as anybody may have.", &[]),
            Self::LastAdministrator => (
                "Nobody who may do everything would be left. Make somebody else an administrator first.",
                &[],
            ),
            Self::BuiltIn => ("This role came with the service. It cannot be changed or deleted.", &[]),
            Self::OriginNotAllowed => ("Requests from this origin are not allowed.", &[]),
            Self::NotFound => ("There is no such product.", &[]),
            Self::MethodNotAllowed => ("This resource does not have the method PUT.", &[]),
            Self::NotAcceptable => ("This resource answers in application/json only.", &[]),
            Self::AlreadyExists => (
                "There is already another account with this email.",
                &[("email", DetailCode::Taken, "Is already in use.")],
            ),
            Self::PreconditionFailed => ("The product has changed since: it is at version 4 now.", &[]),
            Self::BodyTooLarge => ("The body has more than 1048576 bytes.", &[]),
            Self::UriTooLong => ("Path and query have more than 8192 bytes.", &[]),
            Self::UnsupportedMediaType => {
                ("The body must be JSON, with the header Content-Type: application/json.", &[])
            }
            Self::InvalidInput => (
                "The input breaks rules; see the details.",
                &[
                    ("name", DetailCode::Required, "Is required."),
                    ("price", DetailCode::Range, "Must be from 0 to 2147483647."),
                ],
            ),
            Self::PreconditionRequired => {
                ("Say with If-Match which version you want to change, or * for any.", &[])
            }
            Self::TooManyRequests => ("Too many requests. Try again in 180 seconds.", &[]),
            Self::InternalError => ("Internal error.", &[]),
            Self::Unavailable => ("The service cannot answer now. Try again in a moment.", &[]),
            Self::Misconfigured => {
                ("The service is not configured: setting PUBLIC_URL: not set; production needs it.", &[])
            }
        }
    }
}
