//! Relational storage: SQLite's dialect on every runtime.

use std::borrow::Cow;
use std::rc::Rc;

use async_trait::async_trait;

/// One SQLite value.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// SQL NULL.
    Null,
    /// A whole number between -(2^53 - 1) and 2^53 - 1: beyond that, JavaScript loses digits.
    Integer(i64),
    /// A floating-point number.
    Real(f64),
    /// UTF-8 text.
    Text(String),
    /// Bytes.
    Blob(Vec<u8>),
}

/// One statement with its parameters, bound in order to `?1`, `?2`, …
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    /// Exactly one SQL statement. It never contains input: input is bound.
    pub sql: Cow<'static, str>,
    /// At most 100 values (the limit of D1).
    pub params: Vec<Value>,
}

impl Statement {
    /// A statement without parameters.
    pub fn new(sql: impl Into<Cow<'static, str>>) -> Self {
        Self { sql: sql.into(), params: Vec::new() }
    }

    /// Binds the next parameter.
    #[must_use]
    pub fn bind(mut self, value: impl Into<Value>) -> Self {
        self.params.push(value.into());
        self
    }

    /// Binds the next parameters.
    #[must_use]
    pub fn bind_all(mut self, values: impl IntoIterator<Item = Value>) -> Self {
        self.params.extend(values);
        self
    }
}

/// What a statement answered.
#[derive(Debug, Clone, Default)]
pub struct Rows {
    columns: Rc<[String]>,
    values: Vec<Vec<Value>>,
    /// Rows that the statement inserted, updated or deleted.
    pub changes: u64,
    /// Rows that the engine read, where the runtime reports it.
    pub rows_read: Option<u64>,
}

impl Rows {
    /// Puts together what an adapter received.
    pub fn new(columns: Vec<String>, values: Vec<Vec<Value>>, changes: u64, rows_read: Option<u64>) -> Self {
        Self { columns: columns.into(), values, changes, rows_read }
    }

    /// The number of rows.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The rows in order.
    pub fn iter(&self) -> impl Iterator<Item = Row<'_>> {
        self.values.iter().map(|values| Row { columns: &self.columns, values })
    }

    /// The first row.
    pub fn first(&self) -> Option<Row<'_>> {
        self.iter().next()
    }
}

/// One row, read by column name.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    columns: &'a [String],
    values: &'a [Value],
}

impl<'a> Row<'a> {
    /// The value of a column.
    ///
    /// # Errors
    /// [`DatabaseError::Other`] when the statement has no such column: a mistake in the repository.
    pub fn value(&self, column: &str) -> Result<&'a Value, DatabaseError> {
        let index = self.columns.iter().position(|name| name == column);
        index.and_then(|index| self.values.get(index)).ok_or_else(|| {
            DatabaseError::Other(anyhow::anyhow!("the statement answers no column {column:?}"))
        })
    }

    /// The value of a column as a Rust type.
    ///
    /// # Errors
    /// [`DatabaseError::Other`] when the column is missing or holds another type.
    pub fn get<T: FromValue>(&self, column: &str) -> Result<T, DatabaseError> {
        let value = self.value(column)?;
        T::from_value(value).ok_or_else(|| {
            DatabaseError::Other(anyhow::anyhow!(
                "column {column:?} holds another type than the code expects"
            ))
        })
    }
}

/// A Rust type that a column can be read as.
pub trait FromValue: Sized {
    /// The value as this type, or `None` when it is of another.
    fn from_value(value: &Value) -> Option<Self>;
}

impl FromValue for String {
    fn from_value(value: &Value) -> Option<Self> {
        if let Value::Text(text) = value { Some(text.clone()) } else { None }
    }
}

impl FromValue for i64 {
    fn from_value(value: &Value) -> Option<Self> {
        if let Value::Integer(number) = value { Some(*number) } else { None }
    }
}

impl FromValue for u64 {
    fn from_value(value: &Value) -> Option<Self> {
        i64::from_value(value).and_then(|number| Self::try_from(number).ok())
    }
}

impl FromValue for u32 {
    fn from_value(value: &Value) -> Option<Self> {
        i64::from_value(value).and_then(|number| Self::try_from(number).ok())
    }
}

impl FromValue for bool {
    fn from_value(value: &Value) -> Option<Self> {
        i64::from_value(value).map(|number| number != 0)
    }
}

impl FromValue for f64 {
    #[expect(clippy::cast_precision_loss, reason = "integers are within 2^53")]
    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Real(number) => Some(*number),
            Value::Integer(number) => Some(*number as Self),
            _ => None,
        }
    }
}

impl FromValue for Vec<u8> {
    fn from_value(value: &Value) -> Option<Self> {
        if let Value::Blob(bytes) = value { Some(bytes.clone()) } else { None }
    }
}

impl<T: FromValue> FromValue for Option<T> {
    fn from_value(value: &Value) -> Option<Self> {
        if *value == Value::Null { Some(None) } else { T::from_value(value).map(Some) }
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Integer(value)
    }
}

impl From<u32> for Value {
    fn from(value: u32) -> Self {
        Self::Integer(i64::from(value))
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Integer(i64::from(value))
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Self::Real(value)
    }
}

impl From<Vec<u8>> for Value {
    fn from(value: Vec<u8>) -> Self {
        Self::Blob(value)
    }
}

impl From<&[u8]> for Value {
    fn from(value: &[u8]) -> Self {
        Self::Blob(value.to_vec())
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// Why a statement failed.
#[derive(Debug)]
pub enum DatabaseError {
    /// A UNIQUE or PRIMARY KEY constraint; the text is SQLite's `table.column, table.column`.
    UniqueViolation(String),
    /// A CHECK constraint; the text is the constraint's name or expression.
    CheckViolation(String),
    /// A FOREIGN KEY constraint.
    ForeignKeyViolation,
    /// The database was locked or overloaded for longer than the adapter waits. Trying again may help.
    Busy,
    /// Anything else: bad SQL, a lost connection, a value of another type.
    Other(anyhow::Error),
}

impl DatabaseError {
    /// Reads the kind of failure from SQLite's own words, which every runtime passes on.
    pub fn from_message(message: &str) -> Self {
        let after = |marker: &str| {
            message.split_once(marker).map(|(_, rest)| {
                let end = rest.find([':', '\n']).unwrap_or(rest.len());
                rest.get(..end).unwrap_or(rest).trim().to_owned()
            })
        };
        if let Some(columns) = after("UNIQUE constraint failed: ") {
            Self::UniqueViolation(columns)
        } else if let Some(check) = after("CHECK constraint failed: ") {
            Self::CheckViolation(check)
        } else if message.contains("FOREIGN KEY constraint failed") {
            Self::ForeignKeyViolation
        } else if message.contains("database is locked") || message.contains("SQLITE_BUSY") {
            Self::Busy
        } else {
            Self::Other(anyhow::anyhow!("{message}"))
        }
    }
}

impl std::fmt::Display for DatabaseError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::UniqueViolation(columns) => write!(f, "UNIQUE constraint failed: {columns}"),
            Self::CheckViolation(check) => write!(f, "CHECK constraint failed: {check}"),
            Self::ForeignKeyViolation => f.write_str("FOREIGN KEY constraint failed"),
            Self::Busy => f.write_str("the database stayed busy"),
            Self::Other(source) => write!(f, "{source:#}"),
        }
    }
}

impl std::error::Error for DatabaseError {}

/// Which of its copies a database may answer from. One without copies has no choice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Anchor {
    /// The one that is written to: everything that was committed is seen.
    Primary,
    /// Any, however far behind it is.
    Nearest,
    /// Any that is as new as the state with this bookmark.
    AtLeast(String),
}

/// Runs SQL.
///
/// # MUST
/// - bind parameters, and give back integers up to 2^53 - 1, NULL, UTF-8 text and blobs exactly as they went in;
/// - run a `batch` as one transaction: all of its statements or none, isolated from every other writer;
/// - report constraint violations as their own kind of error;
/// - enforce foreign keys;
/// - see, in a statement, every write that was answered before it.
#[async_trait(?Send)]
pub trait Database {
    /// Runs one statement.
    async fn query(&self, statement: Statement) -> Result<Rows, DatabaseError>;

    /// Runs statements in order as one transaction and answers with one [`Rows`] for each.
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Rows>, DatabaseError>;

    /// Says what may answer from here on; without a word, the primary does. What this database has answered already,
    /// later answers are never behind of.
    fn anchor(&self, _: Anchor) {}

    /// Whether the primary answers: what a copy answers may be as far behind as the copy is.
    fn is_primary(&self) -> bool {
        true
    }

    /// Names the newest state that was seen since [`Database::anchor`]; `None` where there are no copies.
    fn bookmark(&self) -> Option<String> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constraint_failures_are_typed_whatever_surrounds_them() {
        let d1 = "D1_ERROR: UNIQUE constraint failed: users.email: SQLITE_CONSTRAINT";
        assert!(
            matches!(DatabaseError::from_message(d1), DatabaseError::UniqueViolation(c) if c == "users.email")
        );
        let plain = "UNIQUE constraint failed: a.b, a.c";
        assert!(
            matches!(DatabaseError::from_message(plain), DatabaseError::UniqueViolation(c) if c == "a.b, a.c")
        );
        let check = "CHECK constraint failed: lease_held";
        assert!(
            matches!(DatabaseError::from_message(check), DatabaseError::CheckViolation(c) if c == "lease_held")
        );
        assert!(matches!(DatabaseError::from_message("database is locked"), DatabaseError::Busy));
        assert!(matches!(DatabaseError::from_message("no such table: x"), DatabaseError::Other(_)));
    }
}
