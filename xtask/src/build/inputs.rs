//! What a Wasm build depends on, as one fingerprint: cargo's own check would take seconds, with the standard library,
//! wasm-bindgen and wasm-opt to follow.

use std::collections::BTreeSet;
use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use harness::workspace;

use super::read_manifest;

/// Files outside of the crates that change what is built.
const COMMON: [&str; 5] =
    ["Cargo.toml", "Cargo.lock", ".cargo/config.toml", "rust-toolchain.toml", "package-lock.json"];

/// Directories that hold no source of the Wasm. Assets are deployed beside it.
const SKIPPED: [&str; 4] = ["assets", "build", "target", "tests"];

/// Hashes the crate in this directory (relative to the root), every crate of ours that it depends on, and the
/// workspace's own files.
pub(super) fn fingerprint(directory: &str) -> Result<String> {
    let root = workspace::root();
    let workspace_manifest = read_manifest(root)?;
    let mut directories = BTreeSet::new();
    collect_crates(&root.join(directory), &workspace_manifest, &mut directories)?;
    let mut files: BTreeSet<PathBuf> =
        COMMON.iter().map(|name| root.join(name)).filter(|path| path.exists()).collect();
    for directory in &directories {
        collect_files(directory, &mut files)?;
    }
    let mut hasher = DefaultHasher::new();
    for file in files {
        let content = fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
        (file, content).hash(&mut hasher);
    }
    Ok(format!("{:016x}", hasher.finish()))
}

/// Adds a crate and, through `[workspace.dependencies]`, the crates of ours below it.
fn collect_crates(directory: &Path, workspace: &toml::Table, found: &mut BTreeSet<PathBuf>) -> Result<()> {
    if !found.insert(directory.to_owned()) {
        return Ok(());
    }
    for name in dependency_names(&read_manifest(directory)?) {
        let dependency = workspace["workspace"].get("dependencies").and_then(|all| all.get(&name));
        if let Some(path) = dependency.and_then(|dependency| dependency.get("path")?.as_str()) {
            collect_crates(&workspace::root().join(path), workspace, found)?;
        }
    }
    Ok(())
}

/// Names of all normal and build dependencies, for every target.
fn dependency_names(manifest: &toml::Table) -> Vec<String> {
    let per_target =
        manifest.get("target").and_then(toml::Value::as_table).into_iter().flat_map(toml::Table::values);
    let places = per_target.filter_map(toml::Value::as_table).chain(std::iter::once(manifest));
    places
        .flat_map(|place| ["dependencies", "build-dependencies"].map(|kind| place.get(kind)))
        .filter_map(|table| table?.as_table())
        .flat_map(toml::Table::keys)
        .cloned()
        .collect()
}

fn collect_files(directory: &Path, files: &mut BTreeSet<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(directory).with_context(|| format!("cannot read {}", directory.display()))? {
        let entry = entry?;
        let (path, name) = (entry.path(), entry.file_name());
        let name = name.to_string_lossy();
        if name.starts_with('.') {
            continue;
        }
        if !entry.file_type()?.is_dir() {
            files.insert(path);
        } else if !SKIPPED.contains(&&*name) && !path.join("Cargo.toml").exists() {
            // A directory with a manifest is another crate and counts only when it is a dependency.
            collect_files(&path, files)?;
        }
    }
    Ok(())
}
