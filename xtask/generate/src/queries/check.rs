//! Whether a query does no more work than its class allows, and what would serve it when it does.

use std::collections::BTreeSet;

use anyhow::Result;
use rusqlite::Connection;
use shared::query::{AccessPath, Class, Direction, Filter, ListQuery, Operand, Operator, SortKey};

use crate::queries::explain::Explained;
use crate::queries::look::{self, Seen};
use crate::queries::walk::{List, Pairs, written};

/// What is wrong with the plan of a query, if anything: named with the list, the query and the index that would serve it.
///
/// # Errors
/// When it is none, or the database refuses.
pub(super) fn problem(
    database: &Connection,
    large: &BTreeSet<String>,
    list: &List,
    pairs: &Pairs,
) -> Result<Option<String>> {
    let query = list.query(pairs)?;
    let seen = match look::look(database, &query) {
        Ok(seen) => seen,
        // A planned index that is not there is an error, too.
        Err(error) => {
            let what = error.chain().nth(1).map_or_else(|| error.to_string(), ToString::to_string);
            return Ok(Some(sentence(list, pairs, &query, &what)));
        }
    };
    Ok(of_plan(&query, &seen, large).map(|what| told(list, pairs, &query, &seen, &what)))
}

/// The sentence, and the plan below it.
pub(super) fn told(list: &List, pairs: &Pairs, query: &ListQuery, seen: &Seen, what: &str) -> String {
    let lines = seen.page.lines.iter().chain(seen.count.iter().flat_map(|count| &count.lines));
    let plan: Vec<_> = lines.map(|line| format!("\n    {line}")).collect();
    format!("{}{}", sentence(list, pairs, query, what), plan.concat())
}

fn sentence(list: &List, pairs: &Pairs, query: &ListQuery, what: &str) -> String {
    let (path, table) = (list.path, list.resource.table);
    let columns = serving_index(query).join(", ");
    format!("{path} {}: {what}. An index on {table} ({columns}) would serve it.", written(pairs))
}

fn of_plan(query: &ListQuery, seen: &Seen, large: &BTreeSet<String>) -> Option<String> {
    let served = matches!(seen.class, Class::Served { .. });
    match (served, is_served_by_declared(query)) {
        (true, false) => {
            return Some("the planner has it served, and no declared index serves it".to_owned());
        }
        (false, true) => {
            return Some("a declared index serves it, and the planner does not see it".to_owned());
        }
        _ => (),
    }
    if let Some(count) = &seen.count
        && sorts(count)
    {
        return Some("its total is found by sorting".to_owned());
    }
    // Sorting and scanning have their place where rows are counted first.
    if served && sorts(&seen.page) {
        return Some("it is to be served, and its rows are sorted".to_owned());
    }
    if let Some(scan) = scans(&seen.page, large).filter(|_| served) {
        return Some(format!("it is to be served, and a whole table is read ({scan})"));
    }
    let Class::Served { index } = seen.class else { return None };
    // The key of a rowid table is no index.
    let uses =
        seen.page.lines.iter().any(|line| line.contains(index) || line.contains("INTEGER PRIMARY KEY"));
    (!uses).then(|| format!("it is to be served by {index}, which is not used"))
}

/// The columns of the index that would have the rows of a query together and in order: those that are fixed to one value,
/// then the order.
pub(super) fn serving_index(query: &ListQuery) -> Vec<String> {
    let fixed = fixed(query);
    let order: Vec<_> = query.order().into_iter().filter(|key| !fixed.contains(key.field.sql)).collect();
    // An index is read in both directions.
    let turned = order.first().is_some_and(|key| key.direction == Direction::Descending);
    let columns = order.iter().map(|key| {
        let descends = (key.direction == Direction::Descending) != turned;
        format!("{}{}", key.field.sql, if descends { " DESC" } else { "" })
    });
    fixed.iter().map(|column| (*column).to_owned()).chain(columns).collect()
}

/// The columns that conditions leave one value.
fn fixed(query: &ListQuery) -> BTreeSet<&'static str> {
    query.conditions().filter(|filter| is_fixing(filter)).map(|filter| filter.field.sql).collect()
}

fn is_fixing(filter: &Filter) -> bool {
    matches!((&filter.operand, filter.operator), (Operand::One(_), Operator::Eq) | (Operand::IsNull(true), _))
}

/// Whether some declared index has exactly the rows of the query, in its order. Written without the planner: it is what the
/// planner is held to.
fn is_served_by_declared(query: &ListQuery) -> bool {
    query.resource.paths.iter().any(|path| serves(query, path))
}

fn serves(query: &ListQuery, path: &AccessPath) -> bool {
    let fixed = fixed(query);
    let fixing = query.conditions().filter(|filter| is_fixing(filter)).count();
    let is_fixed = |column: &&&'static str| fixed.contains(plain(column));
    let led = path.columns.iter().take_while(is_fixed).count();
    let Some((first, rest)) = path.columns.split_at_checked(led) else { return false };
    if path.where_null.is_some_and(|column| !fixed.contains(column)) {
        return false;
    }
    if path.unique && rest.is_empty() {
        // One row at most: whatever else is asked is asked of that row.
        return true;
    }
    // Every condition that fixes a column has its place among the first columns, once.
    let has_place =
        |column: &str| first.iter().any(|one| plain(one) == column) || path.where_null == Some(column);
    if fixing != fixed.len() || !fixed.iter().all(|column| has_place(column)) || !query.groups.is_empty() {
        return false;
    }
    let order: Vec<_> = query.order().into_iter().filter(|key| !fixed.contains(key.field.sql)).collect();
    is_ordered(rest, path.unique, &order) && is_one_interval(query, rest.first().map(|column| plain(column)))
}

fn plain(column: &'static str) -> &'static str {
    column.trim_start_matches('-')
}

/// Whether the columns are the order, all forwards or all backwards.
fn is_ordered(columns: &[&'static str], unique: bool, order: &[SortKey]) -> bool {
    let pairs: Vec<_> = columns.iter().zip(order).collect();
    let against = |(column, key): &(&&str, &SortKey)| {
        column.starts_with('-') != (key.direction == Direction::Descending)
    };
    let same = pairs.iter().all(|(column, key)| plain(column) == key.field.sql);
    let one_way = pairs.windows(2).all(|two| two.first().map(against) == two.last().map(against));
    same && one_way && (order.len() <= columns.len() || unique)
}

/// Whether what is asked beside equality is one interval of this column.
fn is_one_interval(query: &ListQuery, column: Option<&str>) -> bool {
    let (mut lower, mut upper) = (0, 0);
    for filter in query.conditions().filter(|filter| !is_fixing(filter)) {
        if Some(filter.field.sql) != column {
            return false;
        }
        match (&filter.operand, filter.operator) {
            (Operand::Within(..), _) => (lower, upper) = (lower + 1, upper + 1),
            (Operand::One(_), Operator::Gt | Operator::Gte) => lower += 1,
            (Operand::One(_), Operator::Lt | Operator::Lte) => upper += 1,
            _ => return false,
        }
    }
    lower <= 1 && upper <= 1
}

/// The tables that are gone through from end to end, without even an index to tell the order.
fn scans<'a>(plan: &'a Explained, tables: &BTreeSet<String>) -> Option<&'a str> {
    plan.lines.iter().map(|line| line.trim_start()).find(|line| {
        let scanned = line.strip_prefix("SCAN ").and_then(|rest| rest.split(' ').next());
        scanned.is_some_and(|table| tables.contains(table)) && !line.contains(" USING ")
    })
}

/// Whether rows are sorted, or anything else is kept in a tree that is made for it.
fn sorts(plan: &Explained) -> bool {
    plan.lines.iter().any(|line| line.contains("TEMP B-TREE") || line.contains("AUTOMATIC"))
}
