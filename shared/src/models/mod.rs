//! What the application is about: entities inside, `New…` and `…View` at the edge of the system.
//!
//! An entity is never serialised; a view is made from it.

pub mod account;
pub mod api_key;
pub mod audit;
pub mod bulk;
pub mod capability;
pub mod field;
pub mod health;
pub mod job;
pub mod managed_user;
pub mod page;
pub mod post;
pub mod product;
pub mod role;
pub mod session;
pub mod stats;
pub mod user;
