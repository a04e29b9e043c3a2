//! Validation: rules for the `validator` derive, and the way from its report to [`Violation`]s.
//!
//! Lengths count characters, not bytes. Normalising (trimming, NFC, lower case) happens while deserialising, so
//! that rules see what will be stored. Rules on texts take any [`Text`]: a field that holds none breaks no rule.

mod email;
mod normalise;
pub mod patterns;

use serde::Deserialize;
use serde::de::Deserializer;
use serde_json::Value;
use validator::{Validate, ValidationError, ValidationErrors, ValidationErrorsKind};

pub use email::is_email;
pub use normalise::{TextField, email_address, normalised, password};

use crate::error::{DetailCode, Violation};
use crate::models::field::Field;

/// Every violation that the derived rules find, with the path of its field.
pub fn violations(input: &impl Validate) -> Vec<Violation> {
    input.validate().err().map(|errors| sorted(&errors)).unwrap_or_default()
}

/// Apart from [`violations`], which is compiled for each type: a sort takes 5 KB of Wasm.
fn sorted(errors: &ValidationErrors) -> Vec<Violation> {
    let mut found = Vec::new();
    collect(errors, "", &mut found);
    found.sort_by(|a, b| a.field.cmp(&b.field));
    found
}

fn collect(errors: &ValidationErrors, path: &str, found: &mut Vec<Violation>) {
    for (field, kind) in errors.errors() {
        let field = match field.strip_prefix("r#").unwrap_or(field) {
            // A rule on the whole struct.
            "__all__" => path.to_owned(),
            name if path.is_empty() => name.to_owned(),
            name => format!("{path}.{name}"),
        };
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
    let code = DetailCode::parse(&error.code).unwrap_or(DetailCode::Invalid);
    let message = match (&error.message, code) {
        (Some(message), _) => message.to_string(),
        (None, DetailCode::Length) => {
            let list = matches!(error.params.get("value"), Some(Value::Array(_) | Value::Object(_)));
            let what = if list { "items" } else { "characters" };
            bounds(error).map_or_else(wrong, |bounds| format!("Must have {bounds} {what}."))
        }
        (None, DetailCode::Range) => bounds(error).map_or_else(wrong, |bounds| format!("Must be {bounds}.")),
        (None, DetailCode::Email) => "Must be an e-mail address.".to_owned(),
        (None, DetailCode::Control) => "Must not contain control characters.".to_owned(),
        (None, _) => wrong(),
    };
    Violation::new(field, code, message)
}

fn wrong() -> String {
    "Is not valid.".to_owned()
}

/// The bounds of a `length` or `range` rule in words.
fn bounds(error: &ValidationError) -> Option<String> {
    let param = |name: &str| error.params.get(name);
    Some(match (param("equal"), param("min"), param("max")) {
        (Some(equal), _, _) => format!("exactly {equal}"),
        (None, Some(min), Some(max)) => format!("from {min} to {max}"),
        (None, Some(min), None) => format!("at least {min}"),
        (None, None, Some(max)) => format!("at most {max}"),
        (None, None, None) => return None,
    })
}

/// What a rule on texts looks at.
pub trait Text {
    /// The text, when there is one.
    fn text(&self) -> Option<&str>;
}

impl Text for str {
    fn text(&self) -> Option<&str> {
        Some(self)
    }
}

impl Text for String {
    fn text(&self) -> Option<&str> {
        Some(self)
    }
}

impl<T: Text + ?Sized> Text for &T {
    fn text(&self) -> Option<&str> {
        (**self).text()
    }
}

impl<T: Text> Text for Field<T> {
    fn text(&self) -> Option<&str> {
        self.value().and_then(Text::text)
    }
}

/// The rule for e-mail addresses: see [`is_email`].
///
/// # Errors
/// When the text is none.
pub fn email(input: &(impl Text + ?Sized)) -> Result<(), ValidationError> {
    obey(input, "email", is_email)
}

/// The rule for one-line texts: no control characters.
///
/// # Errors
/// When there is one.
pub fn one_line(input: &(impl Text + ?Sized)) -> Result<(), ValidationError> {
    obey(input, "control", |text| !text.chars().any(char::is_control))
}

/// The rule for longer texts: line breaks and tabs are the only control characters.
///
/// # Errors
/// When there is another.
pub fn many_lines(input: &(impl Text + ?Sized)) -> Result<(), ValidationError> {
    let forbidden = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    obey(input, "control", |text| !text.chars().any(forbidden))
}

fn obey(
    input: &(impl Text + ?Sized),
    code: &'static str,
    rule: impl Fn(&str) -> bool,
) -> Result<(), ValidationError> {
    if input.text().is_none_or(rule) { Ok(()) } else { Err(ValidationError::new(code)) }
}

/// Deserialises a field that may be absent but not null: of a patch, for a column that is NOT NULL. It goes with
/// `#[serde(default)]`.
///
/// # Errors
/// When the value is null or no `T`.
pub fn not_null<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// What separates code and sentence of a [`refusal`].
const MARK: char = '\u{1f}';

/// The error of a `Deserialize` implementation that refuses a value, with what the client shall read.
pub fn refusal<E: serde::de::Error>(code: DetailCode, sentence: &str) -> E {
    E::custom(format_args!("{}{MARK}{sentence}", code.as_str()))
}

/// Reads the text of a [`refusal`]; `None` when the error is another.
pub fn parse_refusal(text: &str) -> Option<(DetailCode, &str)> {
    let (code, sentence) = text.split_once(MARK)?;
    Some((DetailCode::parse(code)?, sentence))
}
