//! Log lines and panics go to standard error, one JSON object a line.

use std::io::Write as _;
use std::panic::PanicHookInfo;

use log::{LevelFilter, Log, Metadata, Record};
use shared::config::LogLevel;

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

/// Sets up log lines and the line of a panic.
pub(crate) fn install(level: LogLevel) {
    std::panic::set_hook(Box::new(panicked));
    if log::set_logger(&StandardError).is_ok() {
        log::set_max_level(match level {
            LogLevel::Error => LevelFilter::Error,
            LogLevel::Warn => LevelFilter::Warn,
            LogLevel::Info => LevelFilter::Info,
            LogLevel::Debug => LevelFilter::Debug,
        });
    }
}

fn panicked(info: &PanicHookInfo<'_>) {
    let line = serde_json::json!({
        "level": "error",
        "message": "panic",
        "error": info.payload_as_str().unwrap_or("no text"),
        "location": info.location().map(ToString::to_string),
    });
    write_line(&line.to_string());
}

/// Writes a line in one piece. Nobody is left to hear that standard error is closed.
fn write_line(line: &str) {
    let _ = std::io::stderr().write_all(format!("{line}\n").as_bytes());
}
