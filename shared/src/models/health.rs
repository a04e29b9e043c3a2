//! Health, as clients see it.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

/// The process answers.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Liveness", example = json!({ "status": "ok" }))]
pub struct LivenessView {
    /// Always `ok`.
    pub status: &'static str,
}

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(inline)]
#[serde(rename_all = "snake_case")]
pub enum CheckStatus {
    /// It works.
    Ok,
    /// It answered, and not well.
    Failed,
    /// It had not answered when the time was up.
    TimedOut,
}

/// What one check found.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Check {
    /// What was looked at.
    pub name: &'static str,
    /// How it ended.
    pub status: CheckStatus,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
    /// Why it is not ok: for the log, never for the client.
    #[serde(skip)]
    pub cause: Option<anyhow::Error>,
}

/// Everything that the service depends on works.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Readiness", example = json!({ "status": "ok", "checks": [{ "name": "database", "status": "ok", "duration_ms": 1 }] }))]
pub struct ReadinessView {
    /// Always `ok`.
    pub status: &'static str,
    /// What was looked at.
    pub checks: Vec<Check>,
}
