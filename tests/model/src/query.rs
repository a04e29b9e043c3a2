//! A list query before it is text.

use crate::cell::Cell;
use crate::table::{Operator, Table};

/// What a condition compares with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operand {
    /// One value.
    One(Cell),
    /// Several.
    Several(Vec<Cell>),
    /// Whether there is to be nothing.
    Null(bool),
}

/// One condition on one column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// Which column of the table.
    pub column: usize,
    /// How it is compared.
    pub operator: Operator,
    /// With what.
    pub operand: Operand,
}

/// One key of the order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SortKey {
    /// Which column of the table.
    pub column: usize,
    /// Largest first.
    pub descending: bool,
}

/// How the total is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Count {
    /// The query does not say.
    Default,
    /// Exactly.
    Exact,
    /// Exactly up to 10,000.
    Capped,
    /// Not at all.
    None,
}

/// How its pages are gone through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Walk {
    /// This page alone, by its number.
    Page(usize),
    /// All pages by cursors, from the first to the last and back.
    Cursors,
}

/// A query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// All of these hold.
    pub all: Vec<Condition>,
    /// Of each group one holds.
    pub any: Vec<Vec<Condition>>,
    /// The order; the id comes last.
    pub sort: Vec<SortKey>,
    /// Rows in a page.
    pub limit: usize,
    /// How the total is found.
    pub count: Count,
    /// The columns that are shown; all when it is `None`. The id is shown in any case.
    pub fields: Option<Vec<usize>>,
    /// How its pages are gone through.
    pub walk: Walk,
}

impl Query {
    /// The parameters, without the page.
    pub fn pairs(&self, table: &Table) -> Vec<(String, String)> {
        let mut pairs = Vec::new();
        for condition in &self.all {
            let name = table.columns[condition.column].name;
            pairs.push((format!("{name}{}", condition.suffix()), condition.value(table)));
        }
        for (number, group) in (1..).zip(&self.any) {
            for condition in group {
                let name = table.columns[condition.column].name;
                let name = format!("or[{number}][{name}]{}", condition.suffix());
                pairs.push((name, condition.value(table)));
            }
        }
        if !self.sort.is_empty() {
            let keys = self.sort.iter().map(|key| {
                format!("{}{}", if key.descending { "-" } else { "" }, table.columns[key.column].name)
            });
            pairs.push(("sort".to_owned(), keys.collect::<Vec<_>>().join(",")));
        }
        if let Some(fields) = &self.fields {
            let names = fields.iter().map(|column| table.columns[*column].name);
            pairs.push((
                "fields".to_owned(),
                std::iter::once("id").chain(names).collect::<Vec<_>>().join(","),
            ));
        }
        match self.count {
            Count::Default => (),
            Count::Exact => pairs.push(("count".to_owned(), "exact".to_owned())),
            Count::Capped => pairs.push(("count".to_owned(), "capped".to_owned())),
            Count::None => pairs.push(("count".to_owned(), "none".to_owned())),
        }
        pairs.push(("limit".to_owned(), self.limit.to_string()));
        pairs
    }
}

impl Condition {
    /// What stands after the name: nothing for equality.
    fn suffix(&self) -> String {
        match self.operator {
            Operator::Eq => String::new(),
            other => format!("[{}]", other.word()),
        }
    }

    /// What stands after the `=`.
    fn value(&self, table: &Table) -> String {
        let column = &table.columns[self.column];
        match &self.operand {
            Operand::One(cell) => column.write(cell),
            Operand::Several(cells) => {
                cells.iter().map(|cell| column.write(cell)).collect::<Vec<_>>().join(",")
            }
            Operand::Null(null) => null.to_string(),
        }
    }
}
