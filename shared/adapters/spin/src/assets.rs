//! Files of the assets folder, which the manifest mounts into the component: read-only, as they were at its start.

use std::io::ErrorKind;

use anyhow::Context as _;
use async_trait::async_trait;
use bytes::Bytes;
use shared::ports::{Assets, AssetsError, is_asset_path};

/// The destination under `files` in spin.toml.
const MOUNT: &str = "/assets";

/// The component's files. One without any, as the consumer is, finds nothing.
pub struct MountedFiles;

#[async_trait(?Send)]
impl Assets for MountedFiles {
    async fn get(&self, path: &str) -> Result<Option<Bytes>, AssetsError> {
        if !is_asset_path(path) {
            return Ok(None);
        }
        match std::fs::read(format!("{MOUNT}/{path}")) {
            Ok(bytes) => Ok(Some(bytes.into())),
            Err(error) if is_missing(error.kind()) => Ok(None),
            Err(error) => Err(error).with_context(|| format!("reading {MOUNT}/{path}")).map_err(AssetsError),
        }
    }
}

fn is_missing(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::IsADirectory)
}
