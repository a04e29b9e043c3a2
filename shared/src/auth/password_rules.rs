//! What a new password may not be, beside too short or too long: one of the most common ones, or the address over again.

use validator::ValidationError;

use crate::auth::common_passwords;
use crate::error::{DetailCode, Error, Result, Violation};

/// Shorter local parts are in too many words.
const SHORTEST_NAME: usize = 4;

/// The rule for new passwords that one of the most common is refused, in whatever case its letters are.
///
/// # Errors
/// When it is one.
pub fn uncommon(password: &str) -> Result<(), ValidationError> {
    if common_passwords::contains(password) {
        let sentence = "Is among the most common passwords, which are the first to be tried.";
        return Err(ValidationError::new(DetailCode::Common.as_str()).with_message(sentence.into()));
    }
    Ok(())
}

/// The rule for new passwords that they do not contain the account's address, nor what stands before its `@`, in whatever
/// case; nor are they a part of the address. `field` is the password's.
///
/// # Errors
/// [`Error::Invalid`] when they do.
pub fn apart_from(email: &str, password: &str, field: &str) -> Result<()> {
    let (email, password) = (email.to_lowercase(), password.to_lowercase());
    let name = email.split('@').next().unwrap_or_default();
    let named = name.chars().count() >= SHORTEST_NAME && password.contains(name);
    if named || password.contains(&email) || email.contains(&password) {
        let sentence = "Must not contain your e-mail address or its beginning.";
        return Err(Error::Invalid(vec![Violation::new(field, DetailCode::ContainsEmail, sentence)]));
    }
    Ok(())
}

/// The rule that a new password is not the current one over again. `field` is the new one's.
///
/// # Errors
/// [`Error::Invalid`] when it is.
pub fn another(current: &str, new: &str, field: &str) -> Result<()> {
    if current == new {
        let sentence = "Must not be the current password.";
        return Err(Error::Invalid(vec![Violation::new(field, DetailCode::Invalid, sentence)]));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_that_repeat_the_address_are_refused() {
        let refused = [
            ("ada.lovelace@example.com", "ada.lovelace@example.com"),
            ("ada.lovelace@example.com", "my ADA.Lovelace 1815"),
            ("ada.lovelace@example.com", "example.com"),
            ("adal@example.com", "xxadalxx"),
            ("a@b.example", "12a@b.example34"),
        ];
        for (email, password) in refused {
            let Err(Error::Invalid(found)) = apart_from(email, password, "password") else {
                panic!("{email} {password}")
            };
            assert_eq!((found[0].field.as_str(), found[0].code), ("password", DetailCode::ContainsEmail));
        }
        let allowed = [
            ("ada@example.com", "canada is large"),
            ("ada.lovelace@example.com", "adalovelace"),
            ("ada.lovelace@example.com", "an example.com of it"),
        ];
        for (email, password) in allowed {
            assert!(apart_from(email, password, "password").is_ok(), "{email} {password}");
        }
    }
}
