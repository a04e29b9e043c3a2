//! Everything that xtask writes to the terminal.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "writing to the terminal is this module's purpose"
)]

/// A step that may take a while, before it starts.
pub(crate) fn step(text: &str) {
    println!("==> {text}");
}

/// A result or an answer.
pub(crate) fn say(text: &str) {
    println!("{text}");
}

/// Something that the user should know and that does not stop us.
pub(crate) fn warn(text: &str) {
    eprintln!("warning: {text}");
}

/// The sentence that ends a command.
pub(crate) fn error(error: &anyhow::Error) {
    eprintln!("error: {error:#}");
}
