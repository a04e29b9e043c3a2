//! Settings from Spin's variables.

use std::collections::HashMap;

use futures::future::join_all;
use shared::config::table::SETTINGS;
use shared::config::{Config, ConfigError};
use shared::logging;
use shared::ports::Clock as _;
use spin_sdk::variables::{self, Error};

use crate::clock::SystemClock;

/// Reads all settings and sets the log level. A variable that the component does not declare counts as not set.
///
/// # Errors
/// All settings that are missing or malformed, or whose provider does not answer.
pub async fn config() -> Result<Config, ConfigError> {
    let found = join_all(SETTINGS.iter().map(|setting| setting_text(setting.name))).await;
    let found: HashMap<_, _> = found.into_iter().collect();
    let config = Config::try_from_settings(|name| found.get(name).cloned().unwrap_or(Ok(None)))
        .inspect_err(|error| logging::not_configured(error, SystemClock.now()))?;
    logging::set_level(config.log_level);
    Ok(config)
}

/// The name of one setting and its value; its variable is the name in lower case.
async fn setting_text(name: &'static str) -> (&'static str, Result<Option<String>, String>) {
    let value = match variables::get(name.to_ascii_lowercase()).await {
        Ok(value) => Ok(Some(value)),
        Err(Error::Undefined(_)) => Ok(None),
        Err(error) => Err(error.to_string()),
    };
    (name, value)
}
