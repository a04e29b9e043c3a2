//! Bindings by name, and what JavaScript says when something fails.

use std::cell::OnceCell;

use anyhow::{Context as _, anyhow, bail};
use js_sys::Reflect;
use wasm_bindgen::{JsCast, JsValue};
use worker::Env;

/// One binding of the environment, looked up on first use.
pub(crate) struct Binding<T> {
    env: Env,
    name: &'static str,
    found: OnceCell<T>,
}

impl<T: JsCast> Binding<T> {
    pub(crate) fn new(env: &Env, name: &'static str) -> Self {
        Self { env: env.clone(), name, found: OnceCell::new() }
    }

    /// The bound object. Its type is not checked: a binding of another kind fails at its first call.
    ///
    /// # Errors
    /// When the Worker has no binding of this name.
    pub(crate) fn get(&self) -> anyhow::Result<&T> {
        if let Some(found) = self.found.get() {
            return Ok(found);
        }
        let value = lookup(&self.env, self.name)?;
        Ok(self.found.get_or_init(|| value.unchecked_into()))
    }
}

/// Reads a binding as it is.
pub(crate) fn lookup(env: &Env, name: &str) -> anyhow::Result<JsValue> {
    let value = Reflect::get(env, &JsValue::from_str(name)).map_err(|error| explain(&error))?;
    if value.is_undefined() || value.is_null() {
        bail!("the Worker has no binding {name}: add it to its wrangler.toml");
    }
    Ok(value)
}

/// A JavaScript error as text: its message and those of its causes that say more.
pub(crate) fn describe(error: &JsValue) -> String {
    let Some(error) = error.dyn_ref::<js_sys::Error>() else {
        return error.as_string().unwrap_or_else(|| format!("{error:?}"));
    };
    let mut text = String::from(error.message());
    let mut cause = error.cause();
    // A cause may refer to itself; nobody nests deeper than this.
    for _ in 0..4 {
        let Ok(inner) = cause.dyn_into::<js_sys::Error>() else { break };
        let message = String::from(inner.message());
        if !text.contains(&message) {
            text = format!("{text}: {message}");
        }
        cause = inner.cause();
    }
    text
}

/// A JavaScript error as one of ours.
pub(crate) fn explain(error: &JsValue) -> anyhow::Error {
    anyhow!(describe(error))
}

/// An error of the `worker` crate as one of ours: its own type holds JavaScript objects, which `anyhow` cannot keep.
pub(crate) fn explain_worker(error: worker::Error) -> anyhow::Error {
    explain(&JsValue::from(error))
}

/// Text for a JSON value that JavaScript holds: one crossing of the boundary, whatever its size.
pub(crate) fn json(value: &JsValue) -> anyhow::Result<String> {
    let text = js_sys::JSON::stringify(value).map_err(|error| explain(&error))?;
    text.as_string().context("JavaScript answered something that JSON cannot say")
}
