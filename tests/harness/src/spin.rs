//! Runs the components of `spin.toml`, with `spin` itself or with the embedded host.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::build_outputs::{Part, Variant};
use crate::{state, workspace, wrangler::Vars};

/// The `spin` command, when there is one on PATH.
pub fn installed() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|directory| directory.join("spin")).find(|program| {
        // Another program of that name (the model checker) knows no `up`.
        program.is_file()
            && Command::new(program)
                .args(["up", "--help"])
                .output()
                .is_ok_and(|output| output.status.success())
    })
}

/// The embedded host, built by `cargo xtask build spin`.
pub fn embedded() -> PathBuf {
    workspace::program("spin-host")
}

/// Writes a copy of `spin.toml` below `state` that serves this variant's components, and returns its path.
///
/// # Errors
/// When the manifest cannot be read or the copy not written.
pub fn derive_manifest(state: &Path, variant: Variant) -> Result<PathBuf> {
    let source = workspace::root().join("spin.toml");
    let text =
        std::fs::read_to_string(&source).with_context(|| format!("cannot read {}", source.display()))?;
    let mut manifest: toml::Table =
        toml::from_str(&text).with_context(|| format!("{} is not valid TOML", source.display()))?;
    for part in Part::ALL {
        let component = manifest
            .get_mut("component")
            .and_then(|components| components.get_mut(part.directory())?.as_table_mut())
            .with_context(|| format!("spin.toml has no component \"{}\"", part.directory()))?;
        let file = part.spin_component(variant);
        component.insert("source".to_owned(), file.to_string_lossy().into_owned().into());
        component.remove("build");
        copy_files(component, state)?;
        if variant == Variant::Test {
            allow_loopback(component);
        }
    }
    let target = state.join("spin.toml");
    std::fs::write(&target, toml::to_string(&manifest)?)
        .with_context(|| format!("cannot write {}", target.display()))?;
    Ok(target)
}

/// Takes the consumer out of a manifest: its component and its route.
///
/// # Errors
/// When the manifest cannot be read or written.
pub fn remove_consumer(manifest: &Path) -> Result<()> {
    let name = Part::QueueConsumer.directory();
    let mut table: toml::Table = toml::from_str(&std::fs::read_to_string(manifest)?)?;
    if let Some(components) = table.get_mut("component").and_then(toml::Value::as_table_mut) {
        components.remove(name);
    }
    let routes = table.get_mut("trigger").and_then(|triggers| triggers.get_mut("http")?.as_array_mut());
    if let Some(routes) = routes {
        routes.retain(|route| route.get("component").and_then(toml::Value::as_str) != Some(name));
    }
    std::fs::write(manifest, toml::to_string(&table)?)
        .with_context(|| format!("cannot write {}", manifest.display()))
}

/// Spin mounts only what is below its manifest: brings the directories of `files` there, under their own paths.
fn copy_files(component: &toml::Table, below: &Path) -> Result<()> {
    for mount in component.get("files").and_then(toml::Value::as_array).into_iter().flatten() {
        let Some(source) = mount.get("source").and_then(toml::Value::as_str) else {
            bail!(
                "spin.toml mounts {mount}: write it as {{ source, destination }} with a directory as source"
            );
        };
        let copy = below.join(source);
        if copy.exists() {
            std::fs::remove_dir_all(&copy).with_context(|| format!("cannot remove {}", copy.display()))?;
        }
        state::copy_directory(&workspace::root().join(source), &copy)?;
    }
    Ok(())
}

/// Test routes talk to servers of the test on any port of this machine.
fn allow_loopback(component: &mut toml::Table) {
    let hosts = component.entry("allowed_outbound_hosts").or_insert_with(|| toml::Value::Array(Vec::new()));
    if let Some(hosts) = hosts.as_array_mut() {
        hosts.push("http://127.0.0.1:*".into());
    }
}

/// `spin up` or the embedded host's `up`, which takes the same flags.
pub fn up_command(program: &Path, manifest: &Path, state: &Path, port: u16, vars: &Vars) -> Command {
    let mut command = Command::new(program);
    command.arg("up").arg("--from").arg(manifest);
    command.args(["--listen", &format!("127.0.0.1:{port}")]);
    command.arg("--state-dir").arg(state).current_dir(state);
    for (name, value) in vars {
        command.arg("--variable").arg(format!("{}={value}", name.to_lowercase()));
    }
    command
}
