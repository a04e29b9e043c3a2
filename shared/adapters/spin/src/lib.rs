//! The ports on Spin: SQLite, key-value, variables, outbound HTTP, mounted files.
//!
//! On Spin an instance serves many requests, up to 16 of them at once, and its objects may cross requests. So the
//! ports are made once and shared.

mod assets;
mod background;
mod clock;
mod database;
mod entropy;
mod envelope;
mod http_client;
mod inbound;
mod key_value;
pub mod logging;
mod queue;
mod semaphore;
mod settings;

use std::rc::Rc;

use shared::limits_sql::SqlLimiter;
use shared::ports::{Clock, HttpClient, Ports};

pub use self::assets::MountedFiles;
pub use self::background::Spawner;
pub use self::clock::SystemClock;
pub use self::database::{Durability, SqliteDatabase};
pub use self::entropy::HostEntropy;
pub use self::envelope::{json, refusal};
pub use self::http_client::OutboundHttp;
pub use self::inbound::{BodyStream, Sent, receive, respond, streamed, whole};
pub use self::key_value::SpinKeyValue;
pub use self::queue::ConsumerBell;
pub use self::settings::config;

thread_local! {
    static PORTS: Ports = wire();
}

/// The ports of this instance.
pub fn ports() -> Ports {
    PORTS.with(Clone::clone)
}

fn wire() -> Ports {
    let clock: Rc<dyn Clock> = Rc::new(SystemClock);
    let http: Rc<dyn HttpClient> = Rc::new(OutboundHttp);
    let (database, relaxed) = database::databases();
    Ports {
        database,
        local: Rc::default(),
        key_value: Rc::new(SpinKeyValue::new(Rc::clone(&clock))),
        limiter: Rc::new(SqlLimiter::new(relaxed, Rc::clone(&clock))),
        queue: Rc::new(ConsumerBell::new(Rc::clone(&http))),
        http,
        clock,
        entropy: Rc::new(HostEntropy),
        background: Rc::new(Spawner),
        assets: Rc::new(MountedFiles),
    }
}
