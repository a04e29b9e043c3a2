//! Cache-aside in two levels, with a promise: after a committed write its writer never sees the old value, and nobody
//! sees one older than its [`Policy`] says, which is [`MAX_STALENESS`] at most.
//!
//! In front is the isolate's own level ([`Local`]): plain data in its memory. A hit there asks nobody. Behind it is the
//! key-value store, which isolates share. Behind both is the database, which is the truth.
//!
//! The generation of a resource lives in the database and is raised in the batch of each write. Whatever is kept carries
//! the generation that it was read with, and the moment before it was read. The writer is handed the new generation in
//! a signed token ([`Seen`]) and presents it with later requests; what is of a lower generation is no answer for them,
//! at no level. The isolate that wrote knows the new generation at once and drops what is older for everybody. Others
//! find out when what they hold ends, so the age limit is what readers are promised. A store that fails, lies or does not
//! answer makes the application slower and never wrong.
//!
//! Ages are told by the clocks of the machines that read and write; where these differ, the age limit is off by as much.

mod content;
mod entry;
mod flight;
mod key;
mod local;
pub mod policies;
mod read;
mod seen;
pub mod status;
mod store;

use std::time::Duration;

pub use content::{Content, Loaded};
pub use key::Key;
pub use local::Local;
pub use policies::Policy;
pub use read::{Answer, committed, read};
pub use seen::Seen;
pub use status::Status;

/// The age beyond which nothing is ever served, whatever the policy.
pub const MAX_STALENESS: Duration = Duration::from_secs(10);

/// How long a writer is answered from the database, whatever the cache holds: until nothing older than its write is left
/// there, even if the answer to the write was overtaken by that to one 20 seconds newer.
const CAUTION: Duration = MAX_STALENESS.saturating_add(Duration::from_secs(20));

/// How long a request waits for the store. What it has not answered by then it does not hold.
pub const PATIENCE: Duration = Duration::from_secs(1);
