//! The black-box suite. `ASHLAR_RUNTIME` names the runtime that answers; no test knows it.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    reason = "a test's name says what it shows, and it fails by panicking"
)]

mod accounts;
mod audit;
mod concurrency;
mod contract;
mod docs;
mod envelope;
mod guards;
mod headers;
mod health;
mod jobs;
mod limits;
mod logs;
mod malformed;
mod openapi;
mod panics;
mod products;
mod protection;
mod roles;
mod sessions;
mod users;
