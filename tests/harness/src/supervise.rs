//! `xtask supervise -- COMMAND`: runs a command in a process group of its own and ends the whole group when standard
//! input closes. Whoever holds the other end of that pipe need not do anything to clean up: being killed is enough.

use std::io::Read as _;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, ExitCode, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use rustix::process::{Pid, Signal, WaitOptions, WaitStatus};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

/// How long a group may take to end by itself after SIGTERM.
const GRACE: Duration = Duration::from_secs(5);

/// How long killed processes may take to disappear.
const KILL_GRACE: Duration = Duration::from_secs(2);

/// What the supervisor waits for.
enum Event {
    /// The pipe to our starter is closed, or a signal asks us to end.
    Stop,
    /// The command itself has ended.
    Exited(WaitStatus),
    /// Nothing that we could wait for is left.
    AllGone,
}

/// Runs the command until it ends or standard input closes; nothing of its process group is left afterwards.
///
/// # Errors
/// When the command cannot be started.
pub fn run(command: &[String]) -> Result<ExitCode> {
    let Some((program, arguments)) = command.split_first() else {
        bail!("supervise needs a command after `--`");
    };
    adopt_orphans();
    let child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .process_group(0)
        .spawn()
        .with_context(|| format!("{program} could not be started"))?;
    let group =
        i32::try_from(child.id()).ok().and_then(Pid::from_raw).context("the child has no process id")?;

    let (sender, events) = mpsc::channel();
    watch_input(sender.clone());
    watch_signals(sender.clone())?;
    watch_children(group, sender);

    let code = match events.recv() {
        Ok(Event::Exited(status)) => exit_code(status),
        Ok(Event::Stop | Event::AllGone) | Err(_) => ExitCode::FAILURE,
    };
    end(group, &events);
    Ok(code)
}

/// Ends what is left of the group: SIGTERM, a grace period, SIGKILL.
fn end(group: Pid, events: &mpsc::Receiver<Event>) {
    // An error means that the group is empty already.
    let _ = rustix::process::kill_process_group(group, Signal::TERM);
    if !wait_until_gone(events, GRACE) {
        let _ = rustix::process::kill_process_group(group, Signal::KILL);
        wait_until_gone(events, KILL_GRACE);
    }
}

/// Waits for the last child to be reaped; false when the time is over.
fn wait_until_gone(events: &mpsc::Receiver<Event>, limit: Duration) -> bool {
    let deadline = Instant::now() + limit;
    loop {
        match events.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok(Event::AllGone) | Err(mpsc::RecvTimeoutError::Disconnected) => return true,
            Ok(_) => {}
            Err(mpsc::RecvTimeoutError::Timeout) => return false,
        }
    }
}

/// On Linux the supervisor becomes the parent of its descendants' orphans, so that it reaps every one of them.
fn adopt_orphans() {
    #[cfg(target_os = "linux")]
    {
        // Without it the group is still killed, only not waited for.
        let _ = rustix::process::set_child_subreaper(Some(rustix::process::getpid()));
    }
}

fn watch_input(sender: mpsc::Sender<Event>) {
    std::thread::spawn(move || {
        let mut buffer = [0; 64];
        let mut input = std::io::stdin().lock();
        while matches!(input.read(&mut buffer), Ok(1..)) {}
        let _ = sender.send(Event::Stop);
    });
}

fn watch_signals(sender: mpsc::Sender<Event>) -> Result<()> {
    let mut signals = signal_hook::iterator::Signals::new([SIGINT, SIGTERM, SIGHUP])?;
    std::thread::spawn(move || {
        for _ in signals.forever() {
            let _ = sender.send(Event::Stop);
        }
    });
    Ok(())
}

/// The one place that waits for children, adopted ones included.
fn watch_children(command: Pid, sender: mpsc::Sender<Event>) {
    std::thread::spawn(move || {
        loop {
            match rustix::process::wait(WaitOptions::empty()) {
                Ok(Some((pid, status))) if pid == command => {
                    let _ = sender.send(Event::Exited(status));
                }
                Ok(_) | Err(rustix::io::Errno::INTR) => {}
                Err(_) => {
                    let _ = sender.send(Event::AllGone);
                    return;
                }
            }
        }
    });
}

/// The command's own exit code; 128 and the signal's number when a signal ended it, as shells do.
fn exit_code(status: WaitStatus) -> ExitCode {
    let number = status.exit_status().or_else(|| status.terminating_signal().map(|signal| 128 + signal));
    ExitCode::from(number.and_then(|number| u8::try_from(number).ok()).unwrap_or(1))
}
