//! Long-running processes that cannot outlive us.

use std::io::{BufRead as _, BufReader, Read};
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use crate::workspace;

/// How long [`Supervised::stop`] waits: a little more than the supervisor itself takes at worst.
const STOP_LIMIT: Duration = Duration::from_secs(10);

/// Receives every line that a process writes, from either stream.
pub type OnLine = Arc<dyn Fn(&str) + Send + Sync>;

/// A process and all its descendants. They end when this value is dropped, and also when the process that holds it
/// ends in any way, because the supervisor between them sees its standard input close.
#[derive(Debug)]
pub struct Supervised {
    supervisor: Mutex<Child>,
    /// Open for as long as the process shall live.
    lifeline: Mutex<Option<ChildStdin>>,
    readers: Mutex<Vec<JoinHandle<()>>>,
    name: String,
}

impl Supervised {
    /// Starts `command` under `xtask supervise`; `on_line` sees its output.
    ///
    /// # Errors
    /// When xtask has not been built or cannot be started.
    pub fn start(name: &str, command: &Command, on_line: &OnLine) -> Result<Self> {
        let mut child = supervise(command)?
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // A Ctrl-C at the terminal goes to its foreground group only: whoever started us decides what it means.
            .process_group(0)
            .spawn()
            .with_context(|| format!("{name} could not be started"))?;
        let lifeline = child.stdin.take();
        let mut readers = Vec::new();
        if let Some(stdout) = child.stdout.take() {
            readers.push(read_lines(stdout, Arc::clone(on_line)));
        }
        if let Some(stderr) = child.stderr.take() {
            readers.push(read_lines(stderr, Arc::clone(on_line)));
        }
        Ok(Self {
            supervisor: Mutex::new(child),
            lifeline: Mutex::new(lifeline),
            readers: Mutex::new(readers),
            name: name.to_owned(),
        })
    }

    /// How it ended, or None while it runs.
    pub fn exit_status(&self) -> Option<ExitStatus> {
        lock(&self.supervisor).try_wait().ok().flatten()
    }

    /// Waits until it ends by itself and all its output has been seen.
    ///
    /// # Errors
    /// When the system cannot say how it ended.
    pub fn wait(&self) -> Result<ExitStatus> {
        loop {
            let status =
                lock(&self.supervisor).try_wait().with_context(|| format!("{} is lost", self.name))?;
            let Some(status) = status else {
                std::thread::sleep(Duration::from_millis(20));
                continue;
            };
            self.stop();
            return Ok(status);
        }
    }

    /// Nothing while it runs.
    ///
    /// # Errors
    /// When it has ended.
    pub fn alive(&self) -> Result<()> {
        match self.exit_status() {
            Some(status) => bail!("{} ended by itself ({status})", self.name),
            None => Ok(()),
        }
    }

    /// Ends it and everything it started, and returns when nothing is left.
    pub fn stop(&self) {
        drop(lock(&self.lifeline).take());
        let deadline = Instant::now() + STOP_LIMIT;
        while self.exit_status().is_none() && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(10));
        }
        // The last lines are worth a moment, but a descendant that kept a stream open must not hold us.
        while lock(&self.readers).iter().any(|reader| !reader.is_finished()) && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Supervised {
    fn drop(&mut self) {
        self.stop();
    }
}

/// The same command, run by `xtask supervise`.
fn supervise(command: &Command) -> Result<Command> {
    let mut wrapped = Command::new(supervisor_program()?);
    wrapped.arg("supervise").arg("--").arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => wrapped.env(name, value),
            None => wrapped.env_remove(name),
        };
    }
    if let Some(directory) = command.get_current_dir() {
        wrapped.current_dir(directory);
    }
    Ok(wrapped)
}

/// xtask itself: the running program when it is xtask, else the one that cargo built.
fn supervisor_program() -> Result<PathBuf> {
    if let Ok(this) = std::env::current_exe()
        && this.file_stem().is_some_and(|name| name == "xtask")
        && this.exists()
    {
        return Ok(this);
    }
    let built = workspace::program("xtask");
    if built.exists() {
        return Ok(built);
    }
    bail!(
        "{} is missing: run the tests through `cargo xtask test`, which builds what they need",
        built.display()
    )
}

fn read_lines(stream: impl Read + Send + 'static, on_line: OnLine) -> JoinHandle<()> {
    std::thread::spawn(move || {
        let mut stream = BufReader::new(stream);
        let mut line = Vec::new();
        while matches!(stream.read_until(b'\n', &mut line), Ok(1..)) {
            on_line(String::from_utf8_lossy(&line).trim_end());
            line.clear();
        }
    })
}

/// A lock whose holder cannot have left a half-done change behind.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs `command` to its end with our own output streams. It cannot outlive us either.
///
/// # Errors
/// When xtask has not been built or cannot be started.
pub fn run_to_end(name: &str, command: &Command) -> Result<ExitStatus> {
    let mut child = supervise(command)?
        .stdin(Stdio::piped())
        .process_group(0)
        .spawn()
        .with_context(|| format!("{name} could not be started"))?;
    // `wait` would close the lifeline first.
    let lifeline = child.stdin.take();
    let status = child.wait().with_context(|| format!("{name} could not be waited for"))?;
    drop(lifeline);
    Ok(status)
}
