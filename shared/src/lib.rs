//! Everything below the controllers: models, services, repositories, ports and the rules between them.
//!
//! This crate names no runtime: it builds for Cloudflare Workers, for Spin and natively, and reaches the world
//! only through the traits in [`ports`].

pub mod audit;
pub mod auth;
pub mod cache;
pub mod caller;
pub mod config;
pub mod cost;
pub mod error;
pub mod events;
pub mod idempotency;
pub mod ids;
pub mod jobs;
pub mod limits;
pub mod limits_sql;
pub mod logging;
pub mod mail;
pub mod migrations;
pub mod models;
pub mod panics;
pub mod ports;
pub mod precondition;
pub mod query;
pub mod repositories;
pub mod seed;
pub mod services;
pub mod time;
pub mod validation;

pub use error::{Error, Result};
