//! Why a walk ended early.

use std::fmt;

use serde::de::{self, Expected, Unexpected};
use shared::error::DetailCode;
use shared::validation::parse_refusal;

/// The error of the reader. What a visitor says is put into plain words here, and never repeats what was sent.
#[derive(Debug)]
pub(super) enum Fault {
    /// A struct lacks this field.
    Missing(&'static str),
    /// A type refuses its value.
    Refused(DetailCode, String),
    /// The walk has noted why.
    Noted,
}

impl Fault {
    fn refused(code: DetailCode, sentence: &str) -> Self {
        Self::Refused(code, sentence.to_owned())
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

impl std::error::Error for Fault {}

impl de::Error for Fault {
    fn custom<T: fmt::Display>(message: T) -> Self {
        let text = message.to_string();
        let (code, sentence) = parse_refusal(&text).unwrap_or((DetailCode::Invalid, "Is not valid."));
        Self::refused(code, sentence)
    }

    fn invalid_type(_: Unexpected<'_>, _: &dyn Expected) -> Self {
        Self::refused(DetailCode::Type, "Has the wrong type.")
    }

    fn invalid_value(_: Unexpected<'_>, _: &dyn Expected) -> Self {
        Self::refused(DetailCode::Invalid, "Is not valid.")
    }

    fn invalid_length(_: usize, _: &dyn Expected) -> Self {
        Self::refused(DetailCode::Length, "Has the wrong number of items.")
    }

    fn unknown_variant(_: &str, expected: &'static [&'static str]) -> Self {
        Self::Refused(DetailCode::Choice, one_of(expected))
    }

    fn unknown_field(_: &str, _: &'static [&'static str]) -> Self {
        Self::refused(DetailCode::Unknown, "Has a field that is not known.")
    }

    fn missing_field(field: &'static str) -> Self {
        Self::Missing(field)
    }

    fn duplicate_field(_: &'static str) -> Self {
        Self::refused(DetailCode::Duplicate, "Has a field more than once.")
    }
}

/// The sentence for a value that must be one of some words.
pub(super) fn one_of(words: &[&str]) -> String {
    format!("Must be one of {}.", words.join(", "))
}
