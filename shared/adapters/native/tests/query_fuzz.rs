//! The parser of list queries against whatever somebody may send: it never panics, its work is bounded by the length of the
//! input, and no SQL text comes from input.
//!
//! `ASHLAR_CASES` sets another number of inputs; `ASHLAR_SEED` begins where a failure says.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a test's name says what it shows, and it fails by panicking; its environment says how long it runs"
)]

#[path = "query_fuzz/inputs.rs"]
mod inputs;
#[path = "query_fuzz/words.rs"]
mod words;

use std::time::Instant;

use edge::openapi::Document;
use inputs::{Inputs, Pairs, SENTINEL};
use shared::error::{Error, MAX_VIOLATIONS};
use shared::ports::Statement;
use shared::query::{ListQuery, Resource};
use words::Words;

/// How many inputs are tried in CI.
const CASES: u64 = 200_000;

/// How many are tried when somebody asks for it: `cargo test -p ashlar-native --test query_fuzz -- --ignored`.
const MANY: u64 = 10_000_000;

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap())
}

/// Every resource that a route lists.
fn resources() -> Vec<&'static Resource> {
    let operations = Document::of_routes().operations;
    let mut all: Vec<&'static Resource> =
        operations.iter().filter_map(|operation| operation.listed).collect();
    all.dedup_by_key(|resource| resource.table);
    assert!(all.len() >= 6, "the route table tells what it lists");
    all
}

#[test]
fn no_input_makes_the_parser_panic_or_reaches_the_sql() {
    fuzz(setting("ASHLAR_CASES", CASES));
}

#[test]
#[ignore = "takes minutes"]
fn none_of_ten_million_inputs_makes_the_parser_panic_or_reaches_the_sql() {
    let started = Instant::now();
    let understood = fuzz(setting("ASHLAR_CASES", MANY));
    println!("{understood} of the inputs were understood; all took {:.1} s", started.elapsed().as_secs_f64());
}

/// An input of about so many bytes.
type OfSize = fn(usize) -> Pairs;

/// Inputs that are long in each way in which the grammar lets them be.
const LONG: [(&str, OfSize); 6] = [
    ("many parameters", |size| (0..size / 8).map(|number| (format!("p{number}"), "1".to_owned())).collect()),
    ("a long order", |size| vec![("sort".to_owned(), "price,".repeat(size / 6))]),
    ("many fields", |size| vec![("fields".to_owned(), "x,".repeat(size / 2))]),
    ("many values", |size| vec![("category[in]".to_owned(), "a,".repeat(size / 2))]),
    ("a long value", |size| vec![("name[prefix]".to_owned(), "ä".repeat(size / 2))]),
    ("a long cursor", |size| vec![("after".to_owned(), "A".repeat(size))]),
];

#[test]
fn long_inputs_are_refused_with_few_words() {
    let products = resources().into_iter().find(|resource| resource.table == "products").unwrap();
    for (what, input) in LONG {
        let refusals: Vec<_> = [8_000, 800_000]
            .map(|size| match ListQuery::parse(products, &input(size)) {
                Err(Error::BadQuery(violations)) => violations,
                other => panic!("{what}: {other:?}"),
            })
            .into_iter()
            .map(|violations| {
                (violations.len(), violations.iter().map(|one| one.message.len()).sum::<usize>())
            })
            .collect();
        // A hundred times the input makes no longer list of mistakes.
        assert_eq!(refusals.first(), refusals.last(), "{what}");
        assert!(refusals.iter().all(|(count, _)| *count <= MAX_VIOLATIONS), "{what}: {refusals:?}");
    }
}

#[test]
#[ignore = "prints times"]
fn times_of_long_inputs() {
    let products = resources().into_iter().find(|resource| resource.table == "products").unwrap();
    for (what, input) in LONG {
        for size in [2_000, 20_000, 200_000, 2_000_000] {
            let pairs = input(size);
            let once = || {
                let started = Instant::now();
                let _ = std::hint::black_box(ListQuery::parse(products, &pairs));
                started.elapsed()
            };
            let best = (0..20).map(|_| once()).min().unwrap_or_default();
            println!("{what:>16}, {size:>8} bytes: {best:?}");
        }
    }
}

/// Tries so many inputs; answers how many of them were queries.
fn fuzz(cases: u64) -> u64 {
    let (resources, seed) = (resources(), setting("ASHLAR_SEED", 1));
    let threads = u64::try_from(std::thread::available_parallelism().map_or(1, usize::from)).unwrap();
    let understood: u64 = std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads)
            .map(|offset| {
                let resources = &resources;
                scope.spawn(move || {
                    try_some(
                        resources,
                        (seed + offset..seed + cases).step_by(usize::try_from(threads).unwrap()),
                    )
                })
            })
            .collect();
        let counts = running.into_iter().map(|thread| thread.join().unwrap_or_else(|_| panic!("see above")));
        counts.sum()
    });
    // Else it would be the refusals alone that are tested.
    assert!(cases < 100 || understood > cases / 10, "{understood} of {cases} inputs were queries");
    understood
}

fn try_some(resources: &[&'static Resource], seeds: impl Iterator<Item = u64>) -> u64 {
    let inputs: Vec<_> =
        resources.iter().map(|resource| (Inputs::of(resource), Words::of(resource))).collect();
    let mut understood = 0;
    for seed in seeds {
        let (inputs, words) = &inputs[usize::try_from(seed).unwrap() % inputs.len()];
        let pairs = inputs.draw(seed);
        let tried = std::panic::catch_unwind(|| try_one(inputs, words, &pairs));
        understood += match tried {
            Ok(Ok(understood)) => u64::from(understood),
            Ok(Err(problem)) => panic!("ASHLAR_SEED={seed} ASHLAR_CASES=1: {problem}\n{pairs:?}"),
            Err(panic) => {
                drop(panic);
                panic!("ASHLAR_SEED={seed} ASHLAR_CASES=1: the parser panics\n{pairs:?}")
            }
        };
    }
    understood
}

/// Whether the input was a query.
fn try_one(inputs: &Inputs, words: &Words, pairs: &Pairs) -> Result<bool, String> {
    let Ok(query) = ListQuery::parse(inputs.resource, pairs) else { return Ok(false) };
    let statements = sql_of(&query);
    for Statement { sql, params } in &statements {
        if let Some(word) = words.unknown(sql) {
            return Err(format!("{word:?} is no word that the tables declare, in {sql}"));
        }
        if sql.contains(SENTINEL) {
            return Err(format!("the input is in {sql}"));
        }
        if params.len() > 100 {
            return Err(format!("{} parameters", params.len()));
        }
    }
    // The same parameters with other values make the same SQL.
    let others = inputs.with_other_values(pairs);
    let Ok(query) = ListQuery::parse(inputs.resource, &others) else {
        return Err(format!("other values are refused: {others:?}"));
    };
    let texts =
        |statements: &[Statement]| statements.iter().map(|one| one.sql.to_string()).collect::<Vec<_>>();
    let (before, after) = (texts(&statements), texts(&sql_of(&query)));
    if before == after { Ok(true) } else { Err(format!("{before:?}\nwith other values is\n{after:?}")) }
}

/// Every statement that a list may run; none of a query whose cursor is not its own.
fn sql_of(query: &ListQuery) -> Vec<Statement> {
    let Ok(plan) = query.plan() else { return Vec::new() };
    [plan.page(), plan.whole(true)].into_iter().chain(plan.count()).collect()
}
