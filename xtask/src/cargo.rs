//! Runs cargo, rustc and rustup as a user would from a shell.

use std::process::Command;

use anyhow::{Result, bail};
use harness::process;

/// What cargo tells the programs it runs about themselves; inherited by another cargo it would only confuse.
const OWN_VARIABLES: [&str; 4] = ["CARGO_MANIFEST_", "CARGO_PKG_", "CARGO_BIN_", "CARGO_CRATE_"];

/// `program` in the repository's root, without the variables that `cargo run` set for xtask.
pub(crate) fn command(program: &str) -> Command {
    let mut command = Command::new(program);
    command.current_dir(harness::workspace::root());
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(|name| OWN_VARIABLES.iter().any(|own| name.starts_with(own))) {
            command.env_remove(name);
        }
    }
    command
}

/// Runs to the end with output on the terminal.
///
/// # Errors
/// With `failure` when the program does not succeed.
pub(crate) fn run(name: &str, command: &Command, failure: &str) -> Result<()> {
    let status = process::run_to_end(name, command)?;
    if !status.success() {
        bail!("{failure} ({status})");
    }
    Ok(())
}

/// Runs silently and returns what it wrote to standard output, trimmed; None when it fails or does not exist.
pub(crate) fn ask(program: &str, arguments: &[&str]) -> Option<String> {
    let output = command(program).args(arguments).output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8(output.stdout).ok()?.trim().to_owned())
}
