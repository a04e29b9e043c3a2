//! Log lines go to the console, which `wrangler` prints and Workers Logs keep, each with its level.

use std::cell::Cell;

use log::Level;
use worker::{console_debug, console_error, console_log, console_warn};

use crate::panics;

thread_local! {
    static INSTALLED: Cell<bool> = const { Cell::new(false) };
}

/// Sets up log lines and what a panic leaves behind. Every event starts with it; calls after the first do nothing.
pub fn install() {
    if !INSTALLED.replace(true) {
        panics::install();
        shared::logging::install(write);
    }
}

/// One line is one text in one call: that is what `wrangler tail` shows and Workers Logs index.
fn write(level: Level, line: &str) {
    match level {
        Level::Error => console_error!("{line}"),
        Level::Warn => console_warn!("{line}"),
        Level::Info => console_log!("{line}"),
        Level::Debug | Level::Trace => console_debug!("{line}"),
    }
}
