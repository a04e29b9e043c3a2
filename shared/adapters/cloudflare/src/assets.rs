//! Files of the assets folder through the Worker's binding to its static assets.

use std::cell::OnceCell;

use anyhow::bail;
use async_trait::async_trait;
use bytes::Bytes;
use shared::ports::{Assets, AssetsError, is_asset_path};
use worker::{Env, Fetcher};

use crate::ASSETS;
use crate::binding::{explain_worker, lookup};

/// Only for the form: the binding looks at the path.
const ORIGIN: &str = "https://assets/";

/// The static assets that wrangler uploads with the Worker.
pub(crate) struct StaticAssets {
    env: Env,
    binding: OnceCell<Fetcher>,
}

impl StaticAssets {
    pub(crate) fn new(env: &Env) -> Self {
        Self { env: env.clone(), binding: OnceCell::new() }
    }

    fn binding(&self) -> anyhow::Result<&Fetcher> {
        if let Some(binding) = self.binding.get() {
            return Ok(binding);
        }
        lookup(&self.env, ASSETS)?;
        let binding = self.env.assets(ASSETS).map_err(explain_worker)?;
        Ok(self.binding.get_or_init(|| binding))
    }

    async fn fetch(&self, path: &str) -> anyhow::Result<Option<Bytes>> {
        let response = self.binding()?.fetch(format!("{ORIGIN}{path}"), None).await;
        let mut response = response.map_err(explain_worker)?;
        match response.status_code() {
            200 => Ok(Some(response.bytes().await.map_err(explain_worker)?.into())),
            404 => Ok(None),
            other => bail!("the static assets answered {other} to {path}"),
        }
    }
}

#[async_trait(?Send)]
impl Assets for StaticAssets {
    async fn get(&self, path: &str) -> Result<Option<Bytes>, AssetsError> {
        if !is_asset_path(path) {
            return Ok(None);
        }
        self.fetch(path).await.map_err(AssetsError)
    }
}
