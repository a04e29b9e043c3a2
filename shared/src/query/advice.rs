//! What to ask instead of a query that is too broad: every order that an index serves, with what may be fixed before it.

use std::fmt::Write as _;

use crate::query::list::ListQuery;
use crate::query::resource::{AccessPath, Resource};
use crate::query::{COUNT_CAP, EXACT_CAP, MATCH_CAP, SORT_CAP, WALK_CAP};

impl ListQuery {
    /// A message for whoever asked for too much.
    pub fn advice(&self) -> String {
        if self.search.is_some() {
            return format!(
                "More than {MATCH_CAP} rows have all words of q. Give more or longer words; or leave out sort and all conditions: \
                 then the newest {MATCH_CAP} are ranked by how well they fit."
            );
        }
        self.resource.advice()
    }
}

/// A message for whoever had too much counted.
pub fn advice_on_counting() -> String {
    format!(
        "count=exact would have to look at more than {EXACT_CAP} rows. Leave it out: then the total is exact up to {COUNT_CAP}; or \
         give conditions that an index serves and that leave fewer rows."
    )
}

impl Resource {
    /// A message for whoever asked for too much.
    pub fn advice(&self) -> String {
        let mut text = format!(
            "Too many rows would have to be looked at: more than {SORT_CAP} meet the conditions that an index serves, and no \
             index has the order, or too few of its first {WALK_CAP} rows meet the other conditions. Give conditions that leave \
             fewer rows, or ask for what an index serves: "
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

#[cfg(test)]
mod tests {
    use crate::repositories::{api_keys, products};

    #[test]
    fn advice_names_the_orders_that_indexes_serve() {
        let of_products = products::RESOURCE.advice();
        for order in [
            "serves: sort=created_at; ",
            "; category= and sort=price; ",
            "; category=, status= and sort=name; ",
            "; sort=-price,name.",
        ] {
            assert!(of_products.contains(order), "{order}: {of_products}");
        }
        // Whose they are is the service's to say.
        assert!(api_keys::RESOURCE.advice().contains("serves: sort=created_at."));
    }
}
