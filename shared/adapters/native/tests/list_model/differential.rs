//! Random queries on random tables, held to an evaluator that shares no code with the application.

use std::sync::atomic::{AtomicU64, Ordering};

use model::{Lister as _, Outcome, Query, Random, Shape, Table, Walk};

use crate::lister::{self, Bounds, SqliteLister};
use crate::{for_seeds, setting};

/// How many queries are tried.
const CASES: u64 = 100_000;

/// How many of them each table has.
const CASES_PER_TABLE: u64 = 50;

/// Where the first table begins.
const SEED: u64 = 1;

#[test]
fn lists_answer_what_their_queries_mean() {
    let (cases, seed) = (setting("ASHLAR_CASES", CASES), setting("ASHLAR_SEED", SEED));
    let refused = AtomicU64::new(0);
    for_seeds(seed, cases.div_ceil(CASES_PER_TABLE), |seed| {
        refused.fetch_add(try_table(seed), Ordering::Relaxed);
    });
    let refused = refused.into_inner();
    assert!(cases < 1000 || refused < cases / 2, "{refused} of {cases} queries were refused");
}

/// Everything about a table and its queries follows from the seed. Answers how many were refused under low bounds.
fn try_table(seed: u64) -> u64 {
    let mut random = Random::new(seed);
    let table = model::table(&mut random, Shape::default());
    let paths = lister::paths(&mut random, &table);
    let bounds = Bounds::draw(&mut random);
    let mut lister = SqliteLister::new(&table, &paths, bounds);
    let mut refused = 0;
    for _ in 0..CASES_PER_TABLE {
        let query = model::query(&mut random, &table, Shape::default());
        match model::check(&mut lister, &table, &query) {
            Ok(Outcome::Same) => (),
            Ok(Outcome::Refused) => refused += 1,
            Err(difference) => report(seed, &table, &query, (&paths, bounds), &difference),
        }
    }
    refused
}

fn report(
    seed: u64,
    table: &Table,
    query: &Query,
    (paths, bounds): (&[Vec<String>], Bounds),
    difference: &str,
) -> ! {
    let difference_of = |table: &Table, query: &Query| {
        model::check(&mut SqliteLister::new(table, paths, bounds), table, query).err()
    };
    let (table, query) =
        model::shrink(table, query, &mut |table, query| difference_of(table, query).is_some());
    let smallest = difference_of(&table, &query).unwrap_or_default();
    let rows: Vec<_> = table.rows.iter().map(|row| format!("  {}: {:?}\n", row.id, row.cells)).collect();
    let rows = rows.concat();
    let columns: Vec<_> = table.columns.iter().map(|column| column.name).collect();
    panic!(
        "ASHLAR_SEED={seed} ASHLAR_CASES={CASES_PER_TABLE} cargo test -p ashlar-native --test list_model\n\
         {difference}\nwhich is, as small as it gets:\n{smallest}\ncolumns {columns:?}, indexes {paths:?}, {bounds:?}, rows:\n{rows}"
    );
}

#[test]
fn a_wrong_answer_is_found_and_made_small() {
    let mut random = Random::new(7);
    let table = model::table(&mut random, Shape::default());
    let query = model::query(&mut random, &table, Shape::default());
    let mut right = SqliteLister::new(&table, &[], Bounds::AS_THEY_ARE);
    let page = right.list("limit=3&sort=number").unwrap().unwrap();
    assert!(page.rows.len() <= 3);
    // One row less than the evaluator has.
    let mut missing = table.clone();
    missing.rows.pop();
    let everything = Query { all: Vec::new(), any: Vec::new(), limit: 100, walk: Walk::Page(1), ..query };
    let fails = |table: &Table, query: &Query| {
        let mut fewer = table.clone();
        fewer.rows.pop();
        model::check(&mut SqliteLister::new(&fewer, &[], Bounds::AS_THEY_ARE), table, query).is_err()
    };
    assert!(fails(&table, &everything));
    let (small, _) = model::shrink(&table, &everything, &mut |table, query| fails(table, query));
    assert_eq!(small.rows.len(), 1);
}
