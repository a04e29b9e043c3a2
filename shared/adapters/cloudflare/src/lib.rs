//! The ports on Cloudflare Workers: D1, KV, Durable Objects, Queues, fetch, static assets.
//!
//! Runtime objects belong to the request that they came with: make [`ports`] anew for every event and keep nothing
//! of them in statics. Bindings are looked up when a port is first used, so an event pays for what it needs.

mod assets;
mod background;
mod binding;
mod body;
mod clock;
mod database;
mod entropy;
pub mod exchange;
mod http_client;
pub mod incoming;
mod key_value;
mod limiter;
pub mod logging;
mod panics;
mod queue;
mod settings;

use std::rc::Rc;

use shared::cache::Local;
use shared::ports::Ports;
use worker::Env;

pub use background::WaitUntil;
pub use limiter::LimiterObject;
pub use queue::SWEEP;
pub use settings::settings;

/// The D1 database.
pub const DATABASE: &str = "DB";
/// The KV namespace of the cache.
pub const KEY_VALUE: &str = "CACHE";
/// The Durable Object namespace of [`LimiterObject`].
pub const LIMITER: &str = "LIMITER";
/// The producer side of the job queue.
pub const QUEUE: &str = "JOBS";
/// The Worker's static assets.
pub const ASSETS: &str = "ASSETS";

thread_local! {
    /// Plain data, and so the one port that outlives its event.
    static LOCAL: Rc<Local> = Rc::default();
}

/// The ports of one event. A missing binding is an error of the port that needs it, when it is first used.
pub fn ports(env: &Env, context: Rc<dyn WaitUntil>) -> Ports {
    Ports {
        database: Rc::new(database::D1::new(env)),
        local: LOCAL.with(Rc::clone),
        key_value: Rc::new(key_value::Kv::new(env)),
        limiter: Rc::new(limiter::ObjectPerKey::new(env)),
        queue: Rc::new(queue::Producer::new(env)),
        http: Rc::new(http_client::Fetch),
        clock: Rc::new(clock::SystemClock),
        entropy: Rc::new(entropy::WebCrypto),
        background: Rc::new(background::AfterResponse::new(context)),
        assets: Rc::new(assets::StaticAssets::new(env)),
    }
}
