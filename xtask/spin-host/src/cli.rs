//! The command line: a subset of `spin up`, flag for flag the same names, environment variables and defaults.
//!
//! Owns parsing only. A flag of `spin up` that is missing here is refused, never ignored.

use std::net::{Ipv4Addr, SocketAddr, ToSocketAddrs};
use std::ops::Range;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::{Args, Parser, Subcommand};

use crate::variables::VariableSource;

/// A stand-in for the `spin` command, built on the engine that Spin itself uses.
#[derive(Debug, Parser)]
#[command(name = "spin-host", version)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What the stand-in can do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Start the Spin application
    Up(Box<Up>),
}

/// The flags of `spin-host up`.
#[derive(Debug, Args)]
pub(crate) struct Up {
    /// The application: a spin.toml, or a directory that contains one
    #[arg(short = 'f', long = "from", aliases = ["from-file", "file"], default_value = "spin.toml")]
    pub(crate) from: PathBuf,

    /// Pass an environment variable (key=value) to all components of the application
    #[arg(short = 'e', long = "env", value_parser = key_value, value_name = "KEY=VALUE")]
    pub(crate) env: Vec<(String, String)>,

    /// Where the application keeps its state; `.spin` beside spin.toml by default, in memory when empty
    #[arg(long)]
    pub(crate) state_dir: Option<String>,

    /// Variable(s) to be passed to the app
    #[arg(long, value_name = "KEY=VALUE | KEY=@FILE | @FILE.json | @FILE.toml")]
    pub(crate) variable: Vec<VariableSource>,

    /// Run a `SQLite` statement, or the statements of a file (`@migration.sql`), against the default database
    #[arg(long = "sqlite", value_name = "SQL | @FILE")]
    pub(crate) sqlite: Vec<String>,

    /// Set a key/value pair (key=value) in the application's default store
    #[arg(long = "key-value", value_parser = key_value, value_name = "KEY=VALUE")]
    pub(crate) key_values: Vec<(String, String)>,

    /// The most linear memory of an instance, in bytes
    #[arg(long, env = "SPIN_MAX_INSTANCE_MEMORY")]
    pub(crate) max_instance_memory: Option<usize>,

    #[command(flatten)]
    pub(crate) http: Http,

    #[command(flatten)]
    pub(crate) logs: Logs,

    #[command(flatten)]
    pub(crate) engine: Engine,
}

/// The flags of Spin's HTTP trigger.
#[derive(Debug, Args)]
pub(crate) struct Http {
    /// IP address and port to listen on
    #[arg(long = "listen", env = "SPIN_HTTP_LISTEN_ADDR", default_value = "127.0.0.1:3000", value_parser = listen_address)]
    pub(crate) address: SocketAddr,

    /// Take the next free port when the wanted one is in use (ten tries)
    #[arg(long)]
    pub(crate) find_free_port: bool,

    /// Requests that one instance serves before it is dropped: a number or a range (1..8)
    #[arg(long, default_value = "128")]
    pub(crate) max_instance_reuse_count: Span<usize>,

    /// Requests that one instance serves at the same time: a number or a range (1..8)
    #[arg(long, default_value = "16")]
    pub(crate) max_instance_concurrent_reuse_count: Span<usize>,

    /// How long a request may take: seconds, or with a suffix (s, ms, us, ns), or a range
    #[arg(long, value_parser = Span::<Duration>::parse)]
    pub(crate) request_timeout: Option<Span<Duration>>,

    /// How long an idle instance is kept for reuse
    #[arg(long, default_value = "1s", value_parser = Span::<Duration>::parse)]
    pub(crate) idle_instance_timeout: Span<Duration>,
}

/// Where the output of components goes.
#[derive(Debug, Args)]
pub(crate) struct Logs {
    /// Log directory for the stdout and stderr of components; empty disables logging to disk
    #[arg(short = 'L', long = "log-dir", env = "SPIN_LOG_DIR")]
    pub(crate) log_dir: Option<PathBuf>,

    /// Truncate the log files before starting the application
    #[arg(long = "truncate-logs")]
    pub(crate) truncate: bool,

    /// Print output to stdout/stderr only for the given component(s)
    #[arg(long = "follow", value_name = "ID")]
    pub(crate) follow: Vec<String>,

    /// Silence all component output to stdout/stderr
    #[arg(short = 'q', long = "quiet", aliases = ["sh", "shush"], conflicts_with = "follow")]
    pub(crate) quiet: bool,
}

/// How the engine compiles and allocates.
#[derive(Debug, Args)]
pub(crate) struct Engine {
    /// Disable Wasmtime's compilation cache
    #[arg(long = "disable-cache", env = "DISABLE_WASMTIME_CACHE", conflicts_with = "cache")]
    pub(crate) disable_cache: bool,

    /// Wasmtime's cache configuration file
    #[arg(long = "cache", env = "WASMTIME_CACHE_FILE")]
    pub(crate) cache: Option<PathBuf>,

    /// Disable Wasmtime's pooling instance allocator
    #[arg(long)]
    pub(crate) disable_pooling: bool,
}

/// A fixed value, or a range from which each new instance draws one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Span<T> {
    start: T,
    /// Exclusive; absent when the value is fixed.
    end: Option<T>,
}

impl<T: Copy> Span<T> {
    /// The value, or the range to draw from.
    pub(crate) fn bounds(self) -> Result<Range<T>, T> {
        self.end.map_or(Err(self.start), |end| Ok(self.start..end))
    }

    fn parse_with(text: &str, one: impl Fn(&str) -> Result<T>) -> Result<Self> {
        Ok(match text.split_once("..") {
            Some((start, end)) => Self { start: one(start)?, end: Some(one(end)?) },
            None => Self { start: one(text)?, end: None },
        })
    }
}

impl FromStr for Span<usize> {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        let span = Self::parse_with(text, |number| {
            number.parse().with_context(|| format!("expected integer or range; got {text:?}"))
        })?;
        span.non_empty(text)
    }
}

impl Span<Duration> {
    fn parse(text: &str) -> Result<Self> {
        Self::parse_with(text, duration)?.non_empty(text)
    }
}

impl<T: PartialOrd> Span<T> {
    fn non_empty(self, text: &str) -> Result<Self> {
        if self.end.as_ref().is_some_and(|end| *end <= self.start) {
            bail!("the range {text:?} is empty");
        }
        Ok(self)
    }
}

fn duration(text: &str) -> Result<Duration> {
    type Unit = fn(u64) -> Duration;
    let units: [(&str, Unit); 6] = [
        ("ms", Duration::from_millis),
        ("us", Duration::from_micros),
        ("μs", Duration::from_micros),
        ("ns", Duration::from_nanos),
        ("s", Duration::from_secs),
        ("", Duration::from_secs),
    ];
    for (suffix, unit) in units {
        if let Some(number) = text.strip_suffix(suffix) {
            let number = number.parse().with_context(|| {
                format!("expected integer suffixed by `s`, `ms`, `us`, `μs`, or `ns`; got {text:?}")
            })?;
            return Ok(unit(number));
        }
    }
    bail!("expected a duration; got {text:?}")
}

fn key_value(text: &str) -> Result<(String, String)> {
    let (key, value) = text.split_once('=').context("must be of the form `key=value`")?;
    Ok((key.to_owned(), value.to_owned()))
}

/// Prefers 127.0.0.1 over what else a name resolves to, as Spin does.
fn listen_address(text: &str) -> Result<SocketAddr> {
    let addresses: Vec<SocketAddr> = text.to_socket_addrs()?.collect();
    let loopback = addresses.iter().find(|address| address.ip() == Ipv4Addr::LOCALHOST);
    loopback.or(addresses.first()).copied().context("couldn't resolve address")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_a_value_or_a_half_open_range() {
        assert_eq!("7".parse::<Span<usize>>().unwrap().bounds(), Err(7));
        assert_eq!("1..8".parse::<Span<usize>>().unwrap().bounds(), Ok(1..8));
        assert!("8..8".parse::<Span<usize>>().is_err());
        assert!("x".parse::<Span<usize>>().is_err());
    }

    #[test]
    fn durations_take_the_suffixes_of_spin() {
        for (text, expected) in [
            ("2", Duration::from_secs(2)),
            ("2s", Duration::from_secs(2)),
            ("5ms", Duration::from_millis(5)),
            ("5us", Duration::from_micros(5)),
            ("5ns", Duration::from_nanos(5)),
        ] {
            assert_eq!(duration(text).unwrap(), expected, "{text}");
        }
        assert!(duration("5h").is_err());
    }
}
