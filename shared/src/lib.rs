//! Everything below the controllers: models, services, repositories, ports and the rules between them.
//!
//! This crate names no runtime: it builds for Cloudflare Workers, for Spin and natively, and reaches the world
//! only through the traits in [`ports`].

pub mod config;
pub mod limits;
pub mod ports;
pub mod time;
