//! One-time tokens: what a mail carries so that whoever reads it can do one thing, once, for a while.
//!
//! A token is kept nowhere. It is an authentication code of what it is for and of the job that mails it, so that an attempt
//! of the job that comes again makes the same mail again; the database has its SHA-256.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use crate::auth::KeySet;
use crate::ids::JobId;
use crate::ports::{FromValue, Value};

/// What a token is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Shows that mail to the account's address reaches its user.
    VerifyEmail,
    /// Shows that mail to another address reaches the user, and makes it the account's.
    ChangeEmail,
    /// Sets the password anew.
    ResetPassword,
}

impl Purpose {
    const ALL: [Self; 3] = [Self::VerifyEmail, Self::ChangeEmail, Self::ResetPassword];

    /// The name in SQL.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::VerifyEmail => "verify_email",
            Self::ChangeEmail => "change_email",
            Self::ResetPassword => "reset_password",
        }
    }

    /// How long a token is good.
    pub fn lifetime(self) -> Duration {
        match self {
            Self::VerifyEmail | Self::ChangeEmail => Duration::from_hours(24),
            Self::ResetPassword => Duration::from_mins(45),
        }
    }

    /// Whether a newer token of the same user makes this one worthless.
    pub fn only_the_newest(self) -> bool {
        match self {
            Self::VerifyEmail => false,
            Self::ChangeEmail | Self::ResetPassword => true,
        }
    }
}

impl FromValue for Purpose {
    fn from_value(value: &Value) -> Option<Self> {
        let Value::Text(text) = value else { return None };
        Self::ALL.into_iter().find(|purpose| purpose.as_str() == text)
    }
}

/// The tokens that a job may mail, one by each key: 43 characters of base64url. The first is to be used, unless one of the
/// others is already: keys may rotate between two attempts of the job.
pub fn tokens(keys: &KeySet, purpose: Purpose, job: &JobId) -> Vec<String> {
    let codes = keys.codes(&format!("one-time-token:{}", purpose.as_str()), job.as_str().as_bytes());
    codes.iter().map(|code| URL_SAFE_NO_PAD.encode(code)).collect()
}

/// What the database knows a token by: its SHA-256 in base64url.
pub fn hash(token: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(token.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::SigningKey;
    use crate::ids::Id as _;

    fn keys(ids: &[u8]) -> KeySet {
        let key = |id: &u8| SigningKey { id: id.to_string(), bytes: vec![*id; 32] };
        KeySet::new(&ids.iter().map(key).collect::<Vec<_>>()).unwrap()
    }

    fn job(last: char) -> JobId {
        JobId::parse(&format!("019376a1-9c3b-7aaa-8bbb-0123456789a{last}")).unwrap()
    }

    #[test]
    fn a_token_is_made_again_as_long_as_its_key_is_there() {
        let before = tokens(&keys(&[1]), Purpose::ResetPassword, &job('1'));
        let after = tokens(&keys(&[2, 1]), Purpose::ResetPassword, &job('1'));
        assert_eq!((before.len(), after.len()), (1, 2));
        assert_eq!(before[0], after[1]);
        assert_ne!(before[0], after[0]);
        assert_eq!(before[0].len(), 43);
    }

    #[test]
    fn each_job_and_each_purpose_has_a_token_of_its_own() {
        let mut all = Vec::new();
        for purpose in Purpose::ALL {
            for last in ['1', '2'] {
                all.extend(tokens(&keys(&[1]), purpose, &job(last)));
            }
        }
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 6);
    }
}
