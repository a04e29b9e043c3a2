//! Where `cargo xtask build` leaves what it builds, and where servers pick it up.

use std::path::PathBuf;

use anyhow::{Context as _, Result};

use crate::workspace;

/// The cargo feature of test builds.
pub const TEST_FEATURE: &str = "test-routes";

/// The Wasm target of Spin components.
pub const SPIN_TARGET: &str = "wasm32-wasip2";

/// What a build is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Variant {
    /// What is served and deployed.
    Release,
    /// The same with the routes that exist only for tests (cargo feature `test-routes`), kept apart on disk.
    Test,
}

impl Variant {
    /// The name in directories and messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Release => "release",
            Self::Test => "test",
        }
    }
}

/// One of the two processes that Ashlar is made of: a Worker on Cloudflare, a component on Spin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Part {
    /// The HTTP front.
    Edge,
    /// The consumer of jobs.
    QueueConsumer,
}

impl Part {
    /// Both, the one that serves HTTP first.
    pub const ALL: [Self; 2] = [Self::Edge, Self::QueueConsumer];

    /// The crate's directory in the repository, which is also the name of the Spin component.
    pub fn directory(self) -> &'static str {
        match self {
            Self::Edge => "edge",
            Self::QueueConsumer => "queue-consumer",
        }
    }

    /// The cargo package.
    pub fn package(self) -> &'static str {
        match self {
            Self::Edge => "ashlar-edge",
            Self::QueueConsumer => "ashlar-queue-consumer",
        }
    }

    /// The wrangler configuration of this Worker.
    pub fn wrangler_manifest(self) -> PathBuf {
        match self {
            Self::Edge => workspace::root().join("wrangler.toml"),
            Self::QueueConsumer => workspace::root().join("queue-consumer/wrangler.toml"),
        }
    }

    /// The variant to build where this one is asked for: a part without test routes has only one.
    ///
    /// # Errors
    /// When the crate's manifest cannot be read.
    pub fn variant(self, wanted: Variant) -> Result<Variant> {
        let manifest = workspace::root().join(self.directory()).join("Cargo.toml");
        let text = std::fs::read_to_string(&manifest)
            .with_context(|| format!("cannot read {}", manifest.display()))?;
        let table: toml::Table =
            toml::from_str(&text).with_context(|| format!("{} is not valid TOML", manifest.display()))?;
        let has_routes = table.get("features").is_some_and(|features| features.get(TEST_FEATURE).is_some());
        Ok(if has_routes { wanted } else { Variant::Release })
    }

    /// The directory that worker-build fills; its entry is `index.js`.
    pub fn worker_directory(self, variant: Variant) -> PathBuf {
        match variant {
            Variant::Release => workspace::root().join(self.directory()).join("build"),
            Variant::Test => workspace::scratch().join("worker-test").join(self.directory()),
        }
    }

    /// The Spin component.
    pub fn spin_component(self, variant: Variant) -> PathBuf {
        let file = format!("{}.wasm", self.directory().replace('-', "_"));
        spin_target_directory(variant).join(SPIN_TARGET).join("release").join(file)
    }
}

/// The native program with test routes: a copy, because any `cargo test` of the workspace replaces cargo's own with
/// one without them.
pub fn native_program() -> PathBuf {
    workspace::scratch().join("native-test").join(format!("ashlar-native{}", std::env::consts::EXE_SUFFIX))
}

/// The target directory of Spin builds. Test builds have one of their own, because cargo would otherwise leave the
/// component with test routes where `spin.toml` picks up the one to serve.
pub fn spin_target_directory(variant: Variant) -> PathBuf {
    match variant {
        Variant::Release => workspace::target(),
        Variant::Test => workspace::scratch().join("spin-test"),
    }
}
