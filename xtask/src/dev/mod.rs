//! `cargo xtask dev`: from a fresh clone to a served API, and nothing left behind when it ends.

mod output;
mod seed;
mod serve;
mod state;

use std::process::ExitCode;

use anyhow::{Result, bail};
use harness::build_outputs::{Part, Variant};
use harness::{MailSink, Runtime, migrations, ports, spin, template};

use crate::build::{self, Effort};
use crate::cli::{Dev, DevRuntime};
use crate::{setup, ui};

pub(crate) use seed::run as seed;
use state::State;

/// Serves until Ctrl-C.
///
/// # Errors
/// When a port is taken, something cannot be installed, does not compile, or does not start.
pub(crate) fn run(options: &Dev) -> Result<ExitCode> {
    check_ports(options)?;
    let state = State::open(options.runtime, options.state.as_deref(), options.fresh)?;
    build_all(options.runtime)?;
    migrate_and_seed(&state, options)?;
    let mail = MailSink::start(options.mail_port)?;
    serve::until_stopped(options, &state, &mail)
}

/// Before anything starts: a port that is taken now would fail much later, and less clearly.
fn check_ports(options: &Dev) -> Result<()> {
    if options.port == options.mail_port {
        bail!("--port and --mail-port are both {}: give them different numbers", options.port);
    }
    for (port, flag) in [(options.port, "--port"), (options.mail_port, "--mail-port")] {
        if ports::in_use(port) {
            bail!(
                "port {port} is already in use: stop the program that listens there, or choose another with {flag}"
            );
        }
    }
    Ok(())
}

fn build_all(runtime: DevRuntime) -> Result<()> {
    match runtime {
        DevRuntime::Workerd => {
            setup::for_wrangler()?;
            Part::ALL
                .into_iter()
                .try_for_each(|part| build::build_worker(part, Variant::Release, Effort::FullUnlessBuilt))
        }
        DevRuntime::Spin => {
            build::build_components(Variant::Release)?;
            if spin::installed().is_none() { build::build_host() } else { Ok(()) }
        }
    }
}

fn migrate_and_seed(state: &State, options: &Dev) -> Result<()> {
    migrate(state, options.runtime)?;
    if state.is_seeded(options.seed) {
        return Ok(());
    }
    ui::step(&format!("seeding the first admin and {} products", options.seed));
    seed::write(state, options.runtime.into(), options.seed, 0)
}

fn migrate(state: &State, runtime: DevRuntime) -> Result<()> {
    let runtime = Runtime::from(runtime);
    if !migrations::are_applied(runtime, &state.directory)? {
        ui::step("applying the migrations");
        template::migrate(&state.directory, runtime, Variant::Release)?;
    }
    Ok(())
}
