//! `cargo xtask lint-api`: the OpenAPI document as two linters see it. Warnings are errors.

use anyhow::Result;
use harness::workspace;

use crate::{cargo, setup, ui};

/// The document, from the repository's root.
const DOCUMENT: &str = "edge/assets/openapi.json";

/// Redocly's recommended rules and Spectral's for OpenAPI.
///
/// # Errors
/// When either finds something.
pub(crate) fn run() -> Result<()> {
    setup::for_lint_api()?;
    ui::step("redocly on the OpenAPI document");
    // The strict variant has the same rules; what they find is an error.
    let redocly = ["lint", "--extends", "recommended-strict", DOCUMENT];
    node("redocly", "@redocly/cli/bin/cli.js", &redocly)?;
    ui::step("spectral on the OpenAPI document");
    let spectral = ["lint", "--ruleset", "xtask/lint-api/spectral.json", "--fail-severity", "warn", DOCUMENT];
    node("spectral", "@stoplight/spectral-cli/dist/index.js", &spectral)
}

fn node(name: &str, script: &str, arguments: &[&str]) -> Result<()> {
    let mut command = cargo::command(&workspace::node()?.to_string_lossy());
    command.arg(workspace::npm(script)).args(arguments);
    // They ask nobody for newer versions and tell nobody that they ran.
    command.env("REDOCLY_TELEMETRY", "off").env("REDOCLY_SUPPRESS_UPDATE_NOTICE", "true");
    command.env("SCARF_ANALYTICS", "false");
    cargo::run(name, &command, &format!("{name} found something: see its messages above"))
}
