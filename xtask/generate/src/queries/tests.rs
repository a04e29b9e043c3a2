//! No list does more than its class allows: each condition, each two, every order and every way of counting.

use std::collections::BTreeSet;

use rusqlite::Connection;
use shared::ports::Statement;
use shared::query::{Class, ListQuery, SORT_CAP, WALK_CAP};

use crate::queries::walk::{self, List, Pairs};
use crate::queries::{check, database, explain, look};

/// Tables beyond this many rows are read by an index or not at all.
const LARGE: u32 = 1000;

/// Two sizes of a table, in both of which queries meet their bounds: what depends on the size shows.
const SIZES: [u32; 2] = [8000, 24_000];

/// The bounds are lowered by this, so that tables of a few thousand rows meet them.
const LOWER: u32 = 100;

/// How much the larger table may add to the steps: levels of its trees, and the luck of walks. It has three times the rows.
const TOLERANCE: f64 = 1.5;

/// The most steps that SQLite's machine may take for a row that is read by an index and shown.
const STEPS_PER_ROW: i32 = 160;

/// The most steps for everything that is done once.
const STEPS_ONCE: i32 = 1000;

fn filled(rows: u32) -> (Vec<List>, Connection, BTreeSet<String>) {
    let lists = walk::lists();
    let resources: Vec<_> = lists.iter().map(|list| list.resource).collect();
    let database = database::filled(&resources, rows).unwrap();
    let large = large_tables(&database);
    (lists, database, large)
}

fn large_tables(database: &Connection) -> BTreeSet<String> {
    let mut statement = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").unwrap();
    let names = statement.query_map([], |row| row.get::<_, String>(0)).unwrap().map(Result::unwrap);
    let count = |name: &String| {
        let sql = format!("SELECT count(*) FROM (SELECT 1 FROM \"{name}\" LIMIT {})", LARGE + 1);
        database.query_row(&sql, [], |row| row.get::<_, u32>(0)).unwrap_or(0)
    };
    names.filter(|name| count(name) > LARGE).collect()
}

fn with(filter: &Pairs, name: &str, value: &str) -> Pairs {
    filter.iter().cloned().chain([(name.to_owned(), value.to_owned())]).collect()
}

/// No condition, each alone, and each two.
fn filters(list: &List) -> Vec<Pairs> {
    let all = list.conditions();
    let mut filters = vec![Vec::new()];
    filters.extend(all.iter().map(|one| vec![one.clone()]));
    for (index, one) in all.iter().enumerate() {
        filters.extend(all.iter().skip(index + 1).map(|other| vec![one.clone(), other.clone()]));
    }
    filters
}

/// Every filter in every order and with every count.
fn queries(list: &List) -> Vec<Pairs> {
    let mut queries = Vec::new();
    for filter in filters(list) {
        queries.extend(list.orders().iter().map(|sort| with(&with(&filter, "sort", sort), "count", "none")));
        queries.extend(["capped", "exact"].map(|mode| with(&filter, "count", mode)));
    }
    queries
}

fn assert_none(problems: &[String]) {
    let first: Vec<_> = problems.iter().take(5).cloned().collect();
    assert!(problems.is_empty(), "{} queries:\n{}", problems.len(), first.join("\n"));
}

#[test]
fn every_query_of_every_list_is_planned_as_its_class_says_with_and_without_statistics() {
    let (lists, database, large) = filled(LARGE * 5);
    assert!(lists.len() >= 6, "the route table tells what it lists");
    for analyzed in [false, true] {
        if analyzed {
            database.execute_batch("ANALYZE").unwrap();
        }
        let mut problems = Vec::new();
        for list in &lists {
            for pairs in queries(list) {
                problems.extend(check::problem(&database, &large, list, &pairs).unwrap());
            }
        }
        assert_none(&problems);
    }
}

#[test]
fn no_query_does_more_work_in_a_larger_table() {
    let [(lists, small, _), (_, large, _)] = SIZES.map(filled);
    let mut problems = Vec::new();
    for list in &lists {
        for filter in filters(list) {
            // Two conditions in the default order, one in every order.
            let orders =
                if filter.len() < 2 { list.orders() } else { vec![list.resource.default_sort.to_owned()] };
            for sort in &orders {
                let pairs = with(&filter, "sort", sort);
                problems.extend(growth(list, &pairs, &small, &large));
            }
        }
    }
    assert_none(&problems);
}

fn growth(list: &List, pairs: &Pairs, small: &Connection, large: &Connection) -> Option<String> {
    let query = list.query(pairs).unwrap();
    let seen = look::look(large, &query).unwrap();
    let (less, more) = (steps(small, &query), steps(large, &query));
    let told = |what: &str| Some(check::told(list, pairs, &query, &seen, what));
    let most = STEPS_ONCE + STEPS_PER_ROW * i32::try_from(query.limit + 1).unwrap();
    if matches!(seen.class, Class::Served { .. }) && more.0 > most {
        return told(&format!("it is to be served, and takes {} steps, more than {most}", more.0));
    }
    let grows = |less: i32, more: i32| f64::from(more) > f64::from(less) * TOLERANCE + 300.0;
    let rows = SIZES[0];
    if grows(less.0, more.0) {
        return told(&format!(
            "the page takes {} steps in {rows} rows and {} in three times as many",
            less.0, more.0
        ));
    }
    if grows(less.1, more.1) {
        return told(&format!(
            "its total takes {} steps in {rows} rows and {} in three times as many",
            less.1, more.1
        ));
    }
    None
}

/// The steps of the page and of the total under lowered bounds.
fn steps(database: &Connection, query: &ListQuery) -> (i32, i32) {
    let plan = query.plan().unwrap();
    let steps = |statement: Statement| explain::run(database, &lowered(statement)).unwrap();
    (steps(plan.page()), plan.count().map_or(0, steps))
}

fn lowered(mut statement: Statement) -> Statement {
    let mut sql = statement.sql.into_owned();
    for cap in [SORT_CAP, WALK_CAP] {
        for (before, more) in [(" OFFSET ", 0), (" LIMIT ", 0), ("n<=", 0), (" LIMIT ", 1), (" ELSE ", 1)] {
            let low = format!("{before}{}", cap / LOWER + more);
            sql = sql.replace(&format!("{before}{}", cap + more), &low);
        }
    }
    assert!(!sql.contains("0000") && !sql.contains("0001"), "a bound is not lowered in {sql}");
    statement.sql = sql.into();
    statement
}

#[test]
fn a_missing_index_is_named_with_the_query_that_needs_it() {
    let (lists, database, large) = filled(LARGE * 2);
    database.execute_batch("DROP INDEX products_by_price").unwrap();
    let list = lists.iter().find(|list| list.resource.table == "products").unwrap();
    let pairs = vec![("sort".to_owned(), "-price".to_owned())];
    let problem = check::problem(&database, &large, list, &pairs).unwrap().unwrap();
    assert!(problem.contains("no such index: products_by_price"), "{problem}");
    assert!(problem.starts_with("/api/v1/products ?sort=-price: "), "{problem}");
    assert!(problem.contains("An index on products (price, id) would serve it."), "{problem}");
}
