//! What a resource lets its lists filter and sort by.

/// What a field holds; decides how a value in a query is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
    /// JSON as text in SQL. It is shown as it is, and neither filtered nor sorted by.
    Json,
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

/// One member of what a list shows, or a column that only a service asks by.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// The name in JSON and in queries.
    pub name: &'static str,
    /// The SQL of its value: a column, or an expression over the columns of the table.
    pub sql: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// Whether it may be NULL.
    pub nullable: bool,
    /// The operators that it may be filtered with; none if it may not.
    pub operators: &'static [Operator],
    /// Whether lists may be sorted by it.
    pub sortable: bool,
}

impl Field {
    /// A column of this name that is NOT NULL, which lists show and neither filter nor sort by.
    pub const fn new(name: &'static str, kind: Kind) -> Self {
        Self { name, sql: name, kind, nullable: false, operators: &[], sortable: false }
    }

    /// The same, which may be NULL.
    #[must_use]
    pub const fn nullable(self) -> Self {
        Self { nullable: true, ..self }
    }

    /// The same, with a value that is not the column of its name.
    #[must_use]
    pub const fn sql(self, sql: &'static str) -> Self {
        Self { sql, ..self }
    }

    /// The same, which lists may be filtered by.
    #[must_use]
    pub const fn filtered(self, operators: &'static [Operator]) -> Self {
        Self { operators, ..self }
    }

    /// The same, which lists may be sorted by.
    #[must_use]
    pub const fn sortable(self) -> Self {
        Self { sortable: true, ..self }
    }
}

/// An index that lists may go along: rows that agree in its first columns lie together, in the order of the others.
#[derive(Debug, Clone, Copy)]
pub struct AccessPath {
    /// The index, by its name in the migrations.
    pub index: &'static str,
    /// Its columns in order, the descending ones with a leading `-`. The key of the resource comes last, but for one that
    /// is unique without it.
    pub columns: &'static [&'static str],
    /// Whether no two rows agree in all columns before the key.
    pub unique: bool,
    /// The column that is NULL in all of its rows, of an index that has only those.
    pub where_null: Option<&'static str>,
}

impl AccessPath {
    /// An index over these columns.
    pub const fn new(index: &'static str, columns: &'static [&'static str]) -> Self {
        Self { index, columns, unique: false, where_null: None }
    }

    /// The same; no two rows agree in all of the columns.
    #[must_use]
    pub const fn unique(self) -> Self {
        Self { unique: true, ..self }
    }

    /// The same, of an index that has only the rows whose `column` is NULL.
    #[must_use]
    pub const fn where_null(self, column: &'static str) -> Self {
        Self { where_null: Some(column), ..self }
    }
}

/// A resource that can be listed.
#[derive(Debug)]
pub struct Resource {
    /// The table or view; also the resource's name.
    pub table: &'static str,
    /// Every member of what a list shows, in the order of the JSON. The first is the key: no two rows have the same, and it
    /// breaks ties.
    pub fields: &'static [Field],
    /// The order when the query names none, as it would be written in `sort`. The key breaks ties.
    pub default_sort: &'static str,
    /// The indexes that lists may go along. What they serve is read without a scan and without sorting, however many rows
    /// there are; the rest is bounded.
    pub paths: &'static [AccessPath],
}

impl Resource {
    /// The field with this name.
    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// The field that no two rows agree in.
    pub fn key(&self) -> &'static Field {
        const NONE: &Field = &Field::new("id", Kind::Text);
        self.fields.first().unwrap_or(NONE)
    }

    /// The fields that lists may be sorted by.
    pub fn sortable(&self) -> impl Iterator<Item = &'static Field> {
        self.fields.iter().filter(|field| field.sortable)
    }

    /// The fields that lists may be filtered by.
    pub fn filtered(&self) -> impl Iterator<Item = &'static Field> {
        self.fields.iter().filter(|field| !field.operators.is_empty())
    }
}
