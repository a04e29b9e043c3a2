//! Business rules. A service takes the proof of authorisation, never a bare flag, and knows neither HTTP nor SQL.

pub mod access;
pub mod accounts;
pub mod addresses;
pub mod api_keys;
pub mod audit;
mod bulk;
pub mod context;
mod deletions;
mod entities;
pub mod export;
pub mod health;
pub mod jobs;
pub mod lists;
pub mod once;
pub mod passwords;
pub mod posts;
pub mod products;
pub mod profile;
mod rehash;
pub mod roles;
pub mod sessions;
pub mod users;
pub mod writes;
