//! The three runtimes that one suite runs on.

use std::fmt;
use std::str::FromStr;

use anyhow::{Result, bail};

/// Where the application runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Runtime {
    /// As a native program, with `SQLite` and memory behind the ports.
    Native,
    /// On workerd through wrangler, with local D1, KV, Durable Objects and Queues.
    Workerd,
    /// On Spin's interfaces: the embedded host, or `spin` itself.
    Spin,
}

impl Runtime {
    /// All of them, in the order that tests run and report.
    pub const ALL: [Self; 3] = [Self::Native, Self::Workerd, Self::Spin];

    /// The name on the command line and in `ASHLAR_RUNTIME`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Native => "native",
            Self::Workerd => "workerd",
            Self::Spin => "spin",
        }
    }

    /// The runtime that `ASHLAR_RUNTIME` names; native when it is not set, which needs no Wasm build.
    ///
    /// # Errors
    /// When the variable names no runtime.
    pub fn from_env() -> Result<Self> {
        std::env::var("ASHLAR_RUNTIME").map_or(Ok(Self::Native), |name| name.parse())
    }
}

impl fmt::Display for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Runtime {
    type Err = anyhow::Error;

    fn from_str(name: &str) -> Result<Self> {
        match Self::ALL.into_iter().find(|runtime| runtime.name() == name) {
            Some(runtime) => Ok(runtime),
            None => bail!("no runtime is called \"{name}\": use native, workerd or spin"),
        }
    }
}
