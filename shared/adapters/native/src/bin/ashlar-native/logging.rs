//! Log lines and panics go to standard error, one JSON object a line.

use std::io::Write as _;

use log::Level;
use shared::config::LogLevel;
use shared::{logging, panics};

/// Sets up log lines and the line of a panic.
pub(crate) fn install(level: LogLevel) {
    std::panic::set_hook(Box::new(panics::hook));
    logging::install(write);
    logging::set_level(level);
}

/// Writes a line in one piece. Nobody is left to hear that standard error is closed.
fn write(_: Level, line: &str) {
    let _ = std::io::stderr().write_all(format!("{line}\n").as_bytes());
}
