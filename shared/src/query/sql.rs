//! From a [`Plan`] to one statement. Column and table names come from the resource's table, values are bound.
//!
//! The page is one text: the rows as JSON objects, a line each, one row more than the page has if there are more. A
//! bounded query decides by counting, within the statement, whether to sort or to walk: SQLite runs a subquery of a `CASE`
//! only when it comes to it, and a walk only as far as rows are asked for. A plus before a column (`+price`) keeps SQLite
//! from using an index for it, so that it takes the one that was planned.

use std::fmt::Write as _;

use crate::ports::{Statement, Value};
use crate::query::filter::Operand;
use crate::query::list::{CountMode, Direction, ListQuery, Side};
use crate::query::object::{self, HIDDEN, ROW_END, push_expression};
use crate::query::plan::{Bound, Fit, Plan, Route};
use crate::query::resource::{Field, Operator};
use crate::query::seek::{KeyAt, Segment, segments};
use crate::query::{COUNT_CAP, SORT_CAP, WALK_CAP};

/// What a statement answers in place of rows, or behind too few of them, when it would have to look at more.
const TOO_BROAD: &str = "!";

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

    /// The total as `total`; `None` when it is not asked for. See [`Total`](super::Answer) for how it is read.
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

    fn push_limit(&self, sql: &mut String) {
        let number = self.params.len() + 1;
        let _ = write!(sql, " LIMIT ?{number}");
        if self.query.page > 1 {
            let _ = write!(sql, " OFFSET ?{}", number + 1);
        }
    }

    fn push_page(&self, sql: &mut String) {
        let keys = self.keys();
        match self.route {
            Route::Served(fit) => self.push_served(sql, &fit, &keys),
            Route::Bounded(None, Some(walks)) => self.push_walk(sql, &walks, &keys),
            Route::Bounded(sorts, walks) => {
                sql.push_str("CASE WHEN (SELECT 1 FROM ");
                sql.push_str(self.query.resource.table);
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
        sql.push_str(" AS o FROM ");
        sql.push_str(self.query.resource.table);
        self.push_along(sql, fit, keys, segments.first().copied(), true);
        self.push_limit(sql);
        sql.push_str("))");
    }

    /// The rows that meet the conditions of the index, filtered and sorted.
    fn push_sorted(&self, sql: &mut String, fit: Option<&Fit>, keys: &[KeyAt<'_>]) {
        self.push_by_key(sql);
        self.push_select_key(sql);
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

    /// The total, unless it is not asked for. One that is only a lower bound, as too many rows would have to be looked at,
    /// is `-1 - total`.
    fn push_count(&self, sql: &mut String) -> Option<()> {
        let fit = self.narrowest();
        let table = self.query.resource.table;
        let is_plain = fit
            .as_ref()
            .map_or(self.conditions.is_empty() && self.groups.is_empty(), |fit| self.is_all_of(fit));
        match self.query.count {
            CountMode::None => return None,
            CountMode::Exact => {
                let _ = write!(sql, "(SELECT count(*) FROM {table}");
                self.push_where(sql, fit.as_ref(), |_| true);
                sql.push(')');
            }
            // Passing over rows costs less than counting them.
            CountMode::Capped if is_plain => {
                let _ = write!(sql, "CASE WHEN (SELECT 1 FROM {table}");
                self.push_where(sql, fit.as_ref(), |_| true);
                let _ =
                    write!(sql, " LIMIT 1 OFFSET {COUNT_CAP}) IS NULL THEN (SELECT count(*) FROM {table}");
                self.push_where(sql, fit.as_ref(), |_| true);
                let _ = write!(sql, ") ELSE {} END", COUNT_CAP + 1);
            }
            CountMode::Capped => self.push_count_of_filtered(sql, fit.as_ref()),
        }
        Some(())
    }

    fn push_count_of_filtered(&self, sql: &mut String, fit: Option<&Fit>) {
        let table = self.query.resource.table;
        let _ = write!(sql, "(SELECT CASE WHEN n<={COUNT_CAP} AND (SELECT 1 FROM {table}");
        self.push_where(sql, fit, |served| served);
        let _ = write!(
            sql,
            " LIMIT 1 OFFSET {WALK_CAP}) IS NOT NULL THEN -1-n ELSE n END FROM (SELECT count(*) AS n FROM (SELECT 1 FROM \
             (SELECT 1"
        );
        self.push_columns(sql, fit);
        let _ = write!(sql, " FROM {table}");
        self.push_where(sql, fit, |served| served);
        let _ = write!(sql, " LIMIT {WALK_CAP})");
        self.push_conditions(sql, fit, |served| !served, Style::Named);
        let _ = write!(sql, " LIMIT {})))", COUNT_CAP + 1);
    }

    /// `SELECT` of the rows of keys, which a subquery `w` gives as `k`; it is left open for that subquery.
    fn push_by_key(&self, sql: &mut String) {
        sql.push_str("(SELECT group_concat((SELECT ");
        self.push_row(sql);
        let (table, key) = (self.query.resource.table, self.query.resource.key().sql);
        let _ = write!(sql, " FROM {table} WHERE {key} = w.k),char({})) FROM (", u32::from(ROW_END));
    }

    /// A row as JSON text, and the sort keys that it does not show.
    fn push_row(&self, sql: &mut String) {
        let resource = self.query.resource;
        let Some(shown) = &self.query.fields else { return object::push(sql, resource.fields.iter()) };
        object::push(sql, shown.iter().copied());
        let is_shown = |field: &Field| shown.iter().any(|shown| shown.name == field.name);
        let order = self.query.order();
        if order.iter().any(|key| !is_shown(key.field)) {
            let _ = write!(sql, "||char({})||", u32::from(HIDDEN));
            object::push(sql, order.iter().map(|key| key.field));
        }
    }

    fn push_select_key(&self, sql: &mut String) {
        let _ =
            write!(sql, "SELECT {} AS k FROM {}", self.query.resource.key().sql, self.query.resource.table);
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
            let (key, table) = (self.query.resource.key().sql, self.query.resource.table);
            let _ = write!(sql, "SELECT {key} AS k{columns} FROM {table}");
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

    /// `WHERE … ORDER BY …` along an index, in a segment behind the cursor. The cursor lies within every range; what it
    /// leaves of one is not for the index, which begins at the nearest of two bounds only by luck.
    fn push_along(
        &self,
        sql: &mut String,
        fit: &Fit,
        keys: &[KeyAt<'_>],
        segment: Option<Segment>,
        order: bool,
    ) {
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

    /// `WHERE` with those of the conditions that `which` wants, by whether the index serves them.
    fn push_where(&self, sql: &mut String, fit: Option<&Fit>, which: impl Fn(bool) -> bool) {
        self.push_conditions(sql, fit, which, Style::PLUS);
    }

    fn push_conditions(
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
        self.push_where(&mut sql, None, |_| true);
        sql.strip_prefix(" WHERE ").map(str::to_owned).unwrap_or_default()
    }

    /// The columns that conditions which the index does not serve are about, each with a comma before it.
    fn push_columns(&self, sql: &mut String, fit: Option<&Fit>) {
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

    fn push_order(&self, sql: &mut String, plus: &str) {
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
fn push_any(sql: &mut String, keys: &[KeyAt<'_>], segments: &[Segment]) {
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

/// How the column of a condition is written.
#[derive(Debug, Clone, Copy)]
enum Style {
    /// As the column, with these before lower and upper bounds and whatever else.
    Column { lower: &'static str, upper: &'static str },
    /// By its name: the column of a subquery.
    Named,
}

impl Style {
    /// For an index to use.
    const PLAIN: Self = Self::Column { lower: "", upper: "" };
    /// For no index to use.
    const PLUS: Self = Self::Column { lower: "+", upper: "+" };
}

fn push_group(sql: &mut String, group: &[Bound<'_>], style: Style) {
    for (index, bound) in group.iter().enumerate() {
        sql.push_str(if index == 0 { "(" } else { " OR " });
        push_condition(sql, bound, style);
    }
    sql.push(')');
}

fn push_column(sql: &mut String, field: &Field, style: Style, upper_bound: bool) {
    match style {
        Style::Named => sql.push_str(field.name),
        Style::Column { lower, upper } => {
            sql.push_str(if upper_bound { upper } else { lower });
            push_expression(sql, field);
        }
    }
}

fn push_condition(sql: &mut String, bound: &Bound<'_>, style: Style) {
    let Bound { filter, first } = *bound;
    let field = filter.field;
    let upper = matches!(filter.operator, Operator::Lt | Operator::Lte);
    let contains = filter.operator == Operator::Contains;
    if !contains {
        push_column(sql, field, style, upper);
    }
    let _ = match &filter.operand {
        Operand::IsNull(null) => write!(sql, " IS {}NULL", if *null { "" } else { "NOT " }),
        Operand::Several(values) => {
            sql.push_str(if filter.operator == Operator::Nin { " NOT IN (" } else { " IN (" });
            for index in 0..values.len() {
                let _ = write!(sql, "{}?{}", if index == 0 { "" } else { "," }, first + index);
            }
            write!(sql, ")")
        }
        Operand::Within(_, below) => {
            let _ = write!(sql, " >= ?{first}");
            if below.is_some() {
                sql.push_str(" AND ");
                push_column(sql, field, style, true);
                let _ = write!(sql, " < ?{}", first + 1);
            }
            Ok(())
        }
        Operand::One(_) if contains => {
            sql.push_str("instr(lower(");
            push_column(sql, field, style, false);
            write!(sql, "),lower(?{first})) > 0")
        }
        Operand::One(_) => write!(sql, " {} ?{first}", comparison(filter.operator)),
    };
}

fn comparison(operator: Operator) -> &'static str {
    match operator {
        Operator::Ne => "<>",
        Operator::Gt => ">",
        Operator::Gte => ">=",
        Operator::Lt => "<",
        Operator::Lte => "<=",
        _ => "=",
    }
}

/// The rows of a page, read from the text of [`Plan::page`].
#[derive(Debug)]
pub struct Answer<'a> {
    /// The rows as JSON objects, in the order that was asked for.
    pub rows: Vec<&'a str>,
    /// Whether there are more beyond the last row that was read.
    pub has_more: bool,
    /// JSON objects with the sort keys of the first and of the last row.
    pub ends: Option<(&'a str, &'a str)>,
}

impl<'a> Answer<'a> {
    /// Reads the text; `None` when the query is too broad.
    pub fn read(query: &ListQuery, text: &'a str) -> Option<Self> {
        if text.ends_with(TOO_BROAD) {
            return None;
        }
        let limit = usize::try_from(query.limit).unwrap_or(usize::MAX);
        let mut rows: Vec<&str> = Vec::with_capacity(limit + 1);
        rows.extend(text.split(ROW_END).filter(|row| !row.is_empty()));
        let has_more = rows.len() > limit;
        rows.truncate(limit);
        if matches!(query.cursor, Some((Side::Before, _))) {
            rows.reverse();
        }
        let ends = rows.first().copied().zip(rows.last().copied());
        let keys = |row: &'a str| row.split_once(HIDDEN).map_or(row, |(_, keys)| keys);
        let ends = ends.map(|(first, last)| (keys(first), keys(last)));
        if query.fields.is_some() {
            for row in &mut rows {
                *row = row.split_once(HIDDEN).map_or(*row, |(shown, _)| shown);
            }
        }
        Some(Self { rows, has_more, ends })
    }
}
