//! Runs wrangler on copies of the repository's configurations.
//!
//! `--var` and `--env-file` reach only the first of two Workers, and files in the tree are the developer's. So each
//! server gets configurations of its own in its state directory, derived from the real ones at every start: other
//! vars, another entry, the same bindings. Wrangler also keeps its temporary files beside them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};
use shared::config::table::SETTINGS;

use crate::build_outputs::{Part, Variant};
use crate::{http, state, workspace};

/// The queue consumer's name in its wrangler.toml.
const CONSUMER: &str = "ashlar-queue-consumer";

/// Settings by name, as Worker vars spell them.
pub type Vars = BTreeMap<String, String>;

/// What differs from the repository's configuration.
#[derive(Debug)]
pub struct Derived<'a> {
    /// Which build to serve.
    pub variant: Variant,
    /// Settings that replace or join `[vars]`.
    pub vars: &'a Vars,
    /// The program that wrangler runs when a source changes, as `PROGRAM build PART`; None switches reloading off.
    pub rebuild: Option<&'a Path>,
}

/// Writes both Workers' configurations below `state` and returns their paths, the API's first.
///
/// # Errors
/// When a configuration in the repository cannot be read, or the copy not written.
pub fn derive_manifests(state: &Path, derived: &Derived<'_>) -> Result<Vec<PathBuf>> {
    Part::ALL.into_iter().map(|part| derive_manifest(part, state, derived)).collect()
}

fn derive_manifest(part: Part, state: &Path, derived: &Derived<'_>) -> Result<PathBuf> {
    let source = part.wrangler_manifest();
    let text =
        std::fs::read_to_string(&source).with_context(|| format!("cannot read {}", source.display()))?;
    let mut config: Value =
        toml::from_str(&text).with_context(|| format!("{} is not valid TOML", source.display()))?;
    let origin = source.parent().unwrap_or(workspace::root());
    let directory = state.join("wrangler").join(part.directory());
    std::fs::create_dir_all(&directory).with_context(|| format!("cannot create {}", directory.display()))?;
    adapt(&mut config, origin, derived);
    config["main"] = json!(entry(part, derived.variant, &directory)?);
    if let Some(program) = derived.rebuild {
        config["build"] = rebuild(part, program, &directory);
    }
    write_dev_vars(origin, &directory, derived)?;
    let target = directory.join("wrangler.json");
    std::fs::write(&target, serde_json::to_vec_pretty(&config)?)
        .with_context(|| format!("cannot write {}", target.display()))?;
    Ok(target)
}

fn adapt(config: &mut Value, origin: &Path, derived: &Derived<'_>) {
    if let Some(table) = config.as_object_mut() {
        table.remove("env");
        table.remove("build");
    }
    for (name, value) in derived.vars.iter().filter(|(name, _)| !is_secret(name)) {
        config["vars"][name] = json!(value);
    }
    if let Some(assets) = config["assets"]["directory"].as_str().map(|dir| origin.join(dir)) {
        config["assets"]["directory"] = json!(assets);
    }
    for database in config["d1_databases"].as_array_mut().into_iter().flatten() {
        if let Some(migrations) = database["migrations_dir"].as_str().map(|dir| origin.join(dir)) {
            database["migrations_dir"] = json!(migrations);
        }
    }
}

/// The Worker's entry. Tests serve a copy: a build while they run would restart the server under them.
fn entry(part: Part, variant: Variant, directory: &Path) -> Result<PathBuf> {
    let built = part.worker_directory(part.variant(variant)?);
    if !built.join("index.js").exists() {
        bail!(
            "the {} Worker has not been built: run `cargo xtask test`, or `cargo xtask build`",
            part.directory()
        );
    }
    if variant == Variant::Release {
        return Ok(built.join("index.js"));
    }
    let copy = directory.join("build");
    state::copy_directory(&built, &copy)?;
    Ok(copy.join("index.js"))
}

fn rebuild(part: Part, program: &Path, manifest_directory: &Path) -> Value {
    // Wrangler appends even absolute paths to the manifest's directory: climb to the file system's root first.
    let climb: PathBuf = manifest_directory.components().skip(1).map(|_| "..").collect();
    let watched = [workspace::root().join(part.directory()).join("src"), workspace::root().join("shared")];
    let watched = watched.map(|path| climb.join(path.strip_prefix("/").unwrap_or(&path)));
    json!({
        "command": format!("'{}' build {} --quick", program.display(), part.directory()),
        "cwd": workspace::root(),
        "watch_dir": watched,
    })
}

/// Secrets go where wrangler does not print them. A developer's own settings come after them and hold in `dev`; tests
/// run without them.
fn write_dev_vars(origin: &Path, directory: &Path, derived: &Derived<'_>) -> Result<()> {
    let secrets = derived.vars.iter().filter(|(name, _)| is_secret(name));
    let mut text = secrets.fold(String::new(), |text, (name, value)| text + name + "='" + value + "'\n");
    let places = [origin, workspace::root()].map(|place| place.join(".dev.vars"));
    let source = places.into_iter().find(|file| file.exists());
    if let Some(source) = source.filter(|_| derived.variant == Variant::Release) {
        let own = std::fs::read_to_string(&source);
        text += &own.with_context(|| format!("cannot read {}", source.display()))?;
    }
    let target = directory.join(".dev.vars");
    std::fs::write(&target, text).with_context(|| format!("cannot write {}", target.display()))
}

fn is_secret(name: &str) -> bool {
    SETTINGS.iter().any(|setting| setting.secret && setting.name == name)
}

/// `wrangler` with nothing that waits for a key, asks the network or writes outside `state`.
///
/// # Errors
/// When there is no Node to run it.
pub fn command(state: &Path) -> Result<Command> {
    let node = workspace::node()?;
    let mut command = Command::new(&node);
    command.arg(workspace::npm("wrangler/bin/wrangler.js"));
    command.current_dir(state);
    let own = state.join("wrangler");
    command
        .env("WRANGLER_SEND_METRICS", "false")
        .env("WRANGLER_SEND_ERROR_REPORTS", "false")
        .env("WRANGLER_HIDE_BANNER", "true")
        .env("WRANGLER_WRITE_LOGS", "false")
        .env("WRANGLER_CACHE_DIR", own.join("cache"))
        // Two servers with the same Worker names must not find each other.
        .env("WRANGLER_REGISTRY_PATH", own.join("registry"))
        // `request.cf` is not used, and asking for it needs the network.
        .env("CLOUDFLARE_CF_FETCH_ENABLED", "false")
        .env("CLOUDFLARE_LOAD_DEV_VARS_FROM_DOT_ENV", "false")
        .env("NO_COLOR", "1")
        .env("CI", "1");
    if let Some(path) = path_with_node(&node) {
        command.env("PATH", path);
    }
    Ok(command)
}

/// PATH with the chosen Node first, for programs that wrangler and worker-build start by name.
pub fn path_with_node(node: &Path) -> Option<std::ffi::OsString> {
    let directory = node.parent().filter(|directory| directory.is_absolute())?;
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::join_paths(std::iter::once(directory.to_owned()).chain(std::env::split_paths(&path))).ok()
}

/// `wrangler dev` for both Workers.
///
/// # Errors
/// When there is no Node to run it, or no port for its inspector.
pub fn dev_command(state: &Path, manifests: &[PathBuf], ip: &str, port: u16) -> Result<Command> {
    let mut command = command(state)?;
    command.arg("dev");
    for manifest in manifests {
        command.arg("--config").arg(manifest);
    }
    command.arg("--persist-to").arg(state);
    command.args(["--ip", ip, "--port", &port.to_string()]);
    command.args(["--inspector-port", &crate::ports::free()?.to_string()]);
    command.arg("--show-interactive-dev-session=false");
    Ok(command)
}

/// Runs the consumer's cron trigger once, which wrangler does not do by itself.
///
/// # Errors
/// When the server does not answer, or not with success.
pub fn run_cron(port: u16) -> Result<()> {
    let path = format!("/cdn-cgi/explorer/api/local/scheduled?worker={CONSUMER}");
    let body = r#"{"cron":"* * * * *"}"#;
    let status = http::send(port, http::Request { method: "POST", path: &path, bearer: None, body })?;
    anyhow::ensure!(
        status == 200,
        "wrangler answered {status} when asked to run the consumer's cron trigger"
    );
    Ok(())
}
