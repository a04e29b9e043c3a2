//! Keyset pagination: the rows behind a place in an order, as conditions that an index can go to at once.
//!
//! Behind `(5, 'lamp')` in the order `price, name` are the rows with `(price, name) > (5, 'lamp')`. Where directions
//! differ or a key may be NULL, the rows are in several segments that follow each other: for `-price, name` those with
//! `price = 5 AND name > 'lamp'`, then those with `price < 5`. NULL comes before every value, descending after it.

use std::fmt::Write as _;

use crate::ports::Value;
use crate::query::list::{Direction, SortKey};
use crate::query::object::push_expression;
use crate::query::resource::Kind;

/// A sort key with the value that it has at the place, and the number of the parameter that this is bound to.
#[derive(Debug, Clone, Copy)]
pub(super) struct KeyAt<'a> {
    pub key: SortKey,
    pub value: &'a Value,
    pub parameter: usize,
}

/// How a segment begins where the keys before `from` are what they are at the place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// The keys from `from` to `to` together are behind the place.
    Behind { to: usize },
    /// The key is not NULL, at the place it is, and NULL comes first.
    Valued,
    /// The key is NULL, at the place it is not, and NULL comes last.
    Null,
}

/// A part of the rows behind a place; the parts follow each other in the order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Segment {
    from: usize,
    step: Step,
}

/// The segments behind the place, the nearest first.
pub(super) fn segments(keys: &[KeyAt<'_>]) -> Vec<Segment> {
    let mut segments = Vec::with_capacity(2);
    let mut end = keys.len();
    while let Some(to) = end.checked_sub(1) {
        let Some(last) = keys.get(to) else { break };
        let mut from = to;
        if last.key.field.nullable {
            let descending = last.key.direction == Direction::Descending;
            let null = *last.value == Value::Null;
            if null && !descending {
                segments.push(Segment { from, step: Step::Valued });
            } else if !null {
                segments.push(Segment { from, step: Step::Behind { to } });
                if descending {
                    segments.push(Segment { from, step: Step::Null });
                }
            }
        } else {
            let alike = |at: &KeyAt<'_>| !at.key.field.nullable && at.key.direction == last.key.direction;
            while from.checked_sub(1).and_then(|before| keys.get(before)).is_some_and(alike) {
                from -= 1;
            }
            segments.push(Segment { from, step: Step::Behind { to } });
        }
        end = from;
    }
    segments
}

impl Segment {
    /// Whether all rows behind the place are in this one: it begins at the first key, with nothing fixed before it.
    pub(super) fn is_first_key(self) -> bool {
        self.from == 0
    }

    /// Writes the segment's condition. A `plus` before each column keeps SQLite from using an index for it.
    pub(super) fn push(self, sql: &mut String, keys: &[KeyAt<'_>], plus: &str) {
        for at in keys.iter().take(self.from) {
            push_column(sql, at, plus);
            if *at.value == Value::Null {
                sql.push_str(" IS NULL AND ");
            } else {
                let _ = write!(sql, " = ?{} AND ", at.parameter);
            }
        }
        let Some(at) = keys.get(self.from) else { return sql.push('0') };
        match self.step {
            Step::Null => {
                push_column(sql, at, plus);
                sql.push_str(" IS NULL");
            }
            Step::Valued => {
                push_column(sql, at, plus);
                sql.push_str(match at.key.field.kind {
                    Kind::Integer | Kind::Time | Kind::Truth => " >= -9223372036854775808",
                    _ => " >= ''",
                });
            }
            Step::Behind { to } => push_behind(sql, keys.get(self.from..=to).unwrap_or_default(), plus),
        }
    }
}

fn push_column(sql: &mut String, at: &KeyAt<'_>, plus: &str) {
    sql.push_str(plus);
    push_expression(sql, at.key.field);
}

/// `(a, b) > (?1, ?2)`, for keys of one direction.
fn push_behind(sql: &mut String, keys: &[KeyAt<'_>], plus: &str) {
    let descending = keys.first().is_some_and(|at| at.key.direction == Direction::Descending);
    for (index, at) in keys.iter().enumerate() {
        sql.push_str(if index == 0 { "(" } else { ", " });
        push_column(sql, at, plus);
    }
    sql.push_str(if descending { ") < " } else { ") > " });
    for (index, at) in keys.iter().enumerate() {
        let _ = write!(sql, "{}?{}", if index == 0 { "(" } else { ", " }, at.parameter);
    }
    sql.push(')');
}
