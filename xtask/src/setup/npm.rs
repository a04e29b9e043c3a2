//! npm packages at the versions of package-lock.json: wrangler, esbuild, binaryen, linters, Node itself, the viewer of
//! the API page, and Helmet, which tests compare us with.

use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use anyhow::{Context as _, Result, bail};
use harness::workspace;

use crate::{cargo, ui};

/// Written after a complete installation, with the lock file's hash in it.
const STAMP: &str = ".ashlar-stamp";

/// Installs the packages when they are missing or older than the lock file.
pub(super) fn ensure() -> Result<()> {
    let wanted = wanted_stamp()?;
    let stamp = workspace::npm(STAMP);
    if fs::read_to_string(&stamp).is_ok_and(|found| found == wanted) {
        return Ok(());
    }
    if cargo::ask("npm", &["--version"]).is_none() {
        bail!(
            "npm is missing: install Node.js with npm (https://nodejs.org, or your system's package `npm`), then run this again"
        );
    }
    ui::step("installing npm packages: wrangler, esbuild, binaryen, linters, swagger-ui-dist, helmet");
    // Nothing here needs an install script, so none may run.
    let mut command = cargo::command("npm");
    command.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel", "error"]);
    cargo::run(
        "npm",
        &command,
        "the npm packages could not be installed: check the network, then run this again",
    )?;
    workspace::node()?;
    fs::write(&stamp, wanted).with_context(|| format!("cannot write {}", stamp.display()))
}

fn wanted_stamp() -> Result<String> {
    let lock = workspace::root().join("package-lock.json");
    let text = fs::read(&lock).with_context(|| format!("cannot read {}", lock.display()))?;
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    Ok(format!("{:016x} {}-{}\n", hasher.finish(), std::env::consts::OS, std::env::consts::ARCH))
}
