//! The worker process: claims jobs, runs their handlers, records what came of them.
//!
//! Two `cfg` lines choose the runtime's entry; the rest is platform-free and also builds natively.

pub mod consumer;
pub mod handlers;
mod tidy;

#[cfg(all(target_family = "wasm", target_os = "unknown"))]
#[path = "entry/cloudflare.rs"]
mod entry;
#[cfg(target_os = "wasi")]
#[path = "entry/spin.rs"]
mod entry;
