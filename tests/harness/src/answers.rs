//! The answers that one runtime gave, kept in a file, so that those of several can be compared after they ran.

use std::io::ErrorKind;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};

use crate::{Runtime, workspace};

/// One answer, without what differs each time.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recorded {
    /// The request's name.
    pub name: String,
    /// The status; 0 when no answer came.
    pub status: u16,
    /// The failure's code; what went wrong when no answer came.
    pub code: String,
    /// Fields and codes of the failure's details.
    pub details: Vec<(String, String)>,
    /// The header `Allow`.
    pub allow: Option<String>,
}

/// Keeps a runtime's answers.
///
/// # Errors
/// When the file cannot be written.
pub fn write(runtime: Runtime, answers: &[Recorded]) -> Result<()> {
    let path = path(runtime);
    std::fs::create_dir_all(workspace::scratch())?;
    std::fs::write(&path, serde_json::to_vec_pretty(answers)?)
        .with_context(|| format!("cannot write {}", path.display()))
}

/// The answers that a runtime gave last; `None` when there are none.
///
/// # Errors
/// When the file is damaged.
pub fn read(runtime: Runtime) -> Result<Option<Vec<Recorded>>> {
    let path = path(runtime);
    match std::fs::read(&path) {
        Ok(text) => {
            let answers = serde_json::from_slice(&text);
            answers.map(Some).with_context(|| format!("{} is damaged", path.display()))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
}

/// Removes a runtime's answers, so that old ones are not taken for new ones.
///
/// # Errors
/// When the file is there and stays.
pub fn forget(runtime: Runtime) -> Result<()> {
    let path = path(runtime);
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {}", path.display()))
        }
        _ => Ok(()),
    }
}

fn path(runtime: Runtime) -> PathBuf {
    workspace::scratch().join(format!("malformed-{runtime}.json"))
}
