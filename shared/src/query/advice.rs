//! What to ask instead of a query that is too broad: every order that an index serves, with what may be fixed before it.

use std::fmt::Write as _;

use crate::query::resource::{AccessPath, Resource};
use crate::query::{SORT_CAP, WALK_CAP};

impl Resource {
    /// A message for whoever asked for too much.
    pub fn advice(&self) -> String {
        let mut text = format!(
            "More than {SORT_CAP} rows meet the conditions that an index serves, and among the first {WALK_CAP} in this order \
             are too few that meet the others. Give conditions that leave fewer rows, or ask for what an index serves: "
        );
        let mut first = true;
        for path in self.paths {
            let before = text.len();
            text.push_str(if first { "" } else { "; " });
            if self.push_path(&mut text, path) {
                first = false;
            } else {
                text.truncate(before);
            }
        }
        text.push_str(". Each serves the opposite order, and a range of the first field of the order, too.");
        text
    }

    /// `category=, status= and sort=price`; `false` when no client can ask for the order.
    fn push_path(&self, text: &mut String, path: &AccessPath) -> bool {
        let sortable = |column: &&&str| {
            let field = self.field(column.trim_start_matches('-'));
            field.is_some_and(|field| field.sortable)
        };
        let fixed = path.columns.iter().take_while(|column| !sortable(column)).count();
        let order: Vec<_> = path.columns.iter().skip(fixed).take_while(sortable).copied().collect();
        // What clients do not name, the service fixes.
        let named = |column: &&&str| self.field(column).is_some_and(|field| !field.operators.is_empty());
        let conditions: Vec<_> =
            path.columns.iter().take(fixed).filter(named).map(|name| format!("{name}=")).collect();
        if order.is_empty() {
            return false;
        }
        let and = if conditions.is_empty() { "" } else { " and " };
        let _ = write!(text, "{}{and}sort={}", conditions.join(", "), order.join(","));
        true
    }
}
