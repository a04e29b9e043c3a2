//! The page and the total of a search.

use std::fmt::Write as _;

use crate::query::answer::TOO_BROAD;
use crate::query::condition::Style;
use crate::query::plan::Plan;
use crate::query::search::Found;
use crate::query::seek::{KeyAt, segments};
use crate::query::sql::push_any;
use crate::query::{CountMode, EXACT_CAP};

impl Plan<'_> {
    /// Whether rows are neither filtered nor sorted otherwise than by how well they fit. Then of too many, the newest will do.
    fn is_only_ranked(&self) -> bool {
        self.query.is_ranked() && self.conditions.is_empty() && self.groups.is_empty()
    }

    /// The rows that are found, filtered and sorted.
    pub(in crate::query) fn push_found(&self, sql: &mut String, found: &Found, keys: &[KeyAt<'_>]) {
        if self.is_only_ranked() {
            return self.push_ranked(sql, found);
        }
        let _ = write!(sql, "CASE WHEN {} THEN ", found.is_whole());
        self.push_page_of_found(sql, found, |sql| self.push_rows_of_found(sql, found, keys));
        let _ = write!(sql, " ELSE '{TOO_BROAD}' END");
    }

    /// `SELECT` of the rows that a query `w` gives as `k` and `found_key`, with their snippets.
    fn push_page_of_found(&self, sql: &mut String, found: &Found, rows: impl FnOnce(&mut String)) {
        if !self.query.snippets {
            self.push_by_key(sql);
            rows(sql);
            return sql.push_str(") w)");
        }
        sql.push_str("(WITH w AS MATERIALIZED (");
        rows(sql);
        let _ = write!(sql, "){} ", found.snippets());
        self.push_rows_by_key(sql);
        sql.push_str("w)");
    }

    fn push_rows_of_found(&self, sql: &mut String, found: &Found, keys: &[KeyAt<'_>]) {
        let key = self.query.resource.key().sql;
        let _ = write!(sql, "SELECT {key} AS k,found_key");
        self.push_joined(sql, found, self.query.is_ranked());
        if !keys.is_empty() {
            sql.push_str(if self.conditions.is_empty() && self.groups.is_empty() {
                " WHERE "
            } else {
                " AND "
            });
            push_any(sql, keys, &segments(keys));
        }
        if self.query.is_ranked() {
            sql.push_str(" ORDER BY found_score,found_key DESC");
        } else {
            self.push_order(sql, "+");
        }
        self.push_limit(sql);
    }

    /// The rows that fit best, of all that are found or of the newest of them.
    fn push_ranked(&self, sql: &mut String, found: &Found) {
        self.push_page_of_found(sql, found, |sql| {
            let (id, rows) = (found.id(), found.rows(true));
            let _ =
                write!(sql, "SELECT {id} AS k,found_key FROM ({rows}) ORDER BY found_score,found_key DESC");
            self.push_limit(sql);
        });
    }

    /// The total of what is found. One that is only a lower bound is `-1 - total`. NULL when `count=exact` would have to
    /// look at more than it may.
    pub(in crate::query) fn push_count_of_found(&self, sql: &mut String, found: &Found) -> Option<()> {
        let is_exact = self.query.count == CountMode::Exact && self.is_only_ranked();
        let mut count = String::from("(SELECT count(*)");
        if is_exact {
            count = format!("(SELECT CASE WHEN count(*) <= {EXACT_CAP} THEN count(*) END");
        }
        match self.query.count {
            CountMode::None => return None,
            _ if is_exact => {
                let _ = write!(count, " FROM ({})", found.up_to(EXACT_CAP + 1));
            }
            _ if self.is_only_ranked() => {
                let _ = write!(count, " FROM ({})", found.rows(false));
            }
            _ => self.push_joined(&mut count, found, false),
        }
        count.push(')');
        match found.is_cut() {
            Some(cut) => {
                let _ =
                    write!(sql, "(SELECT CASE WHEN {cut} THEN -1-n ELSE n END FROM (SELECT {count} AS n))");
            }
            None => sql.push_str(&count),
        }
        Some(())
    }

    /// What is found with the rows of the table, as the conditions want them.
    fn push_joined(&self, sql: &mut String, found: &Found, scored: bool) {
        let (table, key) = (self.query.resource.table, self.query.resource.key().sql);
        let _ = write!(sql, " FROM ({}) CROSS JOIN {table} ON {key}={}", found.rows(scored), found.id());
        self.push_conditions(sql, None, |_| true, Style::PLUS);
    }
}
