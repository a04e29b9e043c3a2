//! What of wrangler's and Spin's output is worth showing.

use std::sync::Arc;

use harness::process::OnLine;

use crate::ui;

/// Lines that wrangler writes at every start and reload and that tell nothing new.
const NOISE: [&str; 12] = [
    "Attaching additional modules:",
    "┌",
    "├",
    "│",
    "└",
    "env.",
    "Binding ",
    "To manually trigger a scheduled event",
    "curl \"http",
    "For more details, see",
    "[wrangler:info] Ready on",
    "Serving http",
];

/// Parts of such lines.
const NOISE_INSIDE: [&str; 4] = [
    "has access to the following bindings",
    "Scheduled Workers are not automatically triggered",
    "/cdn-cgi/explorer/",
    "Logs were written to",
];

/// Shows every line but the noise.
pub(super) fn show() -> OnLine {
    Arc::new(|line: &str| {
        if is_worth_showing(line) {
            // Wrangler names no Worker in front of what it logs when there are two.
            ui::say(line.strip_prefix("[undefined] ").unwrap_or(line));
        }
    })
}

fn is_worth_showing(line: &str) -> bool {
    let text = line.trim_start();
    !text.is_empty()
        && !NOISE.iter().any(|start| text.starts_with(start))
        && !NOISE_INSIDE.iter().any(|part| text.contains(part))
}

#[cfg(test)]
mod tests {
    use super::is_worth_showing;

    #[test]
    fn requests_and_logs_are_shown() {
        assert!(is_worth_showing("[wrangler:info] GET /healthz 200 OK (3ms)"));
        assert!(is_worth_showing(r#"{"level":"info","message":"job completed"}"#));
    }

    #[test]
    fn bindings_and_empty_lines_are_not() {
        assert!(!is_worth_showing("env.DB (ashlar)        D1 Database      local"));
        assert!(!is_worth_showing("│ index_bg.wasm    │ compiled-wasm │ 1777.78 KiB │"));
        assert!(!is_worth_showing("  "));
    }
}
