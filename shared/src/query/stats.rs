//! Figures for dashboards: `by=category&status=active` answers how many rows each category has, and the least, the greatest
//! and the average value of one column.
//!
//! Nothing is counted when they are asked for. Triggers keep a row for each combination of the columns that figures go by,
//! which has the number of rows and their sum; the least and the greatest value are the ends of an index. So the work is that
//! of the combinations, of which there are few, and not that of the rows, whatever is asked and however often.

use std::fmt::Write as _;

use crate::error::{DetailCode, Error, Result, Violation};
use crate::ports::Statement;
use crate::query::condition::Style;
use crate::query::list::ListQuery;
use crate::query::resource::{Field, Resource};

/// The most combinations that are added up.
pub const MAX_CELLS: u32 = 10_000;
/// The most groups that are answered: those with the most rows.
const MAX_GROUPS: u32 = 1_000;

/// What figures there are of a resource.
#[derive(Debug)]
pub struct Stats {
    /// The combinations: a table with a column for each of its fields, and with `count` and `sum`. The fields are what
    /// figures go by, the first one if the query does not say, and what they may be filtered by.
    pub cells: &'static Resource,
    /// The table whose rows they count. An index has the columns of the fields in their order, and then `of`.
    pub table: &'static str,
    /// The column whose values they are about, of whole numbers that are not NULL.
    pub of: &'static str,
}

impl Stats {
    /// What figures go by, and may be filtered by.
    pub fn fields(&self) -> impl Iterator<Item = &'static Field> {
        self.cells.filtered()
    }
}

/// Which figures are asked for.
#[derive(Debug)]
pub struct StatsQuery {
    /// Of what.
    pub stats: &'static Stats,
    /// What the groups have in common.
    pub by: &'static Field,
    cells: ListQuery,
}

impl StatsQuery {
    /// Reads the decoded pairs of a query string.
    ///
    /// # Errors
    /// [`Error::BadQuery`] with every mistake, each naming its parameter and what is allowed.
    pub fn parse(stats: &'static Stats, pairs: &[(String, String)]) -> Result<Self> {
        let names = || stats.fields().map(|field| field.name).collect::<Vec<_>>().join(", ");
        let mut problems = Vec::new();
        let mut by = None;
        let mut conditions = Vec::new();
        for (name, value) in pairs {
            let bare = name.split_once('[').map_or(name.as_str(), |(bare, _)| bare);
            if name == "by" && by.is_some() {
                problems.push(Violation::new("by", DetailCode::Duplicate, "Is given more than once."));
            } else if name == "by" {
                by = Some(stats.fields().find(|field| field.name == value));
            } else if stats.fields().any(|field| field.name == bare) {
                conditions.push((name.clone(), value.clone()));
            } else {
                let message = format!("Is no parameter. Allowed are by and the fields {}.", names());
                let name: String = name.chars().take(100).collect();
                problems.push(Violation::new(name, DetailCode::Unknown, message));
            }
        }
        let by = by.unwrap_or_else(|| stats.fields().next());
        if by.is_none() {
            let message = format!("Must be one of {}.", names());
            problems.push(Violation::new("by", DetailCode::Choice, message));
        }
        match (by, ListQuery::parse(stats.cells, &conditions)) {
            (Some(by), Ok(cells)) if problems.is_empty() => Ok(Self { stats, by, cells }),
            (_, cells) => {
                if let Err(Error::BadQuery(found)) = cells {
                    problems.extend(found);
                }
                problems.sort_by(|a, b| a.field.cmp(&b.field));
                problems.truncate(crate::error::MAX_VIOLATIONS);
                Err(Error::BadQuery(problems))
            }
        }
    }

    /// One row: `groups` as a JSON list of objects, those with the most rows first; NULL when there are more than
    /// [`MAX_CELLS`] to add up. The average is rounded to the nearest whole number, halves upwards.
    ///
    /// # Errors
    /// Never in practice: there is no cursor in it.
    pub fn statement(&self) -> Result<Statement> {
        let Stats { cells, table, of } = self.stats;
        let columns = cells.filtered().map(|field| field.sql).collect::<Vec<_>>().join(", ");
        let same = cells.filtered().map(|field| format!("t.{0} = cell.{0}", field.sql));
        let same = same.collect::<Vec<_>>().join(" AND ");
        let by = self.by.sql;
        let plan = self.cells.plan()?;
        let mut sql = format!("WITH cell AS MATERIALIZED (SELECT {columns}, count, sum FROM {}", cells.table);
        plan.push_conditions(&mut sql, None, |_| true, Style::PLAIN);
        let most = MAX_CELLS + 1;
        let _ = write!(
            sql,
            " LIMIT {most}) SELECT CASE WHEN (SELECT count(*) FROM cell) <= {MAX_CELLS} THEN (\
             SELECT json_group_array(json_object('value', value, 'count', count, 'min', least, 'max', greatest, \
             'avg', (2 * sum + count) / (2 * count))) FROM (\
             SELECT {by} AS value, sum(count) AS count, sum(sum) AS sum, \
             min((SELECT min({of}) FROM {table} AS t WHERE {same})) AS least, \
             max((SELECT max({of}) FROM {table} AS t WHERE {same})) AS greatest \
             FROM cell GROUP BY {by} ORDER BY count DESC, value LIMIT {MAX_GROUPS})) END AS groups"
        );
        Ok(Statement { sql: sql.into(), params: plan.params })
    }
}
