//! Rust targets and toolchains, through rustup.

use std::path::Path;

use anyhow::{Result, bail};

use crate::{cargo, ui};

/// What worker-build builds with; it names the toolchain itself.
const NIGHTLY: &str = "nightly";

/// The standard library for a Wasm target, in the toolchain that rust-toolchain.toml names.
pub(super) fn ensure_target(target: &str) -> Result<()> {
    if has_directory(&["--target", target, "--print", "target-libdir"], "") {
        return Ok(());
    }
    ui::step(&format!("installing Rust's target {target}"));
    rustup(&["target", "add", target], &format!("Rust's target {target}"))
}

/// The nightly toolchain with the standard library's source: isolated panics need a standard library of their own.
pub(super) fn ensure_nightly() -> Result<()> {
    let source = "lib/rustlib/src/rust/library/std/Cargo.toml";
    let toolchain = "+nightly";
    if cargo::ask("rustup", &["run", NIGHTLY, "rustc", "--version"]).is_none() {
        ui::step("installing Rust's nightly toolchain, for Workers with isolated panics");
        let arguments = ["toolchain", "install", NIGHTLY, "--profile", "minimal", "--no-self-update"];
        rustup(&arguments, "Rust's nightly toolchain")?;
    }
    if !has_directory(&[toolchain, "--print", "sysroot"], source) {
        ui::step("installing the standard library's source for nightly");
        rustup(&["component", "add", "rust-src", "--toolchain", NIGHTLY], "nightly's component rust-src")?;
    }
    if !has_directory(&[toolchain, "--target", "wasm32-unknown-unknown", "--print", "target-libdir"], "") {
        ui::step("installing Rust's target wasm32-unknown-unknown for nightly");
        rustup(
            &["target", "add", "wasm32-unknown-unknown", "--toolchain", NIGHTLY],
            "nightly's Wasm target",
        )?;
    }
    Ok(())
}

/// Whether rustc names a directory in which `path` exists.
fn has_directory(arguments: &[&str], path: &str) -> bool {
    cargo::ask("rustc", arguments).is_some_and(|directory| Path::new(&directory).join(path).exists())
}

fn rustup(arguments: &[&str], what: &str) -> Result<()> {
    if cargo::ask("rustup", &["--version"]).is_none() {
        bail!(
            "{what} is missing and there is no rustup to install it: install rustup (https://rustup.rs), then run this again"
        );
    }
    let failure = format!(
        "{what} could not be installed: check the network, run `rustup {}` yourself to see more, then run this again",
        arguments.join(" ")
    );
    cargo::run("rustup", cargo::command("rustup").args(arguments), &failure)
}
