//! Starts Ashlar on any runtime for tests and for `cargo xtask dev`: its own state directory, its own ports, a mail
//! sink beside it, and a supervisor that ends every process even when the one that started it is killed.
//!
//! It builds nothing (`cargo xtask build` does) and knows nothing of what the API answers.

#![expect(
    clippy::disallowed_methods,
    reason = "a tool for developers' machines: it has clocks, threads and an environment, and no ports"
)]

pub mod answers;
pub mod build_outputs;
pub mod evidence;
pub mod http;
pub mod mail;
pub mod migrations;
pub mod ports;
pub mod process;
pub mod random;
pub mod runtime;
pub mod seed;
pub mod server;
pub mod spin;
pub mod state;
pub mod supervise;
pub mod template;
pub mod workspace;
pub mod wrangler;

pub use mail::{MailSink, Message};
pub use runtime::Runtime;
pub use server::{Admin, Options, Server};
