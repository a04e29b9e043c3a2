//! A list query that has been understood, and its written forms: the canonical one, and the links to other pages.

use std::fmt::Write as _;
use std::rc::Rc;

use crate::auth::KeySet;
use crate::error::{DetailCode, Error, Result, Violation};
use crate::ports::Value;
use crate::query::expand::Expand;
use crate::query::filter::Filter;
use crate::query::resource::{Field, Resource};
use crate::query::search::Terms;
use crate::query::{DEFAULT_LIMIT, cursor};

/// How the total is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CountMode {
    /// Exactly, or not at all: up to [`EXACT_CAP`](crate::query::EXACT_CAP) rows are looked at.
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

impl Direction {
    /// The other one.
    #[must_use]
    pub fn reversed(self) -> Self {
        match self {
            Self::Ascending => Self::Descending,
            Self::Descending => Self::Ascending,
        }
    }
}

/// One key of the order.
#[derive(Debug, Clone, Copy)]
pub struct SortKey {
    /// The field.
    pub field: &'static Field,
    /// Its direction.
    pub direction: Direction,
}

/// On which side of a cursor a page lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The rows that follow it.
    After,
    /// The rows that lead up to it.
    Before,
}

impl Side {
    /// The name of the parameter.
    pub fn parameter(self) -> &'static str {
        match self {
            Self::After => "after",
            Self::Before => "before",
        }
    }
}

/// A page of the same list, for a link.
#[derive(Debug, Clone, Copy)]
pub enum Place<'a> {
    /// By its number, from 1.
    Page(u32),
    /// Beside a cursor.
    Beside(Side, &'a str),
}

/// A list query that has been understood.
#[derive(Debug, Clone)]
pub struct ListQuery {
    /// What is listed.
    pub resource: &'static Resource,
    /// The conditions; all must hold.
    pub filters: Vec<Filter>,
    /// Groups of conditions by their number; of each group, one must hold.
    pub groups: Vec<(u32, Vec<Filter>)>,
    /// The order; the key comes last, unseen.
    pub sort: Vec<SortKey>,
    /// The page, from 1.
    pub page: u32,
    /// The cursor in place of a page, as it was given.
    pub cursor: Option<(Side, String)>,
    /// Rows in a page.
    pub limit: u32,
    /// How the total is found.
    pub count: CountMode,
    /// The members that rows are shown with, when not all of them.
    pub fields: Option<Vec<&'static Field>>,
    /// What is searched for. Without an order, what fits best comes first.
    pub search: Option<Terms>,
    /// Whether rows are shown with the part of their text that was found.
    pub snippets: bool,
    /// What rows are shown together with.
    pub expand: Expand,
    /// The conditions as they were written, for the canonical form: name with operator, and value.
    pub(super) written: Vec<(String, String)>,
    /// The conditions that the service sets: no client names them or sees them.
    pub(super) within: Vec<Filter>,
    /// What signs cursors.
    pub(super) keys: Option<Rc<KeySet>>,
}

impl ListQuery {
    /// The first page in this order.
    pub(super) fn new(resource: &'static Resource, sort: Vec<SortKey>) -> Self {
        Self {
            resource,
            filters: Vec::new(),
            groups: Vec::new(),
            sort,
            page: 1,
            cursor: None,
            limit: DEFAULT_LIMIT,
            count: CountMode::Capped,
            fields: None,
            search: None,
            snippets: false,
            expand: Expand::default(),
            written: Vec::new(),
            within: Vec::new(),
            keys: None,
        }
    }

    /// The same query, whose cursors are signed with these keys. Without keys there are no cursors.
    #[must_use]
    pub fn signed_by(mut self, keys: Rc<KeySet>) -> Self {
        self.keys = Some(keys);
        self
    }

    /// The same query of those rows only that obey these conditions, too. They are not the client's to know or to
    /// choose, such as whose rows it may see; the links to other pages are without them.
    #[must_use]
    pub fn within<const N: usize>(mut self, conditions: [Filter; N]) -> Self {
        self.within.extend(conditions);
        self
    }

    /// The conditions that all must hold, the service's first.
    pub fn conditions(&self) -> impl Iterator<Item = &Filter> {
        self.within.iter().chain(&self.filters)
    }

    /// The whole order: the sort keys, and the key of the resource in the direction of the last of them.
    pub fn order(&self) -> Vec<SortKey> {
        let mut order = Vec::with_capacity(self.sort.len() + 1);
        order.extend_from_slice(&self.sort);
        let key = self.resource.key();
        if !order.iter().any(|known| known.field.name == key.name) {
            let direction = order.last().map_or(Direction::Ascending, |last| last.direction);
            order.push(SortKey { field: key, direction });
        }
        order
    }

    /// The query in one canonical form: equal queries have equal texts, however they were written. What a service
    /// keeps it within is part of it, so that nobody finds in the cache what somebody else may see.
    pub fn canonical(&self) -> String {
        let mut text = match &self.cursor {
            Some((side, cursor)) => self.link(Place::Beside(*side, cursor)),
            None => self.link(Place::Page(self.page)),
        };
        self.push_within(&mut text);
        text
    }

    /// The query string of another page, percent-encoded and ready to follow a `?`.
    pub fn link(&self, place: Place<'_>) -> String {
        let mut text = String::with_capacity(128);
        let _ = match place {
            Place::Page(page) => write!(text, "page={page}"),
            Place::Beside(side, cursor) => write!(text, "{}={cursor}", side.parameter()),
        };
        let _ = write!(text, "&limit={}", self.limit);
        self.push_sort(&mut text);
        match self.count {
            CountMode::Exact => text.push_str("&count=exact"),
            CountMode::None => text.push_str("&count=none"),
            CountMode::Capped => {}
        }
        for (index, field) in self.fields.iter().flatten().enumerate() {
            let _ = write!(text, "{}{}", if index == 0 { "&fields=" } else { "," }, field.name);
        }
        if self.snippets {
            text.push_str("&snippets=true");
        }
        if !self.expand.is_empty() {
            let _ = write!(text, "&expand={}", self.expand.names());
        }
        self.push_written(&mut text);
        text
    }

    /// Whether what fits the search best comes first.
    pub fn is_ranked(&self) -> bool {
        self.search.is_some() && self.sort.is_empty()
    }

    /// The cursors of rows, by their JSON objects. There is none of a ranked row: how well it fits changes with other rows.
    pub fn cursors_of(&self, rows: [Option<&str>; 2]) -> [Option<String>; 2] {
        let Some(keys) = self.keys.as_ref().filter(|_| !self.is_ranked() && rows != [None; 2]) else {
            return [None, None];
        };
        let (order, identity) = (self.order(), self.identity());
        rows.map(|row| Some(cursor::sign(keys, &identity, &cursor::place_of(&order, row?)?)))
    }

    /// The place of the cursor that was given: the values of the sort keys.
    pub(super) fn place(&self) -> Result<Option<(Side, Vec<Value>)>> {
        let Some((side, text)) = &self.cursor else { return Ok(None) };
        let place =
            self.keys.as_ref().and_then(|keys| cursor::open(keys, &self.identity(), &self.order(), text));
        place.map(|place| Some((*side, place))).ok_or_else(|| Error::BadQuery(vec![no_cursor(*side)]))
    }

    /// What a cursor is bound to.
    fn identity(&self) -> String {
        let mut text = String::with_capacity(128);
        text.push_str(self.resource.table);
        self.push_sort(&mut text);
        self.push_written(&mut text);
        self.push_within(&mut text);
        text
    }

    fn push_sort(&self, text: &mut String) {
        for (index, key) in self.sort.iter().enumerate() {
            let minus = if key.direction == Direction::Descending { "-" } else { "" };
            let _ = write!(text, "{}{minus}{}", if index == 0 { "&sort=" } else { "," }, key.field.name);
        }
    }

    fn push_written(&self, text: &mut String) {
        for (name, value) in &self.written {
            let _ = write!(text, "&{}={}", Encoded(name), Encoded(value));
        }
    }

    fn push_within(&self, text: &mut String) {
        for Filter { field, operator, operand } in &self.within {
            let _ = write!(text, "&within {}[{}]={operand:?}", field.name, operator.word());
        }
    }
}

/// What is wrong with a cursor that is none.
pub(super) fn no_cursor(side: Side) -> Violation {
    let message = "Is no cursor of this query: it was changed, or made for other conditions or another order. Begin at \
        the first page.";
    Violation::new(side.parameter(), DetailCode::Invalid, message)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::{Kind, Operator};

    static OWNER: Field = Field::new("owner", Kind::Text);
    static LETTERS: Resource = Resource {
        table: "letters",
        fields: &[
            Field::new("id", Kind::Text),
            Field::new("at", Kind::Time).filtered(&[Operator::Null]).sortable(),
        ],
        default_sort: "at",
        paths: &[],
        search: None,
        relations: &[],
    };

    #[test]
    fn what_a_list_is_kept_within_is_in_its_canonical_form_and_in_no_link() {
        let of = |owner: &str| {
            let pairs = [("at[null]".to_owned(), "false".to_owned())];
            ListQuery::parse(&LETTERS, &pairs).unwrap().within([Filter::equals(&OWNER, owner)])
        };
        assert_ne!(of("ada").canonical(), of("bob").canonical());
        assert_eq!(of("ada").link(Place::Page(2)), of("bob").link(Place::Page(2)));
        let query = of("ada");
        let page = query.plan().unwrap().page();
        assert!(page.sql.contains("owner = ?1"), "{}", page.sql);
        assert_eq!(page.params.first(), Some(&Value::from("ada")));
        let unknown = [("owner".to_owned(), "bob".to_owned())];
        assert!(ListQuery::parse(&LETTERS, &unknown).is_err(), "no client names it");
    }
}
