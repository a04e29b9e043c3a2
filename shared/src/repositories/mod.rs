//! SQL and nothing else. A repository knows no rule; it answers rows as entities.
//!
//! Functions named after a write and ending in nothing special return a [`Statement`](crate::ports::Statement) for
//! a batch: the service decides what belongs together.

pub mod generations;
pub mod guards;
pub mod jobs;
pub mod products;
pub mod secrets;
pub mod sessions;
pub mod users;
