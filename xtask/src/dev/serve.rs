//! The running part of `dev`: processes, the timer, the banner, and the way out.

use std::process::{Command, ExitCode};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use harness::build_outputs::Variant;
use harness::process::Supervised;
use harness::wrangler::{self, Derived, Vars};
use harness::{MailSink, http, random, spin};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use super::output;
use super::state::State;
use crate::cli::{Dev, DevRuntime};
use crate::ui;

/// How long the server may take until it answers.
const START_LIMIT: Duration = Duration::from_mins(2);

/// How often the consumer's timer runs; nothing else does it on a developer's machine.
const TIMER: Duration = Duration::from_mins(1);

/// How often we look whether the server still runs.
const POLL: Duration = Duration::from_millis(250);

/// Starts the server, prints where it is, and ends it when a signal asks for it.
pub(super) fn until_stopped(options: &Dev, state: &State, mail: &MailSink) -> Result<ExitCode> {
    // From here on a signal is an event; before, its default ends us, and our supervised children with us.
    let signals = watch_signals()?;
    let secret = random::hex(16)?;
    let command = server_command(options, state, &vars(options, mail, &secret))?;
    ui::step(match options.runtime {
        DevRuntime::Workerd => "starting workerd through wrangler",
        DevRuntime::Spin => "starting Spin",
    });
    let server = Supervised::start("the server", &command, &output::show())?;
    http::wait_until_ok(options.port, "/readyz", START_LIMIT, || {
        if signals.try_recv().is_ok() {
            bail!("stopped before the server was ready");
        }
        server.alive()
    })
    .context("the server did not get ready: see its messages above")?;
    print_banner(options, state, mail);
    wait(options, &secret, &signals, &server)?;
    ui::step("stopping");
    server.stop();
    Ok(ExitCode::SUCCESS)
}

/// Settings that differ from the manifests'.
fn vars(options: &Dev, mail: &MailSink, secret: &str) -> Vars {
    let pairs = [
        ("ENVIRONMENT", "development".to_owned()),
        ("PUBLIC_URL", format!("http://localhost:{}", options.port)),
        ("MAIL_API_URL", mail.url()),
        ("LIMITS", options.limits.name().to_owned()),
        ("INTERNAL_SECRET", secret.to_owned()),
    ];
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn server_command(options: &Dev, state: &State, vars: &Vars) -> Result<Command> {
    let directory = &state.directory;
    match options.runtime {
        DevRuntime::Workerd => {
            let program = std::env::current_exe().context("cannot find xtask itself")?;
            let derived = Derived { variant: Variant::Release, vars, rebuild: Some(&program) };
            let manifests = wrangler::derive_manifests(directory, &derived)?;
            wrangler::dev_command(directory, &manifests, "localhost", options.port)
        }
        DevRuntime::Spin => {
            let program = spin::installed().unwrap_or_else(spin::embedded);
            let manifest = spin::derive_manifest(directory, Variant::Release)?;
            Ok(spin::up_command(&program, &manifest, directory, options.port, vars))
        }
    }
}

fn print_banner(options: &Dev, state: &State, mail: &MailSink) {
    ui::say(&format!(
        "\n  API        http://localhost:{}/api/v1\n  Admin      {}  {}\n  Mail sink  {}  (JSON: {}/messages)\n  \
         State      {}\n\n  Ctrl-C stops everything.\n",
        options.port,
        state.admin.email,
        state.admin.password,
        mail.url(),
        mail.url(),
        state.directory.display(),
    ));
}

/// Returns when a signal arrives; an error when the server ends by itself. Until then it is the consumer's timer.
fn wait(options: &Dev, secret: &str, signals: &mpsc::Receiver<i32>, server: &Supervised) -> Result<()> {
    let mut next_tick = Instant::now() + TIMER;
    loop {
        match signals.recv_timeout(POLL) {
            Ok(_) | Err(RecvTimeoutError::Disconnected) => return Ok(()),
            Err(RecvTimeoutError::Timeout) => server.alive()?,
        }
        if Instant::now() >= next_tick {
            next_tick = Instant::now() + TIMER;
            if let Err(error) = harness::server::tick(options.runtime.into(), options.port, secret) {
                ui::warn(&format!("the consumer's timer could not run: {error:#}"));
            }
        }
    }
}

/// Ctrl-C, SIGTERM and SIGHUP as messages; a second one ends xtask at once, and the supervisors do the rest.
fn watch_signals() -> Result<mpsc::Receiver<i32>> {
    let (sender, receiver) = mpsc::channel();
    let mut signals = signal_hook::iterator::Signals::new([SIGINT, SIGTERM, SIGHUP])?;
    std::thread::spawn(move || {
        for (count, signal) in signals.forever().enumerate() {
            if count > 0 {
                std::process::exit(128 + signal);
            }
            let _ = sender.send(signal);
        }
    });
    Ok(receiver)
}
