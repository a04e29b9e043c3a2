//! Settings from Spin's variables.

use std::collections::HashMap;

use futures::future::try_join_all;
use shared::config::{Config, ConfigError, NAMES};
use spin_sdk::variables::{self, Error};

use crate::logging;

/// Reads all settings and sets the log level. A variable that the component does not declare counts as not set.
///
/// # Errors
/// The first setting that is missing or malformed, or whose provider does not answer.
pub async fn config() -> Result<Config, ConfigError> {
    let config = read().await.inspect_err(|error| {
        let line = serde_json::json!({
            "level": "error", "message": "the service is not configured", "error": error.to_string(),
        });
        log::error!("{line}");
    })?;
    logging::set_level(config.log_level);
    Ok(config)
}

async fn read() -> Result<Config, ConfigError> {
    let found = try_join_all(NAMES.map(setting)).await?;
    let found: HashMap<_, _> = found.into_iter().flatten().collect();
    Config::from_settings(|name| found.get(name).cloned())
}

/// The value of one setting; its variable is the name in lower case.
async fn setting(name: &'static str) -> Result<Option<(&'static str, String)>, ConfigError> {
    match variables::get(name.to_ascii_lowercase()).await {
        Ok(value) => Ok(Some((name, value))),
        Err(Error::Undefined(_)) => Ok(None),
        Err(error) => Err(ConfigError { name, problem: format!("could not be read: {error}") }),
    }
}
