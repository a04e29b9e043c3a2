//! Validation: rules for the `validator` derive, and the way from its report to [`Violation`]s.
//!
//! Lengths count characters, not bytes. Normalising (trimming, NFC, lower case) happens while deserialising, so
//! that rules see what will be stored.

use serde::{Deserialize, Deserializer};
use unicode_normalization::UnicodeNormalization as _;
use validator::{Validate, ValidationError, ValidationErrors, ValidationErrorsKind};

use crate::error::{DetailCode, Violation};

/// Every violation that the derived rules find, with the path of its field.
pub fn violations(input: &impl Validate) -> Vec<Violation> {
    let mut found = Vec::new();
    if let Err(errors) = input.validate() {
        collect(&errors, "", &mut found);
    }
    found.sort_by(|a, b| a.field.cmp(&b.field));
    found
}

fn collect(errors: &ValidationErrors, path: &str, found: &mut Vec<Violation>) {
    for (field, kind) in errors.errors() {
        let field = if path.is_empty() { field.to_string() } else { format!("{path}.{field}") };
        match kind {
            ValidationErrorsKind::Field(errors) => {
                found.extend(errors.iter().map(|error| violation(&field, error)));
            }
            ValidationErrorsKind::Struct(inner) => collect(inner, &field, found),
            ValidationErrorsKind::List(items) => {
                for (index, inner) in items {
                    collect(inner, &format!("{field}[{index}]"), found);
                }
            }
        }
    }
}

fn violation(field: &str, error: &ValidationError) -> Violation {
    let param = |name: &str| error.params.get(name).map(ToString::to_string);
    let bounds = match (param("min"), param("max")) {
        (Some(min), Some(max)) => format!("from {min} to {max}"),
        (Some(min), None) => format!("at least {min}"),
        (None, Some(max)) => format!("at most {max}"),
        (None, None) => String::new(),
    };
    match (error.code.as_ref(), &error.message) {
        ("length", _) => Violation::new(field, DetailCode::Length, format!("Must have {bounds} characters.")),
        ("range", _) => Violation::new(field, DetailCode::Range, format!("Must be {bounds}.")),
        ("email", _) => Violation::new(field, DetailCode::Email, "Must be an e-mail address."),
        ("control", _) => Violation::new(field, DetailCode::Control, "Must not contain control characters."),
        (_, Some(message)) => Violation::new(field, DetailCode::Invalid, message.to_string()),
        (_, None) => Violation::new(field, DetailCode::Invalid, "Is not valid."),
    }
}

/// The grammar of the HTML standard's e-mail input (WHATWG, "valid e-mail address"), at most 254 characters as
/// SMTP can carry (RFC 5321): no quotes, no comments, no internationalised parts.
pub fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let atom = |c: char| c.is_ascii_alphanumeric() || ".!#$%&'*+/=?^_`{|}~-".contains(c);
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    text.len() <= 254 && !local.is_empty() && local.chars().all(atom) && domain.split('.').all(label)
}

/// The rule for e-mail addresses.
///
/// # Errors
/// When the text is none.
pub fn email(text: &str) -> Result<(), ValidationError> {
    is_email(text).then_some(()).ok_or_else(|| ValidationError::new("email"))
}

/// The rule for one-line texts: no control characters.
///
/// # Errors
/// When there is one.
pub fn one_line(text: &str) -> Result<(), ValidationError> {
    if text.chars().any(char::is_control) { Err(ValidationError::new("control")) } else { Ok(()) }
}

/// The rule for longer texts: line breaks and tabs are the only control characters.
///
/// # Errors
/// When there is another.
pub fn many_lines(text: &str) -> Result<(), ValidationError> {
    let forbidden = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    if text.chars().any(forbidden) { Err(ValidationError::new("control")) } else { Ok(()) }
}

/// Deserialises a text trimmed and in Unicode normalisation form C.
///
/// # Errors
/// When the value is no text.
pub fn normalised<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    String::deserialize(deserializer).map(|text| text.trim().nfc().collect())
}

/// Deserialises a password in Unicode normalisation form C, untrimmed: spaces count.
///
/// # Errors
/// When the value is no text.
pub fn password<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    String::deserialize(deserializer).map(|text| text.nfc().collect())
}

/// Deserialises an e-mail address trimmed and in lower case: two spellings are one account.
///
/// # Errors
/// When the value is no text.
pub fn email_address<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    String::deserialize(deserializer).map(|text| text.trim().to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::is_email;

    #[test]
    fn e_mail_addresses_follow_the_html_standard() {
        let long = format!("{}@{}.example", "a".repeat(64), "b".repeat(63));
        let good = [
            "a@b",
            "first.last+tag@sub.example.com",
            "o'hara@example.ie",
            "!#$%&'*+/=?^_`{|}~-@x.y",
            ".a.@b.c",
            &long,
        ];
        for address in good {
            assert!(is_email(address), "{address}");
        }
        let long_label = format!("a@{}.com", "b".repeat(64));
        let bad = [
            "",
            "@",
            "a@",
            "@b",
            "a b@c",
            "a@b c",
            "a@b..c",
            "a@-b.c",
            "a@b-.c",
            "a@b.c.",
            "a@b@c",
            "ü@b.c",
            "a@ü.c",
            "\"a\"@b.c",
            "a@b,c",
            "a@[127.0.0.1]",
            &long_label,
        ];
        for address in bad {
            assert!(!is_email(address), "{address}");
        }
    }
}
