//! Log lines go to standard error, one JSON object a line; Spin keeps them in a file for each component.

use std::io::Write as _;
use std::panic::{self, PanicHookInfo};
use std::sync::Once;

use log::{LevelFilter, Log, Metadata, Record};
use shared::config::LogLevel;

static INSTALLED: Once = Once::new();

/// Sets up log lines and the line of a panic. Calls after the first do nothing.
///
/// A panic cannot be caught on Spin: it ends the instance, and the runtime answers 500 to every request in flight
/// there. Its line is all that it leaves behind.
pub fn install() {
    INSTALLED.call_once(|| {
        panic::set_hook(Box::new(panicked));
        if log::set_logger(&StandardError).is_ok() {
            log::set_max_level(LevelFilter::Info);
        }
    });
}

/// Sets how much is logged; until then it is [`LogLevel::Info`].
pub fn set_level(level: LogLevel) {
    log::set_max_level(match level {
        LogLevel::Error => LevelFilter::Error,
        LogLevel::Warn => LevelFilter::Warn,
        LogLevel::Info => LevelFilter::Info,
        LogLevel::Debug => LevelFilter::Debug,
    });
}

struct StandardError;

impl Log for StandardError {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        write_line(&record.args().to_string());
    }

    fn flush(&self) {}
}

fn panicked(info: &PanicHookInfo<'_>) {
    let line = serde_json::json!({
        "level": "error",
        "message": "panic: the instance ends and every request in it answers 500",
        "error": info.payload_as_str().unwrap_or("no text"),
        "at": info.location().map(ToString::to_string),
    });
    write_line(&line.to_string());
}

/// Writes a line in one piece. Nobody is left to hear that standard error is closed.
fn write_line(line: &str) {
    let _ = std::io::stderr().write_all(format!("{line}\n").as_bytes());
}
