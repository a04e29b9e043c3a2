//! Builds the Workers, the Spin components and the native program.

mod inputs;
pub(crate) mod size;
mod spin;
mod stamp;
mod worker;

use std::fs::{self, File};
use std::path::Path;

use anyhow::{Context as _, Result};
use harness::build_outputs::{Part, TEST_FEATURE, Variant, native_program};
use harness::{Runtime, workspace};

use crate::cli::{Build, BuildTarget, Generate};
use crate::{cargo, checks, setup, ui};

pub(crate) use spin::{build_components, build_host};
pub(crate) use worker::{Effort, build_worker};

/// `cargo xtask build`.
///
/// # Errors
/// When something cannot be installed or does not compile.
pub(crate) fn run(options: &Build) -> Result<()> {
    let variant = if options.test_routes { Variant::Test } else { Variant::Release };
    let effort = if options.quick { Effort::Quick } else { Effort::Full };
    let wants = |target| options.target == target || options.target == BuildTarget::All;
    if wants(BuildTarget::Edge) || wants(BuildTarget::Spin) {
        // The application carries its own description.
        checks::generate(&Generate { check: false })?;
    }
    if wants(BuildTarget::Edge) {
        build_worker(Part::Edge, variant, effort)?;
    }
    if wants(BuildTarget::QueueConsumer) {
        build_worker(Part::QueueConsumer, variant, effort)?;
    }
    if wants(BuildTarget::Spin) {
        build_components(variant)?;
        build_host()?;
    }
    if wants(BuildTarget::Page) {
        setup::for_page()?;
    }
    if wants(BuildTarget::Native) {
        build_native()?;
    }
    Ok(())
}

/// Everything that test servers of a runtime need, with the test routes.
///
/// # Errors
/// When something cannot be installed or does not compile.
pub(crate) fn build_for_tests(runtime: Runtime) -> Result<()> {
    match runtime {
        Runtime::Native => build_native(),
        Runtime::Workerd => {
            setup::for_wrangler()?;
            Part::ALL.into_iter().try_for_each(|part| build_worker(part, Variant::Test, Effort::Full))
        }
        Runtime::Spin => {
            build_components(Variant::Test)?;
            build_host()
        }
    }
}

/// The native program; it exists for tests and tools only, so it always has the test routes.
///
/// # Errors
/// When it does not compile.
pub(crate) fn build_native() -> Result<()> {
    setup::for_page()?;
    let _guard = guard("native")?;
    ui::step("building the native program");
    let mut command = cargo::command("cargo");
    command.args([
        "build",
        "--quiet",
        "-p",
        "ashlar-native",
        "--bin",
        "ashlar-native",
        "--features",
        TEST_FEATURE,
    ]);
    cargo::run("cargo", &command, "the native program did not compile: see cargo's messages above")?;
    let (built, kept) = (workspace::program("ashlar-native"), native_program());
    replace(&built, &kept)
}

/// Copies a program over one that may be running, which keeps its own file.
fn replace(source: &Path, target: &Path) -> Result<()> {
    let directory = target.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(directory).with_context(|| format!("cannot create {}", directory.display()))?;
    let unfinished = target.with_extension("unfinished");
    fs::copy(source, &unfinished).with_context(|| format!("cannot write {}", unfinished.display()))?;
    fs::rename(&unfinished, target).with_context(|| format!("cannot write {}", target.display()))
}

fn read_manifest(directory: &Path) -> Result<toml::Table> {
    let path = directory.join("Cargo.toml");
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    toml::from_str(&text).with_context(|| format!("{} is not valid TOML", path.display()))
}

/// One build of a part at a time: between cargo's output and the copy of it, another build must not replace it.
fn guard(name: &str) -> Result<File> {
    let directory = workspace::scratch();
    fs::create_dir_all(&directory).with_context(|| format!("cannot create {}", directory.display()))?;
    let file = File::create(directory.join(format!("build-{name}.lock")))?;
    file.lock().context("cannot lock the builds")?;
    Ok(file)
}
