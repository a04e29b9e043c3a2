//! Controllers: extractors in, one service call, one view out.

pub mod accounts;
pub mod api_keys;
pub mod audit;
pub mod capabilities;
pub mod docs;
pub mod health;
pub mod internal;
pub mod jobs;
pub mod me;
pub mod openapi;
pub mod posts;
pub mod products;
pub mod roles;
pub mod sessions;
#[cfg(feature = "test-routes")]
pub mod test;
pub mod users;
