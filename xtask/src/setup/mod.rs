//! Installs what a fresh machine lacks. Each part looks first and says what it does; when all is there it is silent.

mod npm;
mod python;
mod rust;
mod tools;
mod viewer;

use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

pub(crate) use python::Environment;
pub(crate) use tools::{cargo_deny, wasm_bindgen, worker_build};

/// All of it.
///
/// # Errors
/// When something is missing and cannot be installed; the message says what to do.
pub(crate) fn everything() -> Result<()> {
    for_workers()?;
    for_spin()?;
    for_page()?;
    // Python may well be missing, and nothing else needs it.
    if let Err(error) = for_fuzzing() {
        crate::ui::warn(&format!("`cargo xtask fuzz-api` will not run: {error:#}"));
    }
    crate::ui::say("Everything is installed.");
    Ok(())
}

/// What builds and runs Workers.
pub(crate) fn for_workers() -> Result<()> {
    let _guard = guard()?;
    rust::ensure_target("wasm32-unknown-unknown")?;
    rust::ensure_nightly()?;
    npm::ensure()?;
    tools::ensure(&wasm_bindgen()?)?;
    tools::ensure(&worker_build()?)?;
    Ok(())
}

/// What runs Workers that are built.
pub(crate) fn for_wrangler() -> Result<()> {
    let _guard = guard()?;
    npm::ensure()
}

/// What the API page serves.
pub(crate) fn for_page() -> Result<()> {
    let _guard = guard()?;
    npm::ensure()?;
    viewer::ensure()
}

/// What checks dependencies.
pub(crate) fn for_deny() -> Result<()> {
    let _guard = guard()?;
    tools::ensure(&cargo_deny()?)
}

/// What clippy needs for all three targets.
pub(crate) fn for_lint() -> Result<()> {
    let _guard = guard()?;
    rust::ensure_target("wasm32-unknown-unknown")?;
    rust::ensure_target(harness::build_outputs::SPIN_TARGET)
}

/// What looks at the OpenAPI document.
pub(crate) fn for_lint_api() -> Result<()> {
    let _guard = guard()?;
    npm::ensure()
}

/// What makes up requests for the API.
pub(crate) fn for_fuzzing() -> Result<Environment> {
    let _guard = guard()?;
    let environment = python::schemathesis()?;
    python::ensure(&environment)?;
    Ok(environment)
}

/// What builds Spin components.
pub(crate) fn for_spin() -> Result<()> {
    let _guard = guard()?;
    rust::ensure_target(harness::build_outputs::SPIN_TARGET)
}

/// `$XDG_CACHE_HOME/ashlar` or `~/.cache/ashlar`: tools are shared between checkouts.
fn cache() -> Result<PathBuf> {
    let base = match std::env::var_os("XDG_CACHE_HOME").filter(|value| Path::new(value).is_absolute()) {
        Some(value) => PathBuf::from(value),
        None => {
            std::env::home_dir().context("no home directory is known: set XDG_CACHE_HOME")?.join(".cache")
        }
    };
    Ok(base.join("ashlar"))
}

/// One installer at a time; a second one waits here. The lock ends with the file.
fn guard() -> Result<File> {
    let directory = cache()?;
    std::fs::create_dir_all(&directory).with_context(|| format!("cannot create {}", directory.display()))?;
    let file = File::create(directory.join("lock"))?;
    if file.try_lock().is_err() {
        crate::ui::step("waiting for another installation to finish");
        file.lock().context("cannot lock the tools' directory")?;
    }
    Ok(file)
}
