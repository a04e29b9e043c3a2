//! Workers, through worker-build.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result};
use harness::build_outputs::{Part, TEST_FEATURE, Variant};
use harness::{workspace, wrangler};

use super::stamp::Stamp;
use super::{guard, size};
use crate::{cargo, setup, ui};

/// How much work goes into a Worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effort {
    /// What is deployed and measured.
    Full,
    /// Without wasm-opt, a third of the time: for a developer who waits after each change.
    Quick,
    /// Whatever is there if it is up to date, else all of it.
    FullUnlessBuilt,
}

impl Effort {
    /// What to write down about a build with this effort.
    fn name(self) -> &'static str {
        if self == Self::Quick { "quick" } else { "full" }
    }
}

/// Builds a Worker with isolated panics, unless it is up to date.
///
/// # Errors
/// When a tool is missing or the crate does not compile.
pub(crate) fn build_worker(part: Part, variant: Variant, effort: Effort) -> Result<()> {
    let variant = part.variant(variant)?;
    if part == Part::Edge {
        setup::for_page()?;
    }
    let _guard = guard(part.directory())?;
    let output = part.worker_directory(variant);
    let name = format!("worker-{}-{}", part.directory(), variant.name());
    let outputs = ["index.js", "index_bg.wasm"].map(|file| output.join(file)).to_vec();
    let stamp = Stamp::new(&name, part.directory(), outputs)?;
    if stamp.built().is_some_and(|how| effort != Effort::Full || how == effort.name()) {
        return Ok(());
    }
    setup::for_workers()?;
    ui::step(&format!("building the {} Worker ({})", part.directory(), variant.name()));
    let failure = format!("the {} Worker did not build: see the messages above", part.directory());
    cargo::run("worker-build", &command(part, variant, effort)?, &failure)?;
    stamp.write(effort.name())?;
    if (part, variant, effort.name()) == (Part::Edge, Variant::Release, Effort::Full.name()) {
        size::report()?;
    }
    Ok(())
}

fn command(part: Part, variant: Variant, effort: Effort) -> Result<Command> {
    let directory = workspace::root().join(part.directory());
    let mut command = cargo::command(&setup::worker_build()?.path().to_string_lossy());
    command.current_dir(&directory).args(["--release", "--panic-unwind", "--out-dir"]);
    command.arg(part.worker_directory(variant));
    if effort == Effort::Quick {
        command.arg("--no-opt");
    }
    command
        .env("WASM_BINDGEN_BIN", setup::wasm_bindgen()?.path())
        .env("ESBUILD_BIN", esbuild()?)
        .env("WASM_OPT_BIN", workspace::npm("binaryen/bin/wasm-opt"))
        .env("RUSTFLAGS", rustflags()?)
        // Its errors are told by what it prints before them.
        .env("RUST_LIB_BACKTRACE", "0");
    if let Some(path) = wrangler::path_with_node(&workspace::node()?) {
        command.env("PATH", path);
    }
    if variant == Variant::Test {
        command.args(["--", "--features", TEST_FEATURE]);
    }
    Ok(command)
}

/// worker-build sets RUSTFLAGS, which makes cargo ignore the target's flags in .cargo/config.toml: pass those on.
fn rustflags() -> Result<String> {
    let path = workspace::root().join(".cargo/config.toml");
    let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let config: toml::Table =
        toml::from_str(&text).with_context(|| format!("{} is not valid TOML", path.display()))?;
    let flags = config
        .get("target")
        .and_then(|targets| targets.get("wasm32-unknown-unknown")?.get("rustflags")?.as_array())
        .into_iter()
        .flatten()
        .filter_map(toml::Value::as_str);
    let mut all: Vec<String> = std::env::var("RUSTFLAGS").into_iter().collect();
    all.extend(flags.map(str::to_owned));
    Ok(all.join(" "))
}

/// The native esbuild inside its platform's package; the `esbuild` script beside it needs a Node to start.
fn esbuild() -> Result<PathBuf> {
    let system = match std::env::consts::OS {
        "macos" => "darwin",
        other => other,
    };
    let machine = match std::env::consts::ARCH {
        "x86_64" => "x64",
        "aarch64" => "arm64",
        other => other,
    };
    let path = workspace::npm(&format!("@esbuild/{system}-{machine}/bin/esbuild"));
    path.exists().then_some(path).with_context(|| {
        format!("npm has no esbuild for {system}-{machine}: run `npm ci` and see what it says about optional packages")
    })
}
