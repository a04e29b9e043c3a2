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

/// What one check found.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Check {
    /// What was looked at.
    pub name: &'static str,
    /// Whether it works.
    pub ok: bool,
}

/// Everything that the service depends on works.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Readiness", example = json!({ "status": "ok", "checks": [{ "name": "database", "ok": true }] }))]
pub struct ReadinessView {
    /// Always `ok`.
    pub status: &'static str,
    /// What was looked at.
    pub checks: Vec<Check>,
}
