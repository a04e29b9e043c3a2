//! Conditions: how the value of one is read, and what it amounts to.

use crate::error::DetailCode;
use crate::ports::Value;
use crate::query::resource::{Field, Kind, Operator};
use crate::query::{MAX_SET, MAX_TEXT};
use crate::time::Timestamp;

/// What a condition compares with.
#[derive(Debug, Clone, PartialEq)]
pub enum Operand {
    /// One value.
    One(Value),
    /// Several values, of `in` and `nin`.
    Several(Vec<Value>),
    /// Whether NULL is asked for.
    IsNull(bool),
    /// From the first value on and below the second, if there is one: what begins with a text.
    Within(Value, Option<Value>),
}

/// One condition.
#[derive(Debug, Clone)]
pub struct Filter {
    /// The field.
    pub field: &'static Field,
    /// How it is compared.
    pub operator: Operator,
    /// What it is compared with.
    pub operand: Operand,
}

impl Filter {
    /// A condition that a service sets: the column is this.
    pub fn equals(field: &'static Field, value: impl Into<Value>) -> Self {
        Self { field, operator: Operator::Eq, operand: Operand::One(value.into()) }
    }

    /// A condition that a service sets: the column is NULL.
    pub fn is_null(field: &'static Field) -> Self {
        Self { field, operator: Operator::Null, operand: Operand::IsNull(true) }
    }

    /// Reads the value of a condition.
    pub(super) fn read(field: &'static Field, operator: Operator, text: &str) -> Result<Self, Problem> {
        let operand = operand(field.kind, operator, text)?;
        Ok(Self { field, operator, operand }.simplified())
    }

    /// The values that the condition binds.
    pub(super) fn values(&self) -> impl Iterator<Item = &Value> {
        let (several, other): (&[Value], _) = match &self.operand {
            Operand::Several(values) => (values, [None, None]),
            Operand::One(value) => (&[], [Some(value), None]),
            Operand::Within(from, below) => (&[], [Some(from), below.as_ref()]),
            Operand::IsNull(_) => (&[], [None, None]),
        };
        several.iter().chain(other.into_iter().flatten())
    }

    /// The same condition in the form that an index serves best: none of some words is one of the others, and one of one
    /// value is that value.
    fn simplified(mut self) -> Self {
        if let (Kind::Choice(words), Operator::Ne | Operator::Nin) = (self.field.kind, self.operator) {
            let others = words.iter().map(|word| Value::from(*word));
            let others = others.filter(|word| self.values().all(|value| value != word)).collect();
            self = Self { operator: Operator::In, operand: Operand::Several(others), ..self };
        }
        if let Operand::Several(values) = &mut self.operand {
            let mut seen: Vec<Value> = Vec::with_capacity(values.len());
            values.retain(|value| {
                let new = !seen.contains(value);
                if new {
                    seen.push(value.clone());
                }
                new
            });
            if let (Operator::In, [_]) = (self.operator, values.as_slice()) {
                let operand = values.pop().map_or(Operand::IsNull(true), Operand::One);
                return Self { operator: Operator::Eq, operand, ..self };
            }
        }
        self
    }
}

/// A mistake before it is known where.
pub(super) type Problem = (DetailCode, String);

fn operand(kind: Kind, operator: Operator, text: &str) -> Result<Operand, Problem> {
    match operator {
        Operator::Null => match text {
            "true" => Ok(Operand::IsNull(true)),
            "false" => Ok(Operand::IsNull(false)),
            _ => Err((DetailCode::Choice, "Must be true or false.".to_owned())),
        },
        Operator::In | Operator::Nin => {
            if text.bytes().filter(|byte| *byte == b',').count() >= MAX_SET {
                return Err((DetailCode::TooMany, format!("At most {MAX_SET} values are allowed.")));
            }
            let values = text.split(',').map(|item| scalar(kind, item)).collect::<Result<Vec<_>, _>>()?;
            Ok(Operand::Several(values))
        }
        Operator::Prefix => {
            let from = scalar(kind, text)?;
            Ok(Operand::Within(from, after_all_that_begin_with(text).map(Value::Text)))
        }
        _ => scalar(kind, text).map(Operand::One),
    }
}

/// The first text, as SQLite compares them, that is greater than all that begin with this one.
fn after_all_that_begin_with(prefix: &str) -> Option<String> {
    let mut text = prefix.trim_end_matches(char::MAX).to_owned();
    let last = text.pop()?;
    // There is no character between these two.
    text.push(if last == '\u{d7ff}' { '\u{e000}' } else { char::from_u32(u32::from(last) + 1)? });
    Some(text)
}

fn scalar(kind: Kind, text: &str) -> Result<Value, Problem> {
    let wrong_type = |message: &str| (DetailCode::Type, message.to_owned());
    match kind {
        Kind::Text if text.len() > MAX_TEXT && text.chars().count() > MAX_TEXT => {
            Err((DetailCode::Length, format!("Must have at most {MAX_TEXT} characters.")))
        }
        Kind::Text if text.contains('\0') => Err((DetailCode::Control, "Must not contain NUL.".to_owned())),
        Kind::Text => Ok(Value::from(text)),
        Kind::Integer => {
            integer(text).map(Value::Integer).ok_or_else(|| wrong_type("Must be a whole number within 2^53."))
        }
        Kind::Time => Timestamp::parse_millis(text)
            .map(Value::Integer)
            .ok_or_else(|| wrong_type("Must be a time such as 2026-01-31T12:00:00Z (RFC 3339).")),
        Kind::Truth => match text {
            "true" => Ok(Value::Integer(1)),
            "false" => Ok(Value::Integer(0)),
            _ => Err((DetailCode::Choice, "Must be true or false.".to_owned())),
        },
        Kind::Choice(words) if words.contains(&text) => Ok(Value::from(text)),
        Kind::Choice(words) => Err((DetailCode::Choice, format!("Must be one of {}.", words.join(", ")))),
        Kind::Json => Err(wrong_type("Cannot be compared with.")),
    }
}

fn integer(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = (1..=16).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    text.parse::<i64>().ok().filter(|number| plain && number.unsigned_abs() < 1 << 53)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_begins_with_a_text_ends_before_the_next_one() {
        let cases = [
            ("lamp", Some("lamq")),
            ("", None),
            ("\u{10ffff}", None),
            ("a\u{10ffff}\u{10ffff}", Some("b")),
            ("\u{d7ff}", Some("\u{e000}")),
            ("\u{7f}", Some("\u{80}")),
        ];
        for (prefix, after) in cases {
            assert_eq!(after_all_that_begin_with(prefix).as_deref(), after, "{prefix:?}");
        }
    }

    #[test]
    fn none_of_some_words_is_one_of_the_others() {
        static STATUS: Field = Field::new("status", Kind::Choice(&["draft", "active", "archived"]));
        let read = |operator, text| Filter::read(&STATUS, operator, text).unwrap();
        let several =
            |words: &[&str]| Operand::Several(words.iter().map(|word| Value::from(*word)).collect());
        let of = |filter: Filter| (filter.operator, filter.operand);
        assert_eq!(of(read(Operator::Ne, "draft")), (Operator::In, several(&["active", "archived"])));
        assert_eq!(
            of(read(Operator::Nin, "draft,active")),
            (Operator::Eq, Operand::One(Value::from("archived")))
        );
        assert_eq!(of(read(Operator::Nin, "draft,active,archived")), (Operator::In, several(&[])));
        assert_eq!(of(read(Operator::In, "draft,draft")), (Operator::Eq, Operand::One(Value::from("draft"))));
    }
}
