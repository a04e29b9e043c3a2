//! What a patch names. An UPDATE sets these columns and no others: SQLite writes each index anew that has a column which
//! is set, even to what it is.

use serde_json::Value as Json;

use crate::ports::Value;

/// Columns with what they become, in the order that they were told in.
#[derive(Debug, Default)]
pub struct Changes {
    columns: Vec<&'static str>,
    values: Vec<Value>,
}

impl Changes {
    /// The column becomes this, if the patch names it.
    #[must_use]
    pub fn set(mut self, column: &'static str, value: Option<impl Into<Value>>) -> Self {
        if let Some(value) = value {
            self.columns.push(column);
            self.values.push(value.into());
        }
        self
    }

    /// The names of the columns.
    pub fn columns(&self) -> &[&'static str] {
        &self.columns
    }

    /// The beginning of a SET, `price = ?3, stock = ?4, `, whose parameters are [`Changes::into_values`] from this number on.
    pub fn assignments(&self, first: usize) -> String {
        let numbered = self.columns.iter().zip(first..);
        numbered.map(|(column, number)| format!("{column} = ?{number}, ")).collect::<Vec<_>>().concat()
    }

    /// The values, to be bound.
    pub fn into_values(self) -> Vec<Value> {
        self.values
    }

    /// The columns as members of an object, for [`bulk`](crate::repositories::bulk).
    pub fn into_row(self) -> Json {
        let json = |value| match value {
            Value::Null | Value::Blob(_) => Json::Null,
            Value::Integer(number) => number.into(),
            Value::Real(number) => number.into(),
            Value::Text(text) => text.into(),
        };
        self.columns.into_iter().map(str::to_owned).zip(self.values.into_iter().map(json)).collect()
    }
}
