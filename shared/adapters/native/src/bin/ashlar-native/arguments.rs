//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use shared::config::table::SETTINGS;
use shared::config::{Config, ConfigError};

/// Ashlar's API and queue consumer as one native process, for tests and tools.
#[derive(Debug, Parser)]
#[command(version)]
pub(crate) struct Arguments {
    /// The address to listen on; port 0 picks a free one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8787")]
    pub(crate) listen: SocketAddr,
    /// The directory of the database; it is made when it is not there.
    #[arg(long, value_name = "DIRECTORY")]
    pub(crate) state_dir: PathBuf,
    /// A setting by its upper-case name; the environment is not read. The last one of a name holds.
    #[arg(long = "variable", value_name = "NAME=VALUE", value_parser = variable)]
    variables: Vec<(String, String)>,
    /// Milliseconds between two sweeps for jobs that are due.
    #[arg(long, value_name = "MILLIS", default_value_t = 60_000, value_parser = clap::value_parser!(u64).range(1..))]
    tick_ms: u64,
}

fn variable(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("allowed is NAME=VALUE")?;
    if SETTINGS.iter().all(|setting| setting.name != name) {
        let names: Vec<_> = SETTINGS.iter().map(|setting| setting.name).collect();
        return Err(format!("no setting is called {name:?}, allowed are {}", names.join(", ")));
    }
    Ok((name.to_owned(), value.to_owned()))
}

impl Arguments {
    /// The settings.
    ///
    /// # Errors
    /// All settings that cannot be used.
    pub(crate) fn config(&self) -> Result<Config, ConfigError> {
        Config::from_settings(|name| {
            self.variables.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value.clone())
        })
    }

    /// The time between two sweeps.
    pub(crate) fn tick(&self) -> Duration {
        Duration::from_millis(self.tick_ms)
    }
}
