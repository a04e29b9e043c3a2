//! Settings from Worker variables and secrets.

use js_sys::Reflect;
use wasm_bindgen::JsValue;
use worker::Env;

/// Reads settings for [`shared::config::Config::from_settings`]. Numbers and booleans, which wrangler.toml allows
/// without quotes, count as their text; a binding of any other kind counts as not set.
pub fn settings(env: &Env) -> impl Fn(&str) -> Option<String> {
    |name| {
        let value = Reflect::get(env, &JsValue::from_str(name)).ok()?;
        value
            .as_string()
            .or_else(|| value.as_bool().map(|flag| flag.to_string()))
            .or_else(|| value.as_f64().map(|number| number.to_string()))
    }
}
