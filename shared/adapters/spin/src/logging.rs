//! Log lines go to standard error, one JSON object a line; Spin keeps them in a file for each component.

use std::io::Write as _;
use std::sync::Once;

use log::Level;
use shared::panics;

static INSTALLED: Once = Once::new();

/// Sets up log lines and the line of a panic. Calls after the first do nothing.
///
/// A panic cannot be caught on Spin: it ends the instance, and the runtime answers 500 to every request in flight
/// there. Its line is all that it leaves behind.
pub fn install() {
    INSTALLED.call_once(|| {
        std::panic::set_hook(Box::new(panics::hook));
        shared::logging::install(write);
    });
}

/// Writes a line in one piece. Nobody is left to hear that standard error is closed.
fn write(_: Level, line: &str) {
    let _ = std::io::stderr().write_all(format!("{line}\n").as_bytes());
}
