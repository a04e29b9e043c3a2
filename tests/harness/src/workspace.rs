//! Where things are: the repository, its target directory, and the Node that runs wrangler.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

/// The oldest Node that wrangler starts on.
const OLDEST_NODE: (u32, u32) = (22, 12);

/// The repository's root.
pub fn root() -> &'static Path {
    // tests/harness is two levels below the root; the path is fixed when this crate is compiled.
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.ancestors().nth(2).unwrap_or(manifest)
}

/// Cargo's target directory: `CARGO_TARGET_DIR`, else `target` in the root.
pub fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |dir| root().join(dir))
}

/// Our own corner of the target directory: stamps, test builds, state templates.
pub fn scratch() -> PathBuf {
    target().join("ashlar")
}

/// A host program that cargo built in the dev profile.
pub fn program(name: &str) -> PathBuf {
    target().join("debug").join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
}

/// A file of an npm package.
pub fn npm(path: &str) -> PathBuf {
    root().join("node_modules").join(path)
}

/// A Node that runs wrangler: the one that package.json pins, else the machine's own when it is new enough.
///
/// # Errors
/// When there is neither.
pub fn node() -> Result<PathBuf> {
    let pinned = npm(".bin/node");
    for candidate in [pinned, PathBuf::from("node")] {
        if node_version(&candidate).is_some_and(|version| version >= OLDEST_NODE) {
            return Ok(candidate);
        }
    }
    bail!(
        "no Node.js of version {}.{} or newer was found: package.json carries one for Linux and macOS \
         (run `cargo xtask setup`), elsewhere install it yourself and put it on PATH",
        OLDEST_NODE.0,
        OLDEST_NODE.1
    )
}

/// Major and minor version, or None when the program does not run.
fn node_version(program: &Path) -> Option<(u32, u32)> {
    let output =
        Command::new(program).arg("--version").output().ok().filter(|output| output.status.success())?;
    let text = String::from_utf8(output.stdout).ok()?;
    let mut parts = text.trim().trim_start_matches('v').split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}
