//! D1's answers, read from their JSON text.

use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use shared::ports::{Rows, Value};

use super::MAX_SAFE_INTEGER;

/// The answer to one statement.
pub(super) fn one(answer: &str) -> anyhow::Result<Rows> {
    Ok(serde_json::from_str::<Answer>(answer)?.into())
}

/// The answers to a batch.
pub(super) fn many(answer: &str) -> anyhow::Result<Vec<Rows>> {
    Ok(serde_json::from_str::<Vec<Answer>>(answer)?.into_iter().map(Rows::from).collect())
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    results: Table,
    meta: Meta,
}

#[derive(Deserialize)]
struct Meta {
    /// Counts what triggers and foreign keys changed as well.
    #[serde(default)]
    changes: u64,
    rows_read: Option<u64>,
}

impl From<Answer> for Rows {
    fn from(answer: Answer) -> Self {
        Self::new(answer.results.columns, answer.results.rows, answer.meta.changes, answer.meta.rows_read)
    }
}

/// Rows that arrive as objects with the same keys in the same order, so that only the first one's keys are kept.
#[derive(Default)]
struct Table {
    columns: Vec<String>,
    rows: Vec<Vec<Value>>,
}

impl<'de> Deserialize<'de> for Table {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Objects;
        impl<'de> Visitor<'de> for Objects {
            type Value = Table;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an array of rows")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut objects: A) -> Result<Table, A::Error> {
                let mut table = Table::default();
                while let Some(row) = objects.next_element_seed(Object { columns: &mut table.columns })? {
                    table.rows.push(row);
                }
                Ok(table)
            }
        }
        deserializer.deserialize_seq(Objects)
    }
}

/// One row; without columns yet, the first.
struct Object<'a> {
    columns: &'a mut Vec<String>,
}

impl<'de> DeserializeSeed<'de> for Object<'_> {
    type Value = Vec<Value>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Object<'_> {
    type Value = Vec<Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a row")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Self::Value, A::Error> {
        let mut values = Vec::with_capacity(self.columns.len());
        if self.columns.is_empty() {
            while let Some(name) = object.next_key()? {
                self.columns.push(name);
                values.push(object.next_value::<Cell>()?.0);
            }
            return Ok(values);
        }
        while object.next_key::<IgnoredAny>()?.is_some() {
            values.push(object.next_value::<Cell>()?.0);
        }
        if values.len() == self.columns.len() {
            Ok(values)
        } else {
            Err(A::Error::invalid_length(values.len(), &"as many values as the first row"))
        }
    }
}

struct Cell(Value);

impl<'de> Deserialize<'de> for Cell {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(CellVisitor).map(Self)
    }
}

struct CellVisitor;

impl<'de> Visitor<'de> for CellVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("null, a number, a text or an array of bytes")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    #[expect(clippy::cast_precision_loss, reason = "JavaScript has lost those digits already")]
    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        let exact = number.unsigned_abs() <= MAX_SAFE_INTEGER.unsigned_abs();
        Ok(if exact { Value::Integer(number) } else { Value::Real(number as f64) })
    }

    #[expect(clippy::cast_precision_loss, reason = "JavaScript has lost those digits already")]
    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        let exact = i64::try_from(number).ok().filter(|number| *number <= MAX_SAFE_INTEGER);
        Ok(exact.map_or(Value::Real(number as f64), Value::Integer))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        Ok(Value::Real(number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(Value::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut bytes: A) -> Result<Value, A::Error> {
        let mut blob = Vec::with_capacity(bytes.size_hint().unwrap_or(0));
        while let Some(byte) = bytes.next_element()? {
            blob.push(byte);
        }
        Ok(Value::Blob(blob))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(results: &str) -> Rows {
        one(&format!(r#"{{"success":true,"meta":{{"changes":3,"rows_read":7,"x":[]}},"results":{results}}}"#))
            .unwrap()
    }

    #[test]
    fn every_kind_of_value_is_read() {
        let rows = read(
            r#"[{"b\"":null,"i":-9007199254740991,"r":0.1,"t":"\u0000 \"π\" 🦀","blob":[0,255],"empty":[]},
                {"b\"":1,"i":9007199254740992,"r":1e+21,"t":"","blob":null,"empty":[]}]"#,
        );
        let row = rows.first().unwrap();
        assert_eq!(row.value("b\"").unwrap(), &Value::Null);
        assert_eq!(row.get::<i64>("i").unwrap(), -MAX_SAFE_INTEGER);
        assert_eq!(row.value("r").unwrap(), &Value::Real(0.1));
        assert_eq!(row.get::<String>("t").unwrap(), "\0 \"π\" 🦀");
        assert_eq!(row.get::<Vec<u8>>("blob").unwrap(), [0, 255]);
        assert_eq!(row.get::<Vec<u8>>("empty").unwrap(), [0; 0]);
        let second = rows.iter().nth(1).unwrap();
        assert!(second.get::<i64>("i").is_err(), "digits were lost");
        assert_eq!(second.value("r").unwrap(), &Value::Real(1e21));
        assert_eq!((rows.changes, rows.rows_read), (3, Some(7)));
    }

    #[test]
    fn no_rows_are_no_columns() {
        assert!(read("[]").is_empty());
        assert_eq!(many("[]").unwrap().len(), 0);
    }

    #[test]
    fn a_ragged_answer_is_an_error() {
        assert!(one(r#"{"meta":{},"results":[{"a":1},{"a":1,"b":2}]}"#).is_err());
    }
}
