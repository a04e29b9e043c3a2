//! Remembers what a build was made from, so that nothing is built twice.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use harness::workspace;

use super::inputs;

/// The fingerprint of a build's inputs as they are now, beside the one of the build that exists.
#[derive(Debug)]
pub(super) struct Stamp {
    path: PathBuf,
    fingerprint: String,
    outputs: Vec<PathBuf>,
}

impl Stamp {
    /// Reads the inputs: the crate in `directory` and all that it depends on.
    pub(super) fn new(name: &str, directory: &str, outputs: Vec<PathBuf>) -> Result<Self> {
        let path = workspace::scratch().join("stamps").join(name);
        Ok(Self { path, fingerprint: inputs::fingerprint(directory)?, outputs })
    }

    /// How these same inputs were built; None when they were not, or an output is gone.
    pub(super) fn built(&self) -> Option<String> {
        let text =
            fs::read_to_string(&self.path).ok().filter(|_| self.outputs.iter().all(|path| path.exists()))?;
        let (fingerprint, how) = text.trim().split_once(' ')?;
        (fingerprint == self.fingerprint).then(|| how.to_owned())
    }

    /// Writes down that they are built. The fingerprint is from before: what changed meanwhile makes it stale.
    pub(super) fn write(&self, how: &str) -> Result<()> {
        let directory = self.path.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(directory).with_context(|| format!("cannot create {}", directory.display()))?;
        fs::write(&self.path, format!("{} {how}\n", self.fingerprint))
            .with_context(|| format!("cannot write {}", self.path.display()))
    }
}
