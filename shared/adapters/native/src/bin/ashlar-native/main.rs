//! The API and its queue consumer as one native process.
//!
//! A runtime for tests and tools, not a third supported deployment: one thread, no TLS, and everything but the
//! database in memory.

mod arguments;
mod consume;
mod logging;
mod serve;

use std::fmt::Display;
use std::io::Write as _;
use std::process::ExitCode;
use std::rc::Rc;

use anyhow::Context as _;
use clap::Parser as _;
use edge::app::App;
use native::{Instance, SystemClock};
use queue_consumer::consumer::Consumer;
use shared::config::Config;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::LocalSet;

use crate::arguments::Arguments;

/// What a shell expects of a program that was called wrongly.
const USAGE: u8 = 2;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let config = match arguments.config() {
        Ok(config) => config,
        Err(error) => {
            complain(&error);
            return ExitCode::from(USAGE);
        }
    };
    logging::install(config.log_level);
    match start(&arguments, &config) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&format_args!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn complain(error: &dyn Display) {
    // Nobody is left to tell when standard error is closed.
    let _ = writeln!(std::io::stderr(), "ashlar-native: {error}");
}

fn start(arguments: &Arguments, config: &Config) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    LocalSet::new().block_on(&runtime, run(arguments, config))
}

/// Serves until a signal asks to end. Requests and jobs in flight end with the process: the job table knows them.
async fn run(arguments: &Arguments, config: &Config) -> anyhow::Result<()> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let Instance { ports, rings } = Instance::open(&arguments.state_dir, Rc::new(SystemClock)).await?;
    let listener = TcpListener::bind(arguments.listen).await;
    let listener = listener.with_context(|| format!("listening on {}", arguments.listen))?;
    let address = listener.local_addr()?;

    let consumer = Rc::new(Consumer::new(config.clone()));
    tokio::task::spawn_local(consume::answer_rings(Rc::clone(&consumer), ports.clone(), rings));
    tokio::task::spawn_local(consume::sweep_regularly(consumer, ports.clone(), arguments.tick()));
    let serving = serve::serve(listener, Rc::new(App::new(config.clone())), ports);

    let mut output = std::io::stdout();
    writeln!(output, "Serving http://{address}")
        .and_then(|()| output.flush())
        .context("saying that it is ready")?;
    tokio::select! {
        never = serving => match never {},
        _ = terminate.recv() => Ok(()),
        _ = interrupt.recv() => Ok(()),
    }
}
