//! The HTTP front: everything above the services.
//!
//! Two `cfg` lines choose the runtime's entry; the rest is platform-free and also builds natively.

pub mod app;
pub mod controllers;
pub mod http;
pub mod log_line;
pub mod middleware;
pub mod openapi;
pub mod routes;

#[cfg(all(target_family = "wasm", target_os = "unknown"))]
#[path = "entry/cloudflare.rs"]
mod entry;
#[cfg(target_os = "wasi")]
#[path = "entry/spin.rs"]
mod entry;
