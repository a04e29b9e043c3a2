//! The viewer of the API page: copied from npm into the assets folder, under names that carry its version.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use harness::workspace;
use serde::Deserialize;

use crate::ui;

/// The npm package.
const PACKAGE: &str = "swagger-ui-dist";

/// A file that is served, and what it is made of: files of the package, one after the other.
const FILES: [(&str, &[&str]); 3] = [
    (".js", &["swagger-ui-bundle.js"]),
    (".css", &["swagger-ui.css"]),
    ("-licences.txt", &["NOTICE", "LICENSE", "swagger-ui-bundle.js.LICENSE.txt"]),
];

#[derive(Deserialize)]
struct Manifest {
    version: String,
}

/// Copies what is missing and removes what is of another version.
pub(super) fn ensure() -> Result<()> {
    let package = workspace::npm(PACKAGE);
    let manifest = read(&package.join("package.json"))?;
    let Manifest { version } = serde_json::from_slice(&manifest)
        .with_context(|| format!("{PACKAGE} has no manifest: run `npm ci`"))?;
    let folder = folder();
    fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let files = FILES.map(|(end, sources)| (folder.join(format!("swagger-ui-{version}{end}")), sources));
    remove_others(&folder, &files.each_ref().map(|(path, _)| path.as_path()))?;
    if files.iter().all(|(path, _)| path.exists()) {
        return Ok(());
    }
    ui::step(&format!("copying the viewer of the API page, Swagger UI {version}"));
    files.iter().try_for_each(|(path, sources)| make(path, &package, sources))
}

/// Git ignores it.
fn folder() -> PathBuf {
    workspace::root().join("edge/assets/docs/vendor")
}

/// A server may be reading the folder: a file appears there only when it is whole.
fn make(path: &Path, package: &Path, sources: &[&str]) -> Result<()> {
    let parts = sources.iter().map(|name| read(&package.join(name))).collect::<Result<Vec<_>>>()?;
    let unfinished = path.with_extension("unfinished");
    fs::write(&unfinished, parts.join(&b'\n'))
        .with_context(|| format!("cannot write {}", unfinished.display()))?;
    fs::rename(&unfinished, path).with_context(|| format!("cannot write {}", path.display()))
}

fn remove_others(folder: &Path, wanted: &[&Path]) -> Result<()> {
    let names: Vec<Option<&OsStr>> = wanted.iter().map(|path| path.file_name()).collect();
    for entry in fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let entry = entry?;
        if !names.contains(&Some(entry.file_name().as_os_str())) {
            let path = entry.path();
            fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
        }
    }
    Ok(())
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read {}: run `npm ci`", path.display()))
}
