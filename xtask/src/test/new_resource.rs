//! The proof that `cargo xtask new-resource` writes what passes as it is: it runs in a copy of the repository, and there
//! the checks and tests that the resource could break.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use harness::workspace;

use super::results::Counts;
use super::{Report, Suite, run_suite};
use crate::cli::NewResource;
use crate::{cargo, ui};

/// A resource that nobody has, with two words and a vowel in its name.
pub(super) fn example() -> NewResource {
    NewResource { name: "unusual_widgets".to_owned(), singular: None, check: true }
}

/// Writes a resource into a copy of the repository and runs its checks and tests there.
///
/// # Errors
/// When the copy cannot be made or something cannot be started; what fails in it is counted instead.
pub(super) fn run(options: &NewResource) -> Result<Report> {
    ui::step(&format!(
        "writing the resource {} into a copy of the repository, and testing it there",
        options.name
    ));
    let (started, copy) = (Instant::now(), scratch().join("copy"));
    copy_to(&copy)?;
    let mut counts = Counts::default();
    for step in steps(options) {
        let command = in_copy(&copy, &step);
        let suite = Suite { name: "new-resource", command, evidence: None, whole: false };
        let report = run_suite(&suite, "new-resource | ")?;
        counts.add(report.counts);
        if report.counts.failed > 0 {
            break;
        }
    }
    Ok(Report { name: "new-resource", counts, took: started.elapsed() })
}

/// What cargo is asked in the copy, in this order.
fn steps(options: &NewResource) -> [Vec<String>; 5] {
    let name = &options.name;
    let singular = options.singular.as_ref().map_or_else(String::new, |one| format!("--singular {one}"));
    let xtask = "run --quiet --package ashlar-xtask --";
    [
        format!("{xtask} new-resource {name} {singular}"),
        format!("fmt --all --check -- edge/src/routes/{name}.rs"),
        "clippy --quiet --workspace --all-targets --features ashlar-native/test-routes -- -D warnings"
            .to_owned(),
        "test --quiet --package ashlar-shared --package ashlar-edge".to_owned(),
        format!("{xtask} test --only native -- {name} openapi"),
    ]
    .map(|line| line.split_whitespace().map(str::to_owned).collect())
}

fn scratch() -> PathBuf {
    workspace::scratch().join("new-resource")
}

/// Cargo in the copy: dependencies are shared with the repository, programs are not.
fn in_copy(copy: &Path, arguments: &[String]) -> Command {
    let mut command = cargo::command("cargo");
    command.current_dir(copy).args(arguments);
    command
        .env("CARGO_TARGET_DIR", scratch().join("target"))
        .env("CARGO_BUILD_BUILD_DIR", workspace::target());
    command
}

/// Makes `copy` what git sees of the repository. What is equal is not written, so that cargo builds what changed.
fn copy_to(copy: &Path) -> Result<()> {
    let files = files()?;
    if copy.exists() {
        remove_others(copy, copy, &files)?;
    }
    for file in &files {
        let (source, target) = (workspace::root().join(file), copy.join(file));
        let mut text = fs::read(&source).with_context(|| format!("cannot read {}", source.display()))?;
        if file == Path::new("Cargo.toml") {
            text = with_own_version(&text)?;
        }
        if fs::read(&target).is_ok_and(|known| known == text) {
            continue;
        }
        fs::create_dir_all(target.parent().unwrap_or(copy))?;
        fs::write(&target, text).with_context(|| format!("cannot write {}", target.display()))?;
    }
    Ok(())
}

/// The workspace's manifest with another version. Cargo knows our crates by name and version, not by their folder:
/// without this, it would take what is built in the copy for the repository's, and the other way round.
fn with_own_version(manifest: &[u8]) -> Result<Vec<u8>> {
    let (text, begin) = (std::str::from_utf8(manifest)?, "\nversion = \"");
    let (before, after) = text.split_once(begin).context("Cargo.toml names no version")?;
    let (version, after) = after.split_once('"').context("Cargo.toml is not as expected")?;
    Ok(format!("{before}{begin}{version}-copy\"{after}").into_bytes())
}

/// The files of the repository: those in git, and new ones that it does not ignore.
fn files() -> Result<BTreeSet<PathBuf>> {
    let arguments = ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate"];
    let Some(list) = cargo::ask("git", &arguments) else {
        bail!("git could not list the files of the repository: is this a clone of it?");
    };
    let files = list.split('\0').filter(|file| !file.is_empty()).map(PathBuf::from);
    // A file that is deleted but not yet committed is still listed.
    Ok(files.filter(|file| workspace::root().join(file).is_file()).collect())
}

fn remove_others(copy: &Path, folder: &Path, files: &BTreeSet<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            remove_others(copy, &path, files)?;
        } else if path.strip_prefix(copy).is_ok_and(|file| !files.contains(file)) {
            fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
        }
    }
    Ok(())
}
