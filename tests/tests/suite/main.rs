//! The black-box suite. `ASHLAR_RUNTIME` names the runtime that answers; no test knows it.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    reason = "a test's name says what it shows, and it fails by panicking"
)]

mod accounts;
mod api_keys;
mod audit;
mod concurrency;
mod contract;
mod cost;
mod csrf;
mod devices;
mod docs;
mod email_change;
mod envelope;
mod expand;
mod guards;
mod headers;
mod health;
mod idempotency;
mod jobs;
mod limits;
mod logs;
mod malformed;
mod me;
mod openapi;
mod panics;
mod passwords;
mod posts;
mod products;
mod protection;
mod refresh;
mod replicas;
mod roles;
mod search;
mod sessions;
mod stats;
mod tokens;
mod users;
mod verification;
