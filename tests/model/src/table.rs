//! A table: columns that queries may name, and rows.

use crate::cell::{self, Cell};
use serde_json::{Value as Json, json};

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Text,
    /// A whole number within 2^53.
    Integer,
    /// Milliseconds; RFC 3339 in JSON and queries.
    Time,
    /// 0 or 1; `false` or `true` in JSON and queries.
    Truth,
    /// One of these words.
    Choice(&'static [&'static str]),
}

/// How a condition compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// Is this.
    Eq,
    /// Is something else.
    Ne,
    /// Is more.
    Gt,
    /// Is this or more.
    Gte,
    /// Is less.
    Lt,
    /// Is this or less.
    Lte,
    /// Is one of these.
    In,
    /// Is something, and none of these.
    Nin,
    /// Is nothing, or is something.
    Null,
    /// Has this in it, whatever the case of ASCII letters.
    Contains,
    /// Begins with this.
    Prefix,
}

impl Operator {
    /// All of them, with their words in a query.
    pub const ALL: [(Self, &'static str); 11] = [
        (Self::Eq, "eq"),
        (Self::Ne, "ne"),
        (Self::Gt, "gt"),
        (Self::Gte, "gte"),
        (Self::Lt, "lt"),
        (Self::Lte, "lte"),
        (Self::In, "in"),
        (Self::Nin, "nin"),
        (Self::Null, "null"),
        (Self::Contains, "contains"),
        (Self::Prefix, "prefix"),
    ];

    /// The word in a query.
    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|(operator, _)| *operator == self).map_or("", |(_, word)| word)
    }

    /// The operator of a word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == word).map(|(operator, _)| *operator)
    }
}

/// A column that queries may name.
#[derive(Debug, Clone)]
pub struct Column {
    /// Its name in SQL, JSON and queries.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// Whether it may hold nothing.
    pub nullable: bool,
    /// What it may be filtered with.
    pub operators: Vec<Operator>,
    /// Whether lists may be sorted by it.
    pub sortable: bool,
}

impl Column {
    /// A value as a query writes it.
    pub(crate) fn write(&self, cell: &Cell) -> String {
        match (self.kind, cell) {
            (Kind::Time, Cell::Integer(millis)) => cell::time(*millis),
            (Kind::Truth, Cell::Integer(truth)) => (*truth == 1).to_string(),
            (_, Cell::Integer(number)) => number.to_string(),
            (_, Cell::Text(text)) => text.clone(),
            (_, Cell::Null) => String::new(),
        }
    }

    /// A value as an answer shows it.
    pub(crate) fn show(&self, cell: &Cell) -> Json {
        match (self.kind, cell) {
            (_, Cell::Null) => Json::Null,
            (Kind::Time, _) => json!(self.write(cell)),
            (Kind::Truth, _) => json!(*cell == Cell::Integer(1)),
            _ => cell.json(),
        }
    }
}

/// A row: its id, which breaks ties, and its cells in the order of the columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Unlike every other row's.
    pub id: String,
    /// One for each column.
    pub cells: Vec<Cell>,
}

/// A table.
#[derive(Debug, Clone)]
pub struct Table {
    /// The columns beside the id.
    pub columns: Vec<Column>,
    /// The rows, in any order.
    pub rows: Vec<Row>,
    /// The order when a query names none: a column, and whether it descends.
    pub default_sort: (usize, bool),
}
