//! schemathesis from the Python Package Index, at the versions of `xtask/fuzz-api/requirements.txt`, in an environment of its own.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use super::cache;
use crate::{cargo, ui};

/// The oldest Python that schemathesis runs on.
const OLDEST_PYTHON: (u32, u32) = (3, 11);

/// Written after a complete installation.
const STAMP: &str = "ashlar-stamp";

/// Where pip puts packages on machines whose Python cannot make virtual environments.
const PACKAGES: &str = "packages";

/// An environment in the cache, one for each content of the requirements and each Python.
#[derive(Debug)]
pub(crate) struct Environment {
    python: String,
    requirements: PathBuf,
    directory: PathBuf,
}

/// The environment with schemathesis, installed or not.
///
/// # Errors
/// When there is no Python that it runs on.
pub(crate) fn schemathesis() -> Result<Environment> {
    let requirements = harness::workspace::root().join("xtask/fuzz-api/requirements.txt");
    let text =
        std::fs::read(&requirements).with_context(|| format!("cannot read {}", requirements.display()))?;
    let (python, version) = python()?;
    let mut hasher = DefaultHasher::new();
    (text, &version).hash(&mut hasher);
    let directory = cache()?.join("tools").join(format!("schemathesis-{:016x}", hasher.finish()));
    Ok(Environment { python, requirements, directory })
}

impl Environment {
    /// `python -m schemathesis.cli` in the environment.
    pub(crate) fn command(&self) -> Command {
        let own = self.own_python();
        let mut command =
            if own.exists() { cargo::command(&own.to_string_lossy()) } else { cargo::command(&self.python) };
        let packages = self.directory.join(PACKAGES);
        if packages.exists() {
            command.env("PYTHONPATH", packages);
        }
        command.args(["-m", "schemathesis.cli"]);
        command
    }

    fn own_python(&self) -> PathBuf {
        self.directory.join("bin/python")
    }
}

/// Installs the environment when it is not there.
pub(super) fn ensure(environment: &Environment) -> Result<()> {
    let Environment { python, requirements, directory } = environment;
    if directory.join(STAMP).exists() {
        return Ok(());
    }
    ui::step("installing schemathesis, once for this machine");
    if directory.exists() {
        std::fs::remove_dir_all(directory)
            .with_context(|| format!("cannot remove {}", directory.display()))?;
    }
    let made = cargo::ask(python, &["-m", "venv", &directory.to_string_lossy()]).is_some();
    let mut command = if made {
        cargo::command(&environment.own_python().to_string_lossy())
    } else {
        // Debian's python3 comes without what `venv` needs; pip alone will do.
        let _ = std::fs::remove_dir_all(directory);
        if cargo::ask(python, &["-m", "pip", "--version"]).is_none() {
            bail!(
                "Python can neither make virtual environments nor run pip: install them \
                 (on Debian and Ubuntu the package `python3-venv`), then run this again"
            );
        }
        cargo::command(python)
    };
    command.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--only-binary",
        ":all:",
    ]);
    command.arg("--requirement").arg(requirements);
    if !made {
        command.arg("--target").arg(directory.join(PACKAGES));
    }
    cargo::run(
        "pip",
        &command,
        "schemathesis could not be installed: check the network, then run this again",
    )?;
    write_stamp(directory)
}

fn write_stamp(directory: &Path) -> Result<()> {
    std::fs::write(directory.join(STAMP), "").with_context(|| format!("cannot write {}", directory.display()))
}

/// A Python that is new enough, and its version.
fn python() -> Result<(String, String)> {
    let mut found = None;
    for program in ["python3", "python3.14", "python3.13", "python3.12", "python3.11"] {
        let Some(version) = cargo::ask(program, &["-c", "import platform; print(platform.python_version())"])
        else {
            continue;
        };
        if parse(&version) >= Some(OLDEST_PYTHON) {
            return Ok((program.to_owned(), version));
        }
        found.get_or_insert(version);
    }
    let (major, minor) = OLDEST_PYTHON;
    let found = found.map_or_else(|| "is none".to_owned(), |version| format!("is only {version}"));
    bail!(
        "schemathesis needs Python {major}.{minor} or newer, and there {found}: install it (https://python.org, or your \
         system's packages `python3` and `python3-venv`), then run this again"
    )
}

fn parse(version: &str) -> Option<(u32, u32)> {
    let mut parts = version.split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}
