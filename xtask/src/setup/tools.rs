//! Programs that cargo installs, each version in a directory of its own so that checkouts do not disturb each other.

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};

use super::cache;
use crate::{cargo, ui};

/// worker-build is released together with the `worker` crate, with the same number.
const WORKER_BUILD: &str = "0.8.7";

const CARGO_DENY: &str = "0.20.2";

/// A program at one version.
#[derive(Debug)]
pub(crate) struct Tool {
    package: &'static str,
    version: String,
    directory: PathBuf,
    program: &'static str,
}

impl Tool {
    fn new(package: &'static str, program: &'static str, version: String) -> Result<Self> {
        let directory = cache()?.join("tools").join(format!("{package}-{version}"));
        Ok(Self { package, version, directory, program })
    }

    /// The executable file.
    pub(crate) fn path(&self) -> PathBuf {
        self.directory.join("bin").join(format!("{}{}", self.program, std::env::consts::EXE_SUFFIX))
    }
}

/// wasm-bindgen's command line, which must equal the locked library to the digit.
pub(crate) fn wasm_bindgen() -> Result<Tool> {
    Tool::new("wasm-bindgen-cli", "wasm-bindgen", locked("wasm-bindgen")?)
}

/// worker-build, at the version that belongs to the locked `worker`.
pub(crate) fn worker_build() -> Result<Tool> {
    let locked = locked("worker")?;
    if locked != WORKER_BUILD {
        bail!(
            "Cargo.lock has worker {locked}, but xtask installs worker-build {WORKER_BUILD}: \
             set WORKER_BUILD in xtask/src/setup/tools.rs to {locked}"
        );
    }
    Tool::new("worker-build", "worker-build", WORKER_BUILD.to_owned())
}

/// cargo-deny, which looks at the licences and sources of dependencies.
pub(crate) fn cargo_deny() -> Result<Tool> {
    Tool::new("cargo-deny", "cargo-deny", CARGO_DENY.to_owned())
}

/// Installs the tool when it is not there.
pub(super) fn ensure(tool: &Tool) -> Result<()> {
    if tool.path().exists() {
        return Ok(());
    }
    let Tool { package, version, directory, .. } = tool;
    ui::step(&format!("building {package} {version}, once for this machine: takes a few minutes"));
    let install = |locked: &[&str]| {
        let mut command = cargo::command("cargo");
        command.args(["install", package, "--version", version, "--root"]).arg(directory).args(locked);
        // They run for seconds: half the time to build them is worth more than their last tenth of speed.
        command.env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1").env("CARGO_PROFILE_RELEASE_LTO", "off");
        command
    };
    // A registry mirror may lack a version that the tool's authors locked; then cargo chooses a compatible one.
    if cargo::run(package, &install(&["--locked"]), "").is_ok() {
        return Ok(());
    }
    ui::step(&format!("trying {package} {version} again without its lock file"));
    let failure = format!(
        "{package} {version} could not be installed: check the network and that a C compiler (`cc`) is there, \
         then run this again"
    );
    cargo::run(package, &install(&[]), &failure)
}

/// The version of a package in Cargo.lock.
fn locked(package: &str) -> Result<String> {
    let path = harness::workspace::root().join("Cargo.lock");
    let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let lock: toml::Table = toml::from_str(&text).context("Cargo.lock is not valid TOML")?;
    let packages = lock.get("package").and_then(toml::Value::as_array).into_iter().flatten();
    let versions: Vec<&str> = packages
        .filter(|entry| entry.get("name").and_then(toml::Value::as_str) == Some(package))
        .filter_map(|entry| entry.get("version")?.as_str())
        .collect();
    match versions.as_slice() {
        [version] => Ok((*version).to_owned()),
        [] => bail!("Cargo.lock has no package {package}: run `cargo generate-lockfile`"),
        _ => bail!("Cargo.lock has several versions of {package} ({}): unify them", versions.join(", ")),
    }
}
