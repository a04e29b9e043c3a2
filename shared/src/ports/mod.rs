//! The seams to the runtime: one small trait per file, implemented by every adapter crate.
//!
//! A trait states its MUSTs in its documentation; `tests/contract` holds every adapter to them on its real
//! runtime. Futures are not `Send`: on Cloudflare they hold JavaScript objects.

mod assets;
mod background;
mod clock;
mod database;
mod entropy;
mod http_client;
mod key_value;
mod limiter;
mod mailer;
mod queue;

use std::rc::Rc;

use crate::cache::Local;

pub use assets::{Assets, AssetsError, is_asset_path};
pub use background::{Background, LocalTask};
pub use clock::Clock;
pub use database::{Anchor, Database, DatabaseError, FromValue, Row, Rows, Statement, Value};
pub use entropy::Entropy;
pub use http_client::{HttpClient, HttpClientError, MAX_RESPONSE_BYTES};
pub use key_value::{KeyValue, KeyValueError};
pub use limiter::{Limiter, LimiterError};
pub use mailer::{Mail, Mailer, MailerError};
pub use queue::{Queue, QueueError};

/// The ports that one request (or one job run) works with, made by the runtime's entry.
#[derive(Clone)]
pub struct Ports {
    /// Relational storage, the source of truth.
    pub database: Rc<dyn Database>,
    /// The isolate's own cache level: one for all of its requests.
    pub local: Rc<Local>,
    /// The shared cache level.
    pub key_value: Rc<dyn KeyValue>,
    /// Exact rate limits.
    pub limiter: Rc<dyn Limiter>,
    /// The doorbell of the queue consumer.
    pub queue: Rc<dyn Queue>,
    /// Outbound HTTP.
    pub http: Rc<dyn HttpClient>,
    /// Wall-clock time.
    pub clock: Rc<dyn Clock>,
    /// Cryptographic randomness.
    pub entropy: Rc<dyn Entropy>,
    /// Work after the response.
    pub background: Rc<dyn Background>,
    /// Files that are deployed beside the application.
    pub assets: Rc<dyn Assets>,
}
