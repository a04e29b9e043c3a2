//! What a resource lets its lists filter and sort by.

/// What a field holds; decides how a value in a query is read.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// UTF-8 text.
    Text,
    /// A whole number.
    Integer,
    /// A moment: RFC 3339 in the query, milliseconds in SQL.
    Time,
    /// Whether something is so: `true` or `false` in the query, 1 or 0 in SQL.
    Truth,
    /// One of these words.
    Choice(&'static [&'static str]),
}

/// How a value is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// Equal: `field=value`.
    Eq,
    /// Not equal.
    Ne,
    /// Greater.
    Gt,
    /// Greater or equal.
    Gte,
    /// Less.
    Lt,
    /// Less or equal.
    Lte,
    /// One of several, separated by commas.
    In,
    /// None of several, separated by commas.
    Nin,
    /// `true`: has no value; `false`: has one.
    Null,
    /// Contains the text, without regard to ASCII case.
    Contains,
    /// Starts with the text.
    Prefix,
}

impl Operator {
    /// Every operator with its word in a query.
    pub const WORDS: [(Self, &'static str); 11] = [
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
        Self::WORDS.iter().find(|(operator, _)| *operator == self).map_or("", |(_, word)| *word)
    }

    /// Reads a word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::WORDS.iter().find(|(_, known)| *known == word).map(|(operator, _)| *operator)
    }
}

/// One field of a resource.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// The name in JSON and in queries; also the column.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// The operators that it may be filtered with; none if it may not.
    pub operators: &'static [Operator],
    /// Whether lists may be sorted by it.
    pub sortable: bool,
}

/// A resource that can be listed.
#[derive(Debug)]
pub struct Resource {
    /// The table; also the resource's name.
    pub table: &'static str,
    /// The fields that queries may name.
    pub fields: &'static [Field],
    /// The order when the query names none, as it would be written in `sort`. The id breaks ties.
    pub default_sort: &'static str,
}

impl Resource {
    /// The field with this name.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }
}
