//! A stand-in for the `spin` command: runs a `spin.toml` on the engine that Spin itself uses.
//!
//! It exists so that one `cargo` command tests and serves the application where Spin isn't installed. Where it differs
//! from Spin 4 it is wrong, except that it knows fewer keys, flags and interfaces, and refuses those by name.

mod app;
mod bindings;
mod cli;
mod client;
mod database;
mod engine;
mod files;
mod handles;
mod hosts;
mod instance;
mod key_value;
mod logs;
mod manifest;
mod outbound;
mod output;
mod pattern;
mod routes;
mod server;
mod sqlite;
mod state;
mod streams;
mod variables;

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;
use tokio::signal::unix::{SignalKind, signal};

use crate::app::App;
use crate::cli::{Cli, Command, Up};

fn main() -> ExitCode {
    let Command::Up(up) = Cli::parse().command;
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error.into()),
    };
    let result = runtime.block_on(run(&up));
    // Work that is still running ends with the process.
    runtime.shutdown_background();
    result.map_or_else(|error| fail(&error), |()| ExitCode::SUCCESS)
}

fn fail(error: &anyhow::Error) -> ExitCode {
    output::error(error);
    ExitCode::FAILURE
}

/// Serves until a signal, which stops everything at once and is no error.
async fn run(up: &Up) -> Result<()> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    // Here, because connections may hold the application until the process is gone.
    let working = tempfile::tempdir()?;
    let app = App::load(up, working.path())?;
    tokio::select! {
        result = server::serve(app, &up.http) => result,
        _ = interrupt.recv() => Ok(()),
        _ = terminate.recv() => Ok(()),
    }
}
