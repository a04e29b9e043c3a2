//! SQL and nothing else. A repository knows no rule; it answers rows as entities.
//!
//! Reads are async and run at once. Writes return a [`Statement`](crate::ports::Statement) for a batch: the service
//! decides what belongs together.

pub mod access;
pub mod api_keys;
pub mod audit;
pub mod bulk;
pub mod changes;
mod current_user;
pub mod deleted_rows;
pub mod generations;
pub mod guards;
pub mod idempotency_keys;
pub mod jobs;
mod listed;
pub mod managed_users;
pub mod one_time_tokens;
pub mod posts;
pub mod products;
pub mod roles;
pub mod secrets;
pub mod sessions;
pub mod stats;
pub mod users;

pub use listed::{Counted, Listed};
