//! Lists on SQLite: what the planner promises of each query holds for the statement that runs. Plans by `EXPLAIN QUERY
//! PLAN`, work by the steps of SQLite's virtual machine, answers against the rows themselves.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    reason = "a test's name says what it shows, and it fails by panicking"
)]

#[path = "lists/bounded.rs"]
mod bounded;
#[path = "lists/rows.rs"]
mod rows;
#[path = "lists/served.rs"]
mod served;
#[path = "lists/walks.rs"]
mod walks;
#[path = "lists/world.rs"]
mod world;
