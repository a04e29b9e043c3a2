//! What a query answers, found by trying every row.

use std::cmp::Ordering;

use crate::cell::Cell;
use crate::query::{Condition, Operand, Query, SortKey};
use crate::table::{Operator, Row, Table};

impl Query {
    /// The rows that the query asks for, in its order.
    pub fn rows<'a>(&self, table: &'a Table) -> Vec<&'a Row> {
        let mut rows: Vec<_> = table.rows.iter().filter(|row| self.takes(row)).collect();
        let sort = self.order(table);
        rows.sort_by(|a, b| {
            let mut order = Ordering::Equal;
            for key in &sort {
                order =
                    order.then_with(|| turned(a.cells[key.column].cmp(&b.cells[key.column]), key.descending));
            }
            // The id goes the way of the last key.
            order.then_with(|| turned(a.id.cmp(&b.id), sort.last().is_some_and(|key| key.descending)))
        });
        rows
    }

    fn order(&self, table: &Table) -> Vec<SortKey> {
        if self.sort.is_empty() {
            let (column, descending) = table.default_sort;
            return vec![SortKey { column, descending }];
        }
        self.sort.clone()
    }

    fn takes(&self, row: &Row) -> bool {
        self.all.iter().all(|condition| condition.holds(row))
            && self.any.iter().all(|group| group.iter().any(|condition| condition.holds(row)))
    }
}

fn turned(order: Ordering, descending: bool) -> Ordering {
    if descending { order.reverse() } else { order }
}

impl Condition {
    fn holds(&self, row: &Row) -> bool {
        let cell = &row.cells[self.column];
        match &self.operand {
            Operand::Null(null) => (*cell == Cell::Null) == *null,
            Operand::Several(cells) => {
                let is_one = cells.contains(cell);
                *cell != Cell::Null && is_one == (self.operator == Operator::In)
            }
            Operand::One(other) => compares(cell, self.operator, other),
        }
    }
}

/// Nothing compares with NULL: no condition but `null` takes a row that has none.
fn compares(cell: &Cell, operator: Operator, other: &Cell) -> bool {
    let Some(order) = cell.compare(other) else { return false };
    match operator {
        Operator::Eq => order.is_eq(),
        Operator::Ne => order.is_ne(),
        Operator::Gt => order.is_gt(),
        Operator::Gte => order.is_ge(),
        Operator::Lt => order.is_lt(),
        Operator::Lte => order.is_le(),
        Operator::Contains => {
            both(cell, other, |text, part| text.to_ascii_lowercase().contains(&part.to_ascii_lowercase()))
        }
        Operator::Prefix => both(cell, other, |text, part| text.starts_with(part)),
        Operator::In | Operator::Nin | Operator::Null => false,
    }
}

fn both(cell: &Cell, other: &Cell, test: fn(&str, &str) -> bool) -> bool {
    cell.text().zip(other.text()).is_some_and(|(text, part)| test(text, part))
}
