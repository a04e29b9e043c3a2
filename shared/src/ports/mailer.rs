//! Sending mail through a provider.

use async_trait::async_trait;

/// One mail, ready to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// `Name <address>` or a bare address.
    pub from: String,
    /// One recipient's address.
    pub to: String,
    /// The subject, one line.
    pub subject: String,
    /// The HTML part.
    pub html: String,
    /// The plain-text part.
    pub text: String,
    /// Further headers, for instance `List-Unsubscribe`.
    pub headers: Vec<(String, String)>,
}

/// Why a mail was not accepted.
#[derive(Debug)]
pub enum MailerError {
    /// The provider refuses this mail and always will: a bad address, a bad key, a forbidden sender.
    Rejected(String),
    /// The provider or the way to it failed; trying again with the same idempotency key is right.
    /// `retry_after` is the provider's wish in seconds.
    Unavailable {
        /// What happened, for the job's record.
        reason: String,
        /// The provider's `Retry-After`, in seconds.
        retry_after: Option<u32>,
    },
}

impl std::fmt::Display for MailerError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Rejected(reason) => write!(f, "the mail API refused the mail: {reason}"),
            Self::Unavailable { reason, .. } => write!(f, "the mail API is not available: {reason}"),
        }
    }
}

impl std::error::Error for MailerError {}

/// Hands mail to a provider.
///
/// # MUST
/// - send the idempotency key along, so that a repeated call makes no second mail;
/// - tell apart what will never work from what may work later.
#[async_trait(?Send)]
pub trait Mailer {
    /// Sends one mail and answers the provider's id for it.
    async fn send(&self, mail: &Mail, idempotency_key: &str) -> Result<String, MailerError>;
}
