//! Whether a query does no more work than its class allows, and what would serve it when it does.

use std::collections::BTreeSet;

use anyhow::Result;
use rusqlite::Connection;
use shared::ports::Statement;
use shared::query::{Class, Direction, ListQuery, Operand, Operator};

use crate::queries::explain::{self, Explained};
use crate::queries::walk::{List, Pairs, written};

/// The most steps that SQLite's machine may take for a row that is read by an index and shown.
const STEPS_PER_ROW: u32 = 160;

/// The most steps for everything that is done once.
const STEPS_ONCE: u32 = 1000;

/// A database of some size, and the tables in it that are large.
pub(super) struct Sized<'a> {
    pub(super) database: &'a Connection,
    pub(super) large: &'a BTreeSet<String>,
}

/// What was found out about one query.
#[derive(Debug)]
pub(super) struct Seen {
    /// What the planner says.
    pub(super) class: Class,
    /// The plan of the page.
    pub(super) page: Explained,
    /// Steps of the page.
    pub(super) steps: i32,
    /// The plan of the total, where it is asked for.
    pub(super) count: Option<Explained>,
    /// Steps of the total.
    pub(super) count_steps: i32,
}

/// Plans and runs a query.
///
/// # Errors
/// When it is none, or the database refuses.
pub(super) fn look(database: &Connection, query: &ListQuery) -> Result<Seen> {
    let plan = query.plan().map_err(|error| anyhow::anyhow!("{error:?}"))?;
    let page = plan.page();
    let count: Option<Statement> = plan.count();
    let (_, steps) = explain::run(database, &page)?;
    let (count_steps, counted) = match &count {
        Some(count) => (explain::run(database, count)?.1, Some(Explained::of(database, count)?)),
        None => (0, None),
    };
    Ok(Seen {
        class: plan.class(),
        page: Explained::of(database, &page)?,
        steps,
        count: counted,
        count_steps,
    })
}

/// What is wrong with a query, if anything.
///
/// # Errors
/// When it is none, or the database refuses.
pub(super) fn problem(sized: &Sized<'_>, list: &List, pairs: &Pairs) -> Result<Option<String>> {
    let query = list.query(pairs)?;
    let seen = look(sized.database, &query)?;
    let told = |what: String| {
        let lines = seen.page.lines.iter().chain(seen.count.iter().flat_map(|count| &count.lines));
        let plan = lines.map(|line| format!("\n    {line}")).collect::<String>();
        Some(format!(
            "{} {}: {what}. An index on {} ({}) would serve it.{plan}",
            list.path,
            written(pairs),
            list.resource.table,
            serving_index(&query).join(", "),
        ))
    };
    let served = matches!(seen.class, Class::Served { .. });
    if served != is_served_by_declared(&query) {
        let should = if served { "no declared index serves it" } else { "a declared index serves it" };
        return Ok(told(format!("the planner says {:?}, but {should}", seen.class)));
    }
    if let (true, Some(scan)) = (served, seen.page.scans(sized.large).first()) {
        return Ok(told(format!("it is served, and reads a whole table ({scan})")));
    }
    if served && seen.page.sorts() {
        return Ok(told("it is served, and sorts".to_owned()));
    }
    let most = STEPS_ONCE + STEPS_PER_ROW * (query.limit + 1);
    if served && u32::try_from(seen.steps).unwrap_or(u32::MAX) > most {
        return Ok(told(format!("it is served, and takes {} steps, more than {most}", seen.steps)));
    }
    if let Some(scan) = unguarded(&seen, sized.large) {
        return Ok(told(scan));
    }
    Ok(None)
}

/// Sorting and scanning have their place where they are bounded: in statements that count first.
fn unguarded(seen: &Seen, large: &BTreeSet<String>) -> Option<String> {
    if let Some(count) = &seen.count
        && count.sorts()
    {
        return Some("its total is found by sorting".to_owned());
    }
    let bounded_by_counting = matches!(seen.class, Class::Bounded { .. });
    let scan = seen.page.scans(large).first().map(|scan| (*scan).to_owned());
    scan.filter(|_| !bounded_by_counting)
}

/// The columns of the index that would have the rows of a query together and in order: those that are fixed to one value,
/// then the order.
pub(super) fn serving_index(query: &ListQuery) -> Vec<String> {
    let mut columns: Vec<String> = fixed(query).into_iter().map(str::to_owned).collect();
    for key in query.order() {
        if !columns.iter().any(|column| column == key.field.sql) {
            let minus = if key.direction == Direction::Descending { " DESC" } else { "" };
            columns.push(format!("{}{minus}", key.field.sql));
        }
    }
    // An index is read in both directions.
    if columns.iter().any(|column| column.ends_with(" DESC"))
        && fixed(query).len() + columns.iter().filter(|column| column.ends_with(" DESC")).count() == columns.len()
    {
        columns.iter_mut().for_each(|column| *column = column.replace(" DESC", ""));
    }
    columns
}

fn fixed(query: &ListQuery) -> BTreeSet<&'static str> {
    let of = |filter: &shared::query::Filter| match (&filter.operand, filter.operator) {
        (Operand::One(_), Operator::Eq) | (Operand::IsNull(true), _) => Some(filter.field.sql),
        _ => None,
    };
    query.conditions().filter_map(of).collect()
}

/// Whether some declared index has exactly the rows of the query, in its order. Written without the planner: it is what the
/// planner is held to.
fn is_served_by_declared(query: &ListQuery) -> bool {
    let fixed = fixed(query);
    let order: Vec<_> = query.order().into_iter().filter(|key| !fixed.contains(key.field.sql)).collect();
    query.resource.paths.iter().any(|path| {
        let plain = |column: &&'static str| column.trim_start_matches('-').to_owned();
        let lead = path.columns.iter().take_while(|column| fixed.contains(plain(column).as_str())).count();
        let partial = path.where_null.is_none_or(|column| fixed.contains(column));
        let others = fixed.iter().filter(|column| {
            !path.columns.iter().take(lead).any(|led| plain(led) == **column) && path.where_null != Some(**column)
        });
        let unique = path.unique && lead == path.columns.len();
        if !partial {
            return false;
        }
        if unique {
            return true;
        }
        let rest: Vec<_> = path.columns.iter().skip(lead).collect();
        let turned: Vec<bool> = rest
            .iter()
            .zip(&order)
            .map(|(column, key)| column.starts_with('-') != (key.direction == Direction::Descending))
            .collect();
        let same = rest.iter().zip(&order).all(|(column, key)| plain(column) == key.field.sql);
        let in_order = same
            && turned.windows(2).all(|two| two.first() == two.last())
            && (order.len() <= rest.len() || path.unique);
        let first = rest.first().map(|column| plain(column));
        let ranges = query.conditions().filter(|filter| !is_fixing(filter));
        let mut on_first = ranges.map(|filter| {
            Some(filter.field.sql) == first.as_deref()
                && match (&filter.operand, filter.operator) {
                    (Operand::Within(..), _) => true,
                    (Operand::One(_), operator) => {
                        matches!(operator, Operator::Gt | Operator::Gte | Operator::Lt | Operator::Lte)
                    }
                    _ => false,
                }
        });
        let one_range = at_most_one_interval(query, first.as_deref());
        others.count() == 0 && in_order && on_first.all(|on| on) && one_range && query.groups.is_empty()
    })
}

fn is_fixing(filter: &shared::query::Filter) -> bool {
    matches!((&filter.operand, filter.operator), (Operand::One(_), Operator::Eq) | (Operand::IsNull(true), _))
}

/// Whether the ranges on a column are one lower and one upper bound at most.
fn at_most_one_interval(query: &ListQuery, column: Option<&str>) -> bool {
    let (mut lower, mut upper) = (0, 0);
    for filter in query.conditions().filter(|filter| Some(filter.field.sql) == column) {
        match (&filter.operand, filter.operator) {
            (Operand::Within(..), _) => {
                lower += 1;
                upper += 1;
            }
            (_, Operator::Gt | Operator::Gte) => lower += 1,
            (_, Operator::Lt | Operator::Lte) => upper += 1,
            _ => (),
        }
    }
    // Two conditions that fix it to two values are two.
    let equal = query.conditions().filter(|filter| is_fixing(filter) && Some(filter.field.sql) == column).count();
    lower <= 1 && upper <= 1 && equal == 0
}
