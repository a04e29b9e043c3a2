//! Files of the assets folder, on disk.

use std::io::ErrorKind;
use std::path::PathBuf;

use anyhow::Context as _;
use async_trait::async_trait;
use bytes::Bytes;
use shared::ports::{Assets, AssetsError, is_asset_path};

use crate::give_way;

/// A folder, read anew with every call.
pub struct AssetsFolder(PathBuf);

impl AssetsFolder {
    /// The files in a folder; where there is no folder, there are no files.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self(folder.into())
    }

    /// The folder in the repository that this was compiled in.
    pub fn of_this_repository() -> Self {
        Self::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../edge/assets"))
    }
}

#[async_trait(?Send)]
impl Assets for AssetsFolder {
    async fn get(&self, path: &str) -> Result<Option<Bytes>, AssetsError> {
        if !is_asset_path(path) {
            return Ok(None);
        }
        give_way().await;
        let file = self.0.join(path);
        match std::fs::read(&file) {
            Ok(bytes) => Ok(Some(bytes.into())),
            Err(error) if is_missing(error.kind()) => Ok(None),
            Err(error) => {
                Err(error).with_context(|| format!("reading {}", file.display())).map_err(AssetsError)
            }
        }
    }
}

fn is_missing(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::IsADirectory)
}
