//! `cargo xtask lint`, `generate` and `deny`: what must hold without running the application.

use std::process::Command;

use anyhow::Result;
use harness::build_outputs::SPIN_TARGET;

use crate::cli::Generate;
use crate::{cargo, lint_api, setup, ui};

/// The crates that are compiled to Wasm, with the adapter of each target.
const WASM: [(&str, &str); 2] =
    [("wasm32-unknown-unknown", "ashlar-cloudflare"), (SPIN_TARGET, "ashlar-spin")];

/// Clippy over everything that is built for any of the three targets; documents that are made from code; linters over the
/// OpenAPI document.
///
/// # Errors
/// When one finds something, or a document is stale.
pub(crate) fn lint() -> Result<()> {
    setup::for_lint()?;
    ui::step("clippy for this machine");
    let native =
        ["clippy", "--quiet", "--workspace", "--all-targets", "--features", "ashlar-native/test-routes"];
    clippy(&native)?;
    for (target, adapter) in WASM {
        ui::step(&format!("clippy for {target}"));
        let crates = ["-p", "ashlar-edge", "-p", "ashlar-queue-consumer", "-p", adapter];
        let mut arguments =
            vec!["clippy", "--quiet", "--target", target, "--features", "ashlar-edge/test-routes"];
        arguments.extend(crates);
        clippy(&arguments)?;
    }
    ui::step("documents that are made from code");
    generate(&Generate { check: true })?;
    lint_api::run()
}

/// Writes the documents that are made from code, or checks them.
///
/// # Errors
/// When one cannot be written, or is stale.
pub(crate) fn generate(options: &Generate) -> Result<()> {
    let mut command = cargo::command("cargo");
    command.args(["run", "--quiet", "--package", "ashlar-generate", "--"]);
    if options.check {
        command.arg("--check");
    }
    cargo::run("ashlar-generate", &command, "documents were not made: see the messages above")
}

fn clippy(arguments: &[&str]) -> Result<()> {
    let mut command = cargo::command("cargo");
    command.args(arguments).args(["--", "-D", "warnings"]);
    cargo::run("clippy", &command, "clippy found something: see its messages above")
}

/// Licences, bans and sources of dependencies, by deny.toml.
///
/// # Errors
/// When something is not allowed.
pub(crate) fn deny() -> Result<()> {
    setup::for_deny()?;
    ui::step("licences and sources of dependencies");
    let mut command = Command::new(setup::cargo_deny()?.path());
    command.current_dir(harness::workspace::root());
    command.args(["--log-level", "error", "check", "licenses", "bans", "sources"]);
    cargo::run("cargo-deny", &command, "a dependency is not allowed: see the messages above")
}
