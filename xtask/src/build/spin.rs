//! Spin components, and the host that runs them where there is no `spin`.

use anyhow::Result;
use harness::build_outputs::{Part, SPIN_TARGET, TEST_FEATURE, Variant, spin_target_directory};
use harness::spin;

use super::guard;
use crate::{cargo, setup, ui};

/// Builds both components; cargo knows what is up to date.
///
/// # Errors
/// When the target is missing or a crate does not compile.
pub(crate) fn build_components(variant: Variant) -> Result<()> {
    setup::for_spin()?;
    setup::for_page()?;
    let _guard = guard("spin")?;
    ui::step(&format!("building the Spin components ({})", variant.name()));
    let mut command = cargo::command("cargo");
    command.args(["build", "--quiet", "--release", "--target", SPIN_TARGET, "--target-dir"]);
    command.arg(spin_target_directory(variant));
    for part in Part::ALL {
        command.args(["-p", part.package()]);
        if part.variant(variant)? == Variant::Test {
            command.args(["--features", &format!("{}/{TEST_FEATURE}", part.package())]);
        }
    }
    cargo::run("cargo", &command, "the Spin components did not compile: see cargo's messages above")
}

/// Builds the embedded host. Tests always use it; `dev` only where there is no `spin`.
///
/// # Errors
/// When it does not compile.
pub(crate) fn build_host() -> Result<()> {
    if !spin::embedded().exists() {
        ui::step("building the embedded Spin host, once for this machine: takes a few minutes");
    }
    let mut command = cargo::command("cargo");
    command.args(["build", "--quiet", "-p", "ashlar-spin-host"]);
    cargo::run("cargo", &command, "the embedded Spin host did not compile: see cargo's messages above")
}
