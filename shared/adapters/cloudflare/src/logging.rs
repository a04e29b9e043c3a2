//! Log lines go to the console, which `wrangler` prints and Workers Logs keep, each with its level.

use std::cell::Cell;

use log::{Level, LevelFilter, Log, Metadata, Record};
use shared::config::LogLevel;
use worker::{console_debug, console_error, console_log, console_warn};

use crate::panics;

thread_local! {
    static INSTALLED: Cell<bool> = const { Cell::new(false) };
}

/// Sets up log lines and what a panic leaves behind. Every event starts with it; calls after the first do nothing.
pub fn install() {
    if INSTALLED.replace(true) {
        return;
    }
    panics::install();
    if log::set_logger(&Console).is_ok() {
        log::set_max_level(LevelFilter::Info);
    }
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

struct Console;

impl Log for Console {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        let line = record.args();
        match record.level() {
            Level::Error => console_error!("{line}"),
            Level::Warn => console_warn!("{line}"),
            Level::Info => console_log!("{line}"),
            Level::Debug | Level::Trace => console_debug!("{line}"),
        }
    }

    fn flush(&self) {}
}
