//! From a [`Plan`] to one statement. Column and table names come from the resource's table, values are bound.
//!
//! The page is one text: the rows as JSON objects, a line each, one row more than the page has if there are more. A
//! bounded query decides by counting, within the statement, whether to sort or to walk: SQLite runs a subquery of a `CASE`
//! only when it comes to it, and a walk only as far as rows are asked for. A plus before a column (`+price`) keeps SQLite
//! from using an index for it, so that it takes the one that was planned.

use std::fmt::Write as _;

use crate::ports::{Statement, Value};
use crate::query::answer::TOO_BROAD;
use crate::query::condition::{Style, push_condition, push_group};
use crate::query::list::Direction;
use crate::query::object::{self, HIDDEN, ROW_END, push_expression};
use crate::query::plan::{Bound, Fit, Plan, Route};
use crate::query::resource::Field;
use crate::query::seek::{KeyAt, Segment, segments};
use crate::query::{SORT_CAP, WALK_CAP};

/// More segments than this are not sought one by one: D1 compounds at most five.
const MAX_SEGMENTS: usize = 4;

impl Plan<'_> {
    /// The page as `data`.
    pub fn page(&self) -> Statement {
        let mut sql = String::with_capacity(1536);
        sql.push_str("SELECT ");
        self.push_page(&mut sql);
        sql.push_str(" AS data");
        Statement { sql: sql.into(), params: self.page_params() }
    }

    /// The total as `total`; `None` when it is not asked for. A negative one is `-1 - total`, of a count that
    /// ended early: there may be more.
    pub fn count(&self) -> Option<Statement> {
        let mut sql = String::from("SELECT ");
        self.push_count(&mut sql)?;
        sql.push_str(" AS total");
        let params = self.params.iter().take(self.filter_params).cloned().collect();
        Some(Statement { sql: sql.into(), params })
    }

    /// Everything in one row: the page as `data`, the total as `total` if it is asked for, and as `generation` that of the
    /// resource, if it has one.
    pub fn whole(&self, generation: bool) -> Statement {
        let mut sql = String::with_capacity(2048);
        sql.push_str("SELECT ");
        self.push_page(&mut sql);
        sql.push_str(" AS data");
        let before = sql.len();
        sql.push_str(", ");
        match self.push_count(&mut sql) {
            Some(()) => sql.push_str(" AS total"),
            None => sql.truncate(before),
        }
        if generation {
            let table = self.query.resource.table;
            let _ = write!(sql, ", (SELECT value FROM generations WHERE resource = '{table}') AS generation");
        }
        Statement { sql: sql.into(), params: self.page_params() }
    }

    fn page_params(&self) -> Vec<Value> {
        let mut params = self.params.clone();
        params.push(Value::from(self.query.limit + 1));
        if self.query.page > 1 {
            params.push(Value::Integer(i64::from(self.query.page - 1) * i64::from(self.query.limit)));
        }
        params
    }

    pub(super) fn push_limit(&self, sql: &mut String) {
        let number = self.params.len() + 1;
        let _ = write!(sql, " LIMIT ?{number}");
        if self.query.page > 1 {
            let _ = write!(sql, " OFFSET ?{}", number + 1);
        }
    }

    fn push_page(&self, sql: &mut String) {
        let keys = self.keys();
        if let Some(found) = &self.found {
            return self.push_found(sql, found, &keys);
        }
        match self.route {
            Route::Served(fit) => self.push_served(sql, &fit, &keys),
            Route::Bounded(None, Some(walks)) => self.push_walk(sql, &walks, &keys),
            Route::Bounded(sorts, walks) => {
                sql.push_str("CASE WHEN (SELECT 1");
                self.push_where(sql, sorts.as_ref(), |served| served);
                let _ = write!(sql, " LIMIT 1 OFFSET {SORT_CAP}) IS NULL THEN ");
                self.push_sorted(sql, sorts.as_ref(), &keys);
                sql.push_str(" ELSE ");
                match walks {
                    Some(walks) => self.push_walk(sql, &walks, &keys),
                    None => {
                        let _ = write!(sql, "'{TOO_BROAD}'");
                    }
                }
                sql.push_str(" END");
            }
        }
    }

    /// The rows of an index that has them all, in order.
    fn push_served(&self, sql: &mut String, fit: &Fit, keys: &[KeyAt<'_>]) {
        let segments = sought(keys);
        if segments.len() > 1 {
            self.push_by_key(sql);
            self.push_source(sql, fit, keys, "", &|sql| self.push_limit(sql));
            return sql.push_str(") w)");
        }
        let _ = write!(sql, "(SELECT group_concat(o,char({})) FROM (SELECT ", u32::from(ROW_END));
        self.push_row(sql);
        sql.push_str(" AS o");
        self.push_along(sql, fit, keys, segments.first().copied(), true);
        self.push_limit(sql);
        sql.push_str("))");
    }

    /// The rows that meet the conditions of the index, filtered and sorted.
    fn push_sorted(&self, sql: &mut String, fit: Option<&Fit>, keys: &[KeyAt<'_>]) {
        self.push_by_key(sql);
        let _ = write!(sql, "SELECT {} AS k", self.query.resource.key().sql);
        self.push_where(sql, fit, |_| true);
        if !keys.is_empty() {
            sql.push_str(if self.conditions.is_empty() && self.groups.is_empty() {
                " WHERE "
            } else {
                " AND "
            });
            push_any(sql, keys, &segments(keys));
        }
        self.push_order(sql, "+");
        self.push_limit(sql);
        sql.push_str(") w)");
    }

    /// The rows along an index, filtered, until the page is full.
    fn push_walk(&self, sql: &mut String, fit: &Fit, keys: &[KeyAt<'_>]) {
        let rest = |served: bool| !served;
        let _ = write!(sql, "(SELECT coalesce(group_concat((SELECT ");
        self.push_row(sql);
        let key = self.query.resource.key().sql;
        let _ = write!(
            sql,
            " FROM {} WHERE {key} = w.k),char({})),'')||CASE WHEN count(*)<?{} AND (SELECT 1 FROM (",
            self.query.resource.table,
            u32::from(ROW_END),
            self.params.len() + 1,
        );
        self.push_source(sql, fit, keys, "", &|sql| {
            let _ = write!(sql, " LIMIT {}", WALK_CAP + 1);
        });
        let _ = write!(
            sql,
            ") LIMIT 1 OFFSET {WALK_CAP}) IS NOT NULL THEN '{TOO_BROAD}' ELSE '' END FROM (SELECT k FROM ("
        );
        let mut columns = String::new();
        self.push_columns(&mut columns, Some(fit));
        self.push_source(sql, fit, keys, &columns, &|sql| {
            let _ = write!(sql, " LIMIT {WALK_CAP}");
        });
        sql.push(')');
        self.push_conditions(sql, Some(fit), rest, Style::Named);
        self.push_limit(sql);
        sql.push_str(") w)");
    }

    /// `SELECT` of the rows of keys, which a subquery `w` gives as `k`; it is left open for that subquery.
    pub(super) fn push_by_key(&self, sql: &mut String) {
        sql.push('(');
        self.push_rows_by_key(sql);
        sql.push('(');
    }

    /// The same, left open for the name of that subquery.
    pub(super) fn push_rows_by_key(&self, sql: &mut String) {
        sql.push_str("SELECT group_concat((SELECT ");
        self.push_row(sql);
        let (table, key) = (self.query.resource.table, self.query.resource.key().sql);
        let _ = write!(sql, " FROM {table} WHERE {key} = w.k),char({})) FROM ", u32::from(ROW_END));
    }

    /// A row as JSON text, and the sort keys that it does not show.
    fn push_row(&self, sql: &mut String) {
        let resource = self.query.resource;
        let related = self.query.expand.fields();
        match &self.query.fields {
            None => object::push_open(sql, resource.fields.iter().chain(related)),
            Some(shown) => object::push_open(sql, shown.iter().copied().chain(related)),
        }
        match self.found.as_ref().filter(|_| self.query.snippets) {
            Some(found) => object::push_last(sql, "snippet", &found.snippet()),
            None => sql.push_str("||'}'"),
        }
        let Some(shown) = &self.query.fields else { return };
        let is_shown = |field: &Field| shown.iter().any(|shown| shown.name == field.name);
        let order = self.query.order();
        if order.iter().any(|key| !is_shown(key.field)) {
            let _ = write!(sql, "||char({})||", u32::from(HIDDEN));
            object::push(sql, order.iter().map(|key| key.field));
        }
    }

    /// The keys of the rows along an index behind the cursor, with `columns`; `limit` ends each part of it.
    fn push_source(
        &self,
        sql: &mut String,
        fit: &Fit,
        keys: &[KeyAt<'_>],
        columns: &str,
        limit: &dyn Fn(&mut String),
    ) {
        let segments = sought(keys);
        let select = |sql: &mut String| {
            let _ = write!(sql, "SELECT {} AS k{columns}", self.query.resource.key().sql);
        };
        if segments.len() <= 1 {
            select(sql);
            self.push_along(sql, fit, keys, segments.first().copied(), true);
            return limit(sql);
        }
        for (index, segment) in segments.iter().enumerate() {
            sql.push_str(if index == 0 { "SELECT * FROM (" } else { " UNION ALL SELECT * FROM (" });
            select(sql);
            self.push_along(sql, fit, keys, Some(*segment), true);
            limit(sql);
            sql.push(')');
        }
        limit(sql);
    }

    /// `FROM … WHERE … ORDER BY …` along an index, in a segment behind the cursor. The cursor lies within every range; what it
    /// leaves of one is not for the index, which begins at the nearest of two bounds only by luck.
    fn push_along(
        &self,
        sql: &mut String,
        fit: &Fit,
        keys: &[KeyAt<'_>],
        segment: Option<Segment>,
        order: bool,
    ) {
        self.push_from(sql, Some(fit));
        let mut first = true;
        for (index, bound) in self.conditions.iter().enumerate() {
            let served = is_served(fit, index);
            if !served && !fit.one_row {
                continue;
            }
            push_and(sql, &mut first);
            let (mut lower, mut upper) = if served { ("", "") } else { ("+", "+") };
            if let (Some(segment), (true, _) | (_, true)) = (segment, bound.bounds()) {
                let descending = self.order.first().is_some_and(|key| key.direction == Direction::Descending);
                lower = if !segment.is_first_key() || !descending { "+" } else { lower };
                upper = if !segment.is_first_key() || descending { "+" } else { upper };
            }
            push_condition(sql, bound, Style::Column { lower, upper });
        }
        if fit.one_row {
            for group in &self.groups {
                push_and(sql, &mut first);
                push_group(sql, group, Style::PLUS);
            }
        }
        if let Some(segment) = segment {
            push_and(sql, &mut first);
            segment.push(sql, keys, "");
        } else if !keys.is_empty() {
            push_and(sql, &mut first);
            push_any(sql, keys, &segments(keys));
        }
        if order {
            self.push_order(sql, "");
        }
    }

    /// `FROM` and `WHERE` with those of the conditions that `which` wants, by whether the index serves them.
    pub(super) fn push_where(&self, sql: &mut String, fit: Option<&Fit>, which: impl Fn(bool) -> bool) {
        self.push_from(sql, fit);
        self.push_conditions(sql, fit, which, Style::PLUS);
    }

    /// Without statistics, SQLite does not know which of two indexes leaves fewer rows.
    fn push_from(&self, sql: &mut String, fit: Option<&Fit>) {
        sql.push_str(" FROM ");
        sql.push_str(self.query.resource.table);
        if let Some(fit) = fit.filter(|fit| fit.path.can_be_named) {
            sql.push_str(" INDEXED BY ");
            sql.push_str(fit.path.index);
        }
    }

    pub(super) fn push_conditions(
        &self,
        sql: &mut String,
        fit: Option<&Fit>,
        which: impl Fn(bool) -> bool,
        others: Style,
    ) {
        let mut first = true;
        for (index, bound) in self.conditions.iter().enumerate() {
            let served = fit.is_some_and(|fit| is_served(fit, index));
            if which(served) {
                push_and(sql, &mut first);
                push_condition(sql, bound, if served { Style::PLAIN } else { others });
            }
        }
        if which(false) {
            for group in &self.groups {
                push_and(sql, &mut first);
                push_group(sql, group, others);
            }
        }
    }

    /// The conditions as an SQL expression, for no index to use; empty when there are none.
    pub(super) fn expression(&self) -> String {
        let mut sql = String::new();
        self.push_conditions(&mut sql, None, |_| true, Style::PLUS);
        sql.strip_prefix(" WHERE ").map(str::to_owned).unwrap_or_default()
    }

    /// The columns that conditions which the index does not serve are about, each with a comma before it.
    pub(super) fn push_columns(&self, sql: &mut String, fit: Option<&Fit>) {
        let rest = self.conditions.iter().enumerate();
        let rest = rest.filter(|(index, _)| !fit.is_some_and(|fit| is_served(fit, *index)));
        let all = rest.map(|(_, bound)| bound).chain(self.groups.iter().flatten());
        let mut known: Vec<&str> = Vec::new();
        for Bound { filter, .. } in all {
            if !known.contains(&filter.field.name) {
                known.push(filter.field.name);
                sql.push(',');
                push_expression(sql, filter.field);
                if filter.field.sql != filter.field.name {
                    let _ = write!(sql, " AS {}", filter.field.name);
                }
            }
        }
    }

    pub(super) fn push_order(&self, sql: &mut String, plus: &str) {
        for (index, key) in self.order.iter().enumerate() {
            sql.push_str(if index == 0 { " ORDER BY " } else { "," });
            sql.push_str(plus);
            push_expression(sql, key.field);
            if key.direction == Direction::Descending {
                sql.push_str(" DESC");
            }
        }
    }
}

/// The segments behind the cursor, when there are few enough of them.
fn sought(keys: &[KeyAt<'_>]) -> Vec<Segment> {
    let segments = segments(keys);
    if segments.len() > MAX_SEGMENTS { Vec::new() } else { segments }
}

/// Writes that a row is in one of the segments, for no index to use.
pub(super) fn push_any(sql: &mut String, keys: &[KeyAt<'_>], segments: &[Segment]) {
    sql.push('(');
    for (index, segment) in segments.iter().enumerate() {
        sql.push_str(if index == 0 { "(" } else { " OR (" });
        segment.push(sql, keys, "+");
        sql.push(')');
    }
    if segments.is_empty() {
        sql.push('0');
    }
    sql.push(')');
}

fn is_served(fit: &Fit, index: usize) -> bool {
    index < 128 && fit.served & (1 << index) != 0
}

fn push_and(sql: &mut String, first: &mut bool) {
    sql.push_str(if *first { " WHERE " } else { " AND " });
    *first = false;
}
