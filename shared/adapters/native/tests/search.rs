//! Full-text search and figures over many rows: what bounds them, and that triggers keep what they read.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    reason = "a test's name says what it shows, and it fails by panicking"
)]

use std::rc::Rc;

use futures::executor::block_on;
use native::{Instance, TestClock};
use shared::models::product::Product;
use shared::ports::{Ports, Statement};
use shared::query::{Answer, ListQuery, MATCH_CAP, MAX_CELLS, Resource, StatsQuery};
use shared::repositories::{Counted as _, posts, products};
use shared::time::Timestamp;

fn house() -> Ports {
    let clock = TestClock::new(Timestamp::from_millis(1_700_000_000_000));
    block_on(Instance::in_memory(Rc::new(clock))).unwrap().ports
}

fn run(ports: &Ports, sql: impl Into<String>) {
    block_on(ports.database.query(Statement::new(sql.into()))).unwrap();
}

/// One number.
fn number(ports: &Ports, sql: impl Into<String>) -> i64 {
    let rows = block_on(ports.database.query(Statement::new(sql.into()))).unwrap();
    rows.first().unwrap().get("n").unwrap()
}

/// Adds products number `from` to `to`, each `name` with its number.
fn fill(ports: &Ports, from: u32, to: u32, name: &str) {
    run(
        ports,
        format!(
            "WITH RECURSIVE number (n) AS (SELECT {from} UNION ALL SELECT n + 1 FROM number WHERE n < {to}) \
             INSERT INTO products (id, name, description, category, price, stock, status, created_at, updated_at) \
             SELECT printf('%08d', n), '{name} ' || n, '', 'c', n, 0, 'draft', n, n FROM number"
        ),
    );
}

fn query(resource: &'static Resource, pairs: &[(&str, &str)]) -> ListQuery {
    let pairs: Vec<_> = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    ListQuery::parse(resource, &pairs).unwrap()
}

/// The ids on the page and the total; `None` when the query is too broad.
fn list(ports: &Ports, pairs: &[(&str, &str)]) -> Option<(Vec<String>, i64)> {
    let query = query(&products::RESOURCE, pairs);
    let rows = block_on(ports.database.query(query.plan().unwrap().whole(false))).unwrap();
    let row = rows.first().unwrap();
    let data: Option<String> = row.get("data").unwrap();
    let data = data.unwrap_or_default();
    let ids = Answer::read(&query, &data)?.rows.into_iter().map(|row| {
        let row: serde_json::Value = serde_json::from_str(row).unwrap();
        row["id"].as_str().unwrap().to_owned()
    });
    Some((ids.collect(), row.get("total").unwrap()))
}

#[test]
fn of_too_many_matches_the_newest_are_ranked_and_none_is_sorted_or_filtered() {
    let ports = house();
    fill(&ports, 1, MATCH_CAP, "lamp");
    for rest in [("sort", "price"), ("price[lt]", "3"), ("category", "c")] {
        let (ids, total) = list(&ports, &[("q", "lamp"), ("limit", "2"), rest]).unwrap();
        assert!(ids.len() == 2 && total >= 2, "{rest:?} {ids:?} {total}");
    }
    let (ids, total) = list(&ports, &[("q", "lamp"), ("sort", "price"), ("limit", "1")]).unwrap();
    assert_eq!((ids[0].as_str(), total), ("00000001", i64::from(MATCH_CAP)));
    fill(&ports, MATCH_CAP + 1, MATCH_CAP + 3, "lamp");
    for rest in [("sort", "price"), ("price[lt]", "3"), ("category", "c")] {
        assert_eq!(list(&ports, &[("q", "lamp"), ("limit", "2"), rest]), None, "{rest:?}");
    }
    let (ids, total) = list(&ports, &[("q", "lamp"), ("limit", "1")]).unwrap();
    assert_eq!(ids, [format!("{:08}", MATCH_CAP + 3)], "they fit equally well: the newest first");
    assert_eq!(total, i64::from(MATCH_CAP + 1), "the count ends where it is known that there are more");
    let exact = list(&ports, &[("q", "lamp"), ("limit", "1"), ("count", "exact")]).unwrap();
    assert_eq!(exact.1, i64::from(MATCH_CAP + 3));
    let (ids, total) = list(&ports, &[("q", "lamp 77"), ("sort", "price"), ("limit", "1")]).unwrap();
    assert_eq!((ids[0].as_str(), total), ("00000077", 111), "all that begin with 77");
}

#[test]
fn too_many_matches_of_a_short_word_are_told_from_all_of_them() {
    let ports = house();
    fill(&ports, 1, MATCH_CAP + 1, "灯台");
    for q in ["灯台", "灯"] {
        let (ids, total) = list(&ports, &[("q", q), ("limit", "1")]).unwrap();
        assert_eq!((ids.len(), total), (1, i64::from(MATCH_CAP + 1)));
        assert_eq!(list(&ports, &[("q", q), ("sort", "price")]), None);
    }
    // So many places in one row that not all are looked at.
    let many = "檸檬".repeat(50_001);
    run(&ports, format!("UPDATE products SET description = '{many}檸' WHERE id = '00000001'"));
    let (ids, total) = list(&ports, &[("q", "檸")]).unwrap();
    assert_eq!((ids.len(), total), (1, 1));
    run(&ports, format!("UPDATE products SET description = '{many}檸' WHERE id = '00000002'"));
    let (_, total) = list(&ports, &[("q", "檸")]).unwrap();
    assert!(total < 0, "{total} is no lower bound, but there may be more");
    assert_eq!(list(&ports, &[("q", "檸"), ("sort", "price")]), None);
}

/// The next of a fixed row of numbers below `below`.
fn draw(state: &mut u64, below: u64) -> u64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*state >> 33) % below
}

fn text(state: &mut u64) -> String {
    const WORDS: [&str; 8] = ["lamp", "Café", "東京", "東京タワー", "ไทย", "it''s", "lam", "x"];
    let words = (0..draw(state, 5)).map(|_| WORDS[usize::try_from(draw(state, 8)).unwrap()]);
    words.collect::<Vec<_>>().join(" ")
}

/// A made-up write of a product and of a post.
fn write(ports: &Ports, state: &mut u64) {
    let id = draw(state, 60);
    let (name, description, price) = (text(state), text(state), draw(state, 9));
    let (category, status) =
        (["a", "b"][usize::from(draw(state, 2) == 1)], ["draft", "active"][usize::from(draw(state, 2) == 1)]);
    let published = ["draft", "published"][usize::from(draw(state, 2) == 1)];
    let sql = match draw(state, 5) {
        0 | 1 => [
            format!(
                "INSERT INTO products (id, name, description, category, price, stock, status, created_at, updated_at) \
                 VALUES ('{id}', '{name}', '{description}', '{category}', {price}, 0, '{status}', 0, 0) \
                 ON CONFLICT (id) DO UPDATE SET name = excluded.name, price = excluded.price + 1"
            ),
            format!(
                "INSERT INTO posts (id, title, body, status, published_at, created_at, updated_at) \
                 VALUES ('{id}', '{name}', '{description}', '{published}', 0, 0, 0) ON CONFLICT DO NOTHING"
            ),
        ],
        2 | 3 => [
            format!(
                "UPDATE products SET name = '{name}', description = '{description}', category = '{category}', price = {price}, \
                 status = '{status}' WHERE id = '{id}'"
            ),
            format!(
                "UPDATE posts SET title = '{name}', body = '{description}', status = '{published}' WHERE id = '{id}'"
            ),
        ],
        _ => [
            format!("DELETE FROM products WHERE id = '{id}'"),
            format!("DELETE FROM posts WHERE id = '{id}'"),
        ],
    };
    for sql in sql {
        run(ports, sql);
    }
}

/// That indexes and figures are what they would be if they were made anew.
fn assert_kept(ports: &Ports) {
    for (table, columns) in [("products", "name || description"), ("published_posts", "title || body")] {
        for index in ["words", "trigrams"] {
            let name = format!("{table}_search_{index}");
            run(ports, format!("INSERT INTO {name} ({name}, rank) VALUES ('integrity-check', 1)"));
        }
        let keys = format!(
            "SELECT count(*) AS n FROM {table} FULL JOIN {table}_search_keys USING (id) WHERE {table}.id IS NULL OR key IS NULL"
        );
        assert_eq!(number(ports, keys), 0, "{table}");
        let there = number(ports, format!("SELECT count(*) AS n FROM {table} WHERE {columns} GLOB '*東京*'"));
        let found = format!(
            "SELECT count(DISTINCT doc) AS n FROM {table}_search_trigram_terms WHERE term >= '東京' AND term < '東亭'"
        );
        assert_eq!(number(ports, found), there, "{table}");
    }
    let counted = "SELECT category, status, count(*) AS count, sum(price) AS sum FROM products GROUP BY category, status";
    let differs = format!(
        "SELECT count(*) AS n FROM (SELECT * FROM ({counted} EXCEPT SELECT * FROM products_stats) \
         UNION ALL SELECT * FROM (SELECT * FROM products_stats EXCEPT {counted}))"
    );
    assert_eq!(number(ports, differs), 0);
}

#[test]
fn indexes_and_figures_follow_whatever_is_written() {
    let ports = house();
    let mut state = 7;
    for round in 0..2_000 {
        write(&ports, &mut state);
        if round % 500 == 499 {
            assert_kept(&ports);
        }
    }
    assert!(number(&ports, "SELECT count(*) AS n FROM products") > 10);
    assert!(number(&ports, "SELECT count(*) AS n FROM published_posts") > 10);
}

#[test]
fn a_vacuum_renumbers_nothing_that_is_found() {
    let ports = house();
    fill(&ports, 1, 50, "lamp");
    run(&ports, "DELETE FROM products WHERE price < 40");
    run(&ports, "VACUUM");
    assert_kept(&ports);
    let (ids, _) = list(&ports, &[("q", "\"lamp 45\"")]).unwrap();
    assert_eq!(ids, ["00000045"]);
}

/// SQLite's plan of a statement.
fn explain(ports: &Ports, statement: Statement) -> Vec<String> {
    let plan = format!("EXPLAIN QUERY PLAN {}", statement.sql);
    let rows = block_on(ports.database.query(Statement { sql: plan.into(), ..statement })).unwrap();
    rows.iter().map(|row| row.get("detail").unwrap()).collect()
}

#[test]
fn the_snippets_of_a_page_take_one_pass_of_an_index() {
    let ports = house();
    fill(&ports, 1, 300, "lamp");
    for q in ["lam", "lamp 東京", "東京タワー"] {
        for rest in [&[][..], &[("sort", "price")]] {
            let pairs = [&[("q", q), ("snippets", "true"), ("limit", "100")], rest].concat();
            let plan = explain(&ports, query(&products::RESOURCE, &pairs).plan().unwrap().whole(true));
            let by_row = |step: &&String| {
                step.split_once("VIRTUAL TABLE INDEX")
                    .is_some_and(|(_, constraints)| constraints.contains('='))
            };
            assert_eq!(plan.iter().find(by_row), None, "{pairs:?}");
            assert!(plan.iter().any(|step| step.starts_with("MATERIALIZE in_")), "{plan:?}");
        }
    }
    let snippets = query(&products::RESOURCE, &[("q", "lam"), ("snippets", "true"), ("limit", "100")]);
    let rows = block_on(ports.database.query(snippets.plan().unwrap().whole(false))).unwrap();
    let data: String = rows.first().unwrap().get("data").unwrap();
    let rows = Answer::read(&snippets, &data).unwrap().rows;
    assert_eq!(rows.len(), 100);
    for row in rows {
        let row: serde_json::Value = serde_json::from_str(row).unwrap();
        let (name, snippet) = (row["name"].as_str().unwrap(), row["snippet"].as_str().unwrap());
        assert_eq!(snippet, name.replace("lamp", "\u{2}lamp\u{3}"), "each row has its own");
    }
}

#[test]
fn figures_of_a_category_read_its_combinations_and_no_others() {
    let ports = house();
    let pairs = [("category".to_owned(), "c".to_owned())];
    let statement = StatsQuery::parse(Product::stats(), &pairs).unwrap().statement().unwrap();
    let plan = explain(&ports, statement);
    assert!(plan.iter().any(|step| step.starts_with("SEARCH products_stats USING PRIMARY KEY")), "{plan:?}");
}

#[test]
fn figures_of_too_many_combinations_are_refused_before_they_are_made() {
    let ports = house();
    let are_made = || {
        let statement = StatsQuery::parse(Product::stats(), &[]).unwrap().statement().unwrap();
        let rows = block_on(ports.database.query(statement)).unwrap();
        rows.first().unwrap().get::<Option<String>>("groups").unwrap().is_some()
    };
    let fill = "INSERT INTO products_stats (category, status, count, sum) ";
    run(
        &ports,
        format!(
            "WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < {MAX_CELLS}) \
             {fill} SELECT n, 'draft', 1, 1 FROM number"
        ),
    );
    assert!(are_made());
    run(&ports, format!("{fill} VALUES ('one more', 'draft', 1, 1)"));
    assert!(!are_made());
}

#[test]
fn a_search_scans_no_table() {
    let ports = house();
    for (resource, sort) in [(&products::RESOURCE, "price"), (&posts::PUBLISHED, "published_at")] {
        for q in ["lamp", "lamp 東京", "東京タワー 大阪", "東京", "東京 大"] {
            for rest in [&[][..], &[("sort", sort)], &[("sort", sort), ("snippets", "true")]] {
                let pairs = [&[("q", q)], rest].concat();
                let statement = query(resource, &pairs).plan().unwrap().whole(true);
                for step in explain(&ports, statement) {
                    let table = step.strip_prefix("SCAN ").map(|rest| rest.split(' ').next().unwrap_or(rest));
                    let read = table.is_some_and(|name| {
                        ["products", "posts", "products_search_keys", "published_posts_search_keys"]
                            .contains(&name)
                    });
                    assert!(!read, "{pairs:?}: {step}");
                }
            }
        }
    }
}
