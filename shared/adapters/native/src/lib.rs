//! The ports natively: rusqlite and memory, for tests and tools.
//!
//! This is not a third supported deployment. It exists so that the black-box suites run without Wasm, and it leans
//! towards strictness: where the two real runtimes refuse something (more than 100 parameters, an integer beyond
//! 2^53 - 1, a statement that opens a transaction), so does it. Every port gives way to other tasks before it acts,
//! so that requests interleave here as they do there, although nothing underneath ever waits.
//!
//! Only the database outlives the process and is shared between processes. The key-value store, the limiter and the
//! queue are memory of one [`Instance`].

#![expect(
    clippy::disallowed_methods,
    reason = "the adapter is where time comes from; it blocks its own thread only"
)]

mod assets;
mod background;
mod clock;
mod database;
pub mod echo;
mod entropy;
mod http_client;
pub mod http_server;
mod instance;
mod key_value;
mod limiter;
mod queue;

pub use assets::AssetsFolder;
pub use background::LocalBackground;
pub use clock::{SystemClock, TestClock};
pub use database::SqliteDatabase;
pub use entropy::SystemEntropy;
pub use http_client::PlainHttpClient;
pub use instance::Instance;
pub use key_value::MemoryKeyValue;
pub use limiter::MemoryLimiter;
pub use queue::{MemoryQueue, Rings};

/// Lets other tasks have a turn before a port acts.
async fn give_way() {
    tokio::task::yield_now().await;
}
