//! From the pairs of a query string to a [`ListQuery`], with every mistake named at once.

use std::fmt::Write as _;

use crate::error::{DetailCode, Error, MAX_VIOLATIONS, Result, Violation};
use crate::ports::Value;
use crate::query::resource::{Field, Kind, Operator, Resource};
use crate::query::{DEFAULT_LIMIT, MAX_LIMIT, MAX_PAGE, MAX_SET, MAX_TEXT, MAX_VALUES};
use crate::time::Timestamp;

/// How the total is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CountMode {
    /// Exactly, however many there are.
    Exact,
    /// Exactly up to [`COUNT_CAP`](crate::query::COUNT_CAP).
    Capped,
    /// Not at all.
    None,
}

/// The direction of a sort key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Smallest first.
    Ascending,
    /// Largest first.
    Descending,
}

/// One key of the order.
#[derive(Debug, Clone, Copy)]
pub struct SortKey {
    /// The field.
    pub field: &'static Field,
    /// Its direction.
    pub direction: Direction,
}

/// What a condition compares with.
#[derive(Debug, Clone, PartialEq)]
pub enum Operand {
    /// One value.
    One(Value),
    /// Several values, of `in` and `nin`.
    Several(Vec<Value>),
    /// Whether NULL is asked for.
    IsNull(bool),
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

    /// How many parameters the condition binds.
    fn values(&self) -> usize {
        match (&self.operand, self.operator) {
            (Operand::Several(values), _) => values.len(),
            (Operand::IsNull(_), _) => 0,
            (Operand::One(_), Operator::Prefix) => 2,
            (Operand::One(_), _) => 1,
        }
    }
}

/// A list query that has been understood.
#[derive(Debug)]
pub struct ListQuery {
    /// What is listed.
    pub resource: &'static Resource,
    /// The conditions; all must hold.
    pub filters: Vec<Filter>,
    /// The order; the id comes last, unseen.
    pub sort: Vec<SortKey>,
    /// The page, from 1.
    pub page: u32,
    /// Rows in a page.
    pub limit: u32,
    /// How the total is found.
    pub count: CountMode,
    /// The conditions as they were written, for the canonical form: name with operator, and value.
    written: Vec<(String, String)>,
    /// The conditions that the service sets: no client names them or sees them.
    pub(super) within: Vec<Filter>,
}

impl ListQuery {
    /// Reads the decoded pairs of a query string.
    ///
    /// # Errors
    /// [`Error::BadQuery`] with every mistake, each naming its parameter and what is allowed.
    pub fn parse(resource: &'static Resource, pairs: &[(String, String)]) -> Result<Self> {
        let mut parser = Parser { resource, seen: Vec::new(), problems: Vec::new() };
        let mut query = Self {
            resource,
            filters: Vec::new(),
            sort: parser.sort(resource.default_sort),
            page: 1,
            limit: DEFAULT_LIMIT,
            count: CountMode::Capped,
            written: Vec::new(),
            within: Vec::new(),
        };
        for (name, value) in pairs {
            parser.pair(&mut query, name, value);
        }
        if query.filters.iter().map(Filter::values).sum::<usize>() > MAX_VALUES {
            let message = format!("At most {MAX_VALUES} values are allowed in all conditions together.");
            parser.problem("query", DetailCode::TooMany, message);
        }
        query.written.sort();
        parser.problems.sort_by(|a, b| a.field.cmp(&b.field));
        if parser.problems.is_empty() { Ok(query) } else { Err(Error::BadQuery(parser.problems)) }
    }

    /// The same query of those rows only that obey these conditions, too. They are not the client's to know or to
    /// choose, such as whose rows it may see; the links to other pages are without them.
    #[must_use]
    pub fn within<const N: usize>(mut self, conditions: [Filter; N]) -> Self {
        self.within.extend(conditions);
        self
    }

    /// The query in one canonical form: equal queries have equal texts, however they were written. What a service
    /// keeps it within is part of it, so that nobody finds in the cache what somebody else may see.
    pub fn canonical(&self) -> String {
        let mut text = self.with_page(self.page);
        for Filter { field, operator, operand } in &self.within {
            let _ = write!(text, "&within {}[{}]={operand:?}", field.name, operator.word());
        }
        text
    }

    /// The canonical form for another page, percent-encoded and ready to follow a `?`.
    pub fn with_page(&self, page: u32) -> String {
        let mut text = format!("page={page}&limit={}&sort=", self.limit);
        for (index, key) in self.sort.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            let minus = if key.direction == Direction::Descending { "-" } else { "" };
            let _ = write!(text, "{comma}{minus}{}", key.field.name);
        }
        match self.count {
            CountMode::Exact => text.push_str("&count=exact"),
            CountMode::None => text.push_str("&count=none"),
            CountMode::Capped => {}
        }
        for (name, value) in &self.written {
            let _ = write!(text, "&{}={}", Encoded(name), Encoded(value));
        }
        text
    }
}

/// Writes a text percent-encoded for a query string; brackets and commas stay readable.
struct Encoded<'a>(&'a str);

impl std::fmt::Display for Encoded<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for byte in self.0.bytes() {
            if byte.is_ascii_alphanumeric() || b"-._~[],:".contains(&byte) {
                f.write_char(char::from(byte))?;
            } else {
                write!(f, "%{byte:02X}")?;
            }
        }
        Ok(())
    }
}

struct Parser {
    resource: &'static Resource,
    seen: Vec<String>,
    problems: Vec<Violation>,
}

impl Parser {
    fn problem(&mut self, parameter: &str, code: DetailCode, message: impl Into<String>) {
        if self.problems.len() >= MAX_VIOLATIONS {
            return;
        }
        let parameter: String = parameter.chars().take(100).collect();
        self.problems.push(Violation::new(parameter, code, message));
    }

    fn pair(&mut self, query: &mut ListQuery, name: &str, value: &str) {
        if self.seen.iter().any(|seen| seen == name) {
            return self.problem(name, DetailCode::Duplicate, "Is given more than once.");
        }
        self.seen.push(name.to_owned());
        match name {
            "page" => query.page = self.number(name, value, MAX_PAGE).unwrap_or(query.page),
            "limit" => query.limit = self.number(name, value, MAX_LIMIT).unwrap_or(query.limit),
            "sort" => query.sort = self.sort(value),
            "count" => query.count = self.count(value).unwrap_or(query.count),
            _ => {
                if let Some(filter) = self.filter(name, value) {
                    let word = filter.operator.word();
                    let bare = filter.field.name;
                    let written = if filter.operator == Operator::Eq {
                        bare.to_owned()
                    } else {
                        format!("{bare}[{word}]")
                    };
                    query.written.push((written, value.to_owned()));
                    query.filters.push(filter);
                }
            }
        }
    }

    fn number(&mut self, name: &str, value: &str, max: u32) -> Option<u32> {
        let digits =
            !value.is_empty() && value.len() <= 10 && value.bytes().all(|byte| byte.is_ascii_digit());
        let number = value.parse().ok().filter(|number| digits && (1..=max).contains(number));
        if number.is_none() {
            let code = if value.parse::<i64>().is_ok() { DetailCode::Range } else { DetailCode::Type };
            self.problem(name, code, format!("Must be a whole number from 1 to {max}."));
        }
        number
    }

    fn count(&mut self, value: &str) -> Option<CountMode> {
        match value {
            "exact" => Some(CountMode::Exact),
            "capped" => Some(CountMode::Capped),
            "none" => Some(CountMode::None),
            _ => {
                self.problem("count", DetailCode::Choice, "Must be one of exact, capped, none.");
                None
            }
        }
    }

    fn sort(&mut self, value: &str) -> Vec<SortKey> {
        let mut keys: Vec<SortKey> = Vec::new();
        for part in value.split(',') {
            let (direction, name) = match part.strip_prefix('-') {
                Some(name) => (Direction::Descending, name),
                None => (Direction::Ascending, part),
            };
            match self.resource.field(name).filter(|field| field.sortable) {
                Some(field) if keys.iter().any(|key| key.field.name == field.name) => {
                    self.problem(
                        "sort",
                        DetailCode::Duplicate,
                        format!("Names {} more than once.", field.name),
                    );
                }
                Some(field) => keys.push(SortKey { field, direction }),
                None => {
                    let allowed = names(self.resource.sortable());
                    self.problem(
                        "sort",
                        DetailCode::Unknown,
                        format!("Allowed are {allowed}, each with a leading - for descending."),
                    );
                }
            }
        }
        keys
    }

    fn filter(&mut self, name: &str, value: &str) -> Option<Filter> {
        let (bare, word) = match name.split_once('[') {
            Some((bare, rest)) => (bare, rest.strip_suffix(']').unwrap_or("")),
            None => (name, "eq"),
        };
        let Some(field) = self.resource.field(bare).filter(|field| !field.operators.is_empty()) else {
            let allowed = names(self.resource.filtered());
            self.problem(
                name,
                DetailCode::Unknown,
                format!("Is no parameter. Allowed are page, limit, sort, count and the fields {allowed}."),
            );
            return None;
        };
        let Some(operator) = Operator::parse(word).filter(|operator| field.operators.contains(operator))
        else {
            let words: Vec<_> = field.operators.iter().map(|operator| operator.word()).collect();
            self.problem(
                name,
                DetailCode::Operator,
                format!("The operators of {bare} are {}.", words.join(", ")),
            );
            return None;
        };
        let operand = operand(field, operator, value);
        match operand {
            Ok(operand) => Some(Filter { field, operator, operand }),
            Err((code, message)) => {
                self.problem(name, code, message);
                None
            }
        }
    }
}

fn names<'a>(fields: impl Iterator<Item = &'a Field>) -> String {
    fields.map(|field| field.name).collect::<Vec<_>>().join(", ")
}

/// A mistake before it is known where.
type Problem = (DetailCode, String);

fn operand(field: &Field, operator: Operator, value: &str) -> Result<Operand, Problem> {
    match operator {
        Operator::Null => match value {
            "true" => Ok(Operand::IsNull(true)),
            "false" => Ok(Operand::IsNull(false)),
            _ => Err((DetailCode::Choice, "Must be true or false.".to_owned())),
        },
        Operator::In | Operator::Nin => {
            let values =
                value.split(',').map(|item| scalar(field.kind, item)).collect::<Result<Vec<_>, _>>()?;
            if values.len() > MAX_SET {
                Err((DetailCode::TooMany, format!("At most {MAX_SET} values are allowed.")))
            } else {
                Ok(Operand::Several(values))
            }
        }
        _ => scalar(field.kind, value).map(Operand::One),
    }
}

fn scalar(kind: Kind, text: &str) -> Result<Value, Problem> {
    let wrong_type = |message: &str| (DetailCode::Type, message.to_owned());
    match kind {
        Kind::Text if text.chars().count() > MAX_TEXT => {
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
        Kind::Json => Err(wrong_type("Cannot be compared with.")),
        Kind::Choice(words) => Err((DetailCode::Choice, format!("Must be one of {}.", words.join(", ")))),
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

    static OWNER: Field = Field::new("owner", Kind::Text);
    static LETTERS: Resource = Resource {
        table: "letters",
        fields: &[
            Field::new("id", Kind::Text),
            Field::new("at", Kind::Time).filtered(&[Operator::Null]).sortable(),
        ],
        default_sort: "at",
        paths: &[],
    };

    #[test]
    fn what_a_list_is_kept_within_is_in_its_canonical_form_and_in_no_link() {
        let of = |owner: &str| {
            let pairs = [("at[null]".to_owned(), "false".to_owned())];
            ListQuery::parse(&LETTERS, &pairs).unwrap().within([Filter::equals(&OWNER, owner)])
        };
        assert_ne!(of("ada").canonical(), of("bob").canonical());
        assert_eq!(of("ada").with_page(2), of("bob").with_page(2));
        let select = of("ada").select("id");
        assert!(select.sql.contains("WHERE owner = ?1 AND at IS NOT NULL"), "{}", select.sql);
        assert_eq!(select.params.first(), Some(&Value::from("ada")));
        let unknown = [("owner".to_owned(), "bob".to_owned())];
        assert!(ListQuery::parse(&LETTERS, &unknown).is_err(), "no client names it");
    }
}
