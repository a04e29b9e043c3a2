//! Log lines: one JSON object a line, through the `log` facade, whose sink each adapter sets.

use std::time::Duration;

use log::Level;
use serde::Serialize;

#[derive(Serialize)]
struct Line<'a> {
    level: &'static str,
    message: &'static str,
    request_id: &'a str,
    method: &'a str,
    route: &'a str,
    status: u16,
    duration_ms: u128,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// The line of a request that has been answered. `route` is the template, so that no id of a person shows.
pub fn request(
    id: &str,
    method: &str,
    route: &str,
    status: u16,
    duration: Duration,
    cause: Option<&anyhow::Error>,
) {
    let (level, name) = match status {
        500.. => (Level::Error, "error"),
        _ => (Level::Info, "info"),
    };
    if !log::log_enabled!(level) {
        return;
    }
    let line = Line {
        level: name,
        message: "request",
        request_id: id,
        method,
        route,
        status,
        duration_ms: duration.as_millis(),
        error: cause.map(|cause| format!("{cause:#}")),
    };
    log::log!(level, "{}", serde_json::to_string(&line).unwrap_or_default());
}
