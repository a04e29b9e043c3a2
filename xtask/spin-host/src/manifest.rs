//! `spin.toml`, manifest version 2, as far as this stand-in runs it.
//!
//! Unknown keys are refused, as Spin does. Keys that Spin knows and the stand-in doesn't are refused with their name.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;
use toml::Value;

use crate::files::Mount;

/// The manifest.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Manifest {
    spin_manifest_version: Value,
    pub(crate) application: Application,
    #[serde(default)]
    pub(crate) variables: BTreeMap<String, Variable>,
    #[serde(default)]
    trigger: Triggers,
    #[serde(default, rename = "component")]
    pub(crate) components: BTreeMap<String, Component>,
}

/// `[application]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Application {
    pub(crate) name: String,
    pub(crate) version: Option<String>,
    #[serde(rename = "description")]
    _description: Option<String>,
    #[serde(rename = "authors")]
    _authors: Option<Vec<String>>,
    #[serde(rename = "targets")]
    _targets: Option<Value>,
    #[serde(rename = "tool")]
    _tool: Option<Value>,
    trigger: Option<Value>,
}

/// `[variables] NAME = { … }`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Variable {
    #[serde(rename = "description")]
    _description: Option<String>,
    #[serde(default)]
    required: bool,
    pub(crate) default: Option<String>,
    /// Spin redacts nothing that the stand-in prints: it prints no values.
    #[serde(default, rename = "secret")]
    _secret: bool,
}

#[cfg(test)]
impl Variable {
    /// A variable with a default, or a required one.
    pub(crate) fn with_default(default: Option<&str>) -> Self {
        Self {
            _description: None,
            required: default.is_none(),
            default: default.map(str::to_owned),
            _secret: false,
        }
    }
}

#[derive(Debug, Default, Deserialize)]
struct Triggers {
    #[serde(default)]
    http: Vec<Trigger>,
    #[serde(flatten)]
    others: BTreeMap<String, Value>,
}

/// `[[trigger.http]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Trigger {
    #[serde(rename = "id")]
    _id: Option<String>,
    component: Option<Value>,
    route: Option<Route>,
    executor: Option<Executor>,
    components: Option<Value>,
    dependencies: Option<Value>,
    static_response: Option<Value>,
}

/// Where a trigger listens.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(untagged)]
pub(crate) enum Route {
    /// A path, with `:name` segments and an optional `/...` at its end.
    Path(String),
    /// Reachable from other components only.
    Private(PrivateRoute),
}

/// `{ private = true }`
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(crate) struct PrivateRoute {
    private: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Executor {
    #[serde(rename = "type")]
    kind: String,
}

/// `[component.ID]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Component {
    source: Value,
    #[serde(rename = "description")]
    _description: Option<String>,
    #[serde(default)]
    pub(crate) variables: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) environment: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) allowed_outbound_hosts: Vec<String>,
    #[serde(default)]
    pub(crate) key_value_stores: Vec<String>,
    #[serde(default)]
    pub(crate) sqlite_databases: Vec<String>,
    #[serde(default)]
    pub(crate) files: Vec<Mount>,
    #[serde(default)]
    pub(crate) exclude_files: Vec<String>,
    build: Option<Build>,
    #[serde(rename = "targets")]
    _targets: Option<Value>,
    #[serde(rename = "tool")]
    _tool: Option<Value>,
    /// Overrides that only `--profile` selects, a flag that the stand-in refuses.
    #[serde(rename = "profile")]
    _profile: Option<Value>,
    ai_models: Option<Value>,
    allowed_http_hosts: Option<Value>,
    dependencies: Option<Value>,
    #[serde(rename = "dependencies_inherit_configuration")]
    dependencies_inherit: Option<Value>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Build {
    command: Commands,
    #[serde(rename = "workdir")]
    _workdir: Option<String>,
    #[serde(rename = "watch")]
    _watch: Option<Vec<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Commands {
    One(String),
    Several(Vec<String>),
}

impl Manifest {
    /// Resolves `--from` (a file, or a directory with a spin.toml), reads and checks it.
    pub(crate) fn load(from: &Path) -> Result<(Self, PathBuf)> {
        let path = if from.is_dir() { from.join("spin.toml") } else { from.to_owned() };
        ensure!(path.is_file(), "File or directory '{}' not found.", path.display());
        let named = || format!("Failed to read Spin app manifest from \"{}\"", path.display());
        let text = std::fs::read_to_string(&path).with_context(named)?;
        let manifest = Self::parse(&text).with_context(named)?;
        Ok((manifest, path))
    }

    fn parse(text: &str) -> Result<Self> {
        let manifest: Self = toml::from_str(text)?;
        let version = &manifest.spin_manifest_version;
        ensure!(version.as_integer() == Some(2), "invalid spin_manifest_version: {version}; must be 2");
        refuse("[application]", [("trigger", &manifest.application.trigger)])?;
        for (name, variable) in &manifest.variables {
            let one = variable.required != variable.default.is_some();
            ensure!(one, "variable `{name}`: must be `required` OR have a `default`");
        }
        for (id, component) in &manifest.components {
            component.check(id)?;
        }
        Ok(manifest)
    }

    /// Every HTTP trigger: its route and the id of its component.
    pub(crate) fn routes(&self) -> Result<Vec<(Route, String)>> {
        if let Some(kind) = self.trigger.others.keys().next() {
            bail!("Couldn't find trigger executor for `{kind}`: the stand-in has the http trigger only");
        }
        let routes = self.trigger.http.iter().map(|trigger| self.route(trigger));
        let routes = routes.collect::<Result<Vec<_>>>()?;
        ensure!(!routes.is_empty(), "No triggers in app");
        Ok(routes)
    }

    fn route(&self, trigger: &Trigger) -> Result<(Route, String)> {
        let unsupported = [
            ("components", &trigger.components),
            ("dependencies", &trigger.dependencies),
            ("static_response", &trigger.static_response),
        ];
        refuse("[[trigger.http]]", unsupported)?;
        if let Some(executor) = &trigger.executor {
            let known = matches!(executor.kind.as_str(), "http" | "spin");
            ensure!(known, "executor `{}` is not supported by the stand-in", executor.kind);
        }
        let component = match &trigger.component {
            Some(Value::String(id)) => id,
            Some(_) => {
                bail!("inline components are not supported by the stand-in: give the component a table")
            }
            None => bail!("Triggers must specify either component or static_response"),
        };
        ensure!(self.components.contains_key(component), "no component with the id `{component}`");
        let route = trigger.route.clone();
        let route = route.with_context(|| format!("the trigger of `{component}` lacks a `route`"))?;
        if let Route::Private(PrivateRoute { private: false }) = route {
            bail!(
                "route must be a string pattern or '{{ private = true }}': '{component}' has {{ private = false }}"
            );
        }
        Ok((route, component.clone()))
    }
}

impl Component {
    fn check(&self, id: &str) -> Result<()> {
        check_kebab(id).with_context(|| format!("invalid component id {id:?}"))?;
        let unsupported = [
            ("ai_models", &self.ai_models),
            ("allowed_http_hosts", &self.allowed_http_hosts),
            ("dependencies", &self.dependencies),
            ("dependencies_inherit_configuration", &self.dependencies_inherit),
        ];
        refuse(&format!("[component.{id}]"), unsupported)
    }

    /// The Wasm file, or a sentence that says how to build it.
    pub(crate) fn source(&self, id: &str, root: &Path) -> Result<PathBuf> {
        let Value::String(source) = &self.source else {
            bail!("component `{id}`: only a local `source` file is supported by the stand-in");
        };
        let path = root.join(source);
        if path.is_file() {
            return Ok(path);
        }
        let hint = self.build.as_ref().map_or_else(String::new, |build| {
            let command = match &build.command {
                Commands::One(command) => command.clone(),
                Commands::Several(commands) => commands.join(" && "),
            };
            format!("; build it with `{command}`")
        });
        bail!("component `{id}`: the Wasm file \"{}\" does not exist{hint}", path.display())
    }
}

fn refuse<const N: usize>(place: &str, keys: [(&str, &Option<Value>); N]) -> Result<()> {
    for (key, value) in keys {
        ensure!(value.is_none(), "{place}: `{key}` is a key of Spin that the stand-in does not support");
    }
    Ok(())
}

/// Words of one case that start with a letter, joined by single hyphens.
fn check_kebab(id: &str) -> Result<()> {
    for word in id.split('-') {
        let starts = word.starts_with(|c: char| c.is_ascii_alphabetic());
        ensure!(starts, "'-'-separated words must start with an ASCII letter");
        let plain = word.bytes().all(|byte| byte.is_ascii_alphanumeric());
        ensure!(plain, "'-'-separated words may only contain alphanumeric ASCII");
        let upper = word.bytes().any(|byte| byte.is_ascii_uppercase());
        let lower = word.bytes().any(|byte| byte.is_ascii_lowercase());
        ensure!(!(upper && lower), "'-'-separated words must be all lowercase or all UPPERCASE");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "spin_manifest_version = 2\n[application]\nname = \"a\"\n";

    fn parse(rest: &str) -> Result<Manifest> {
        Manifest::parse(&format!("{HEAD}{rest}"))
    }

    fn error(rest: &str) -> String {
        format!("{:#}", parse(rest).and_then(|manifest| manifest.routes()).unwrap_err())
    }

    #[test]
    fn public_and_private_routes_are_read() {
        let text = "[[trigger.http]]\nroute = \"/...\"\ncomponent = \"api\"\n\
                    [[trigger.http]]\nroute = { private = true }\ncomponent = \"api\"\n\
                    [component.api]\nsource = \"a.wasm\"\n";
        let routes = parse(text).unwrap().routes().unwrap();
        assert_eq!(routes[0], (Route::Path("/...".to_owned()), "api".to_owned()));
        assert_eq!(routes[1].0, Route::Private(PrivateRoute { private: true }));
    }

    #[test]
    fn what_is_not_supported_is_named() {
        assert!(error("[component.api]\nsource = \"a.wasm\"\nai_models = [\"x\"]\n").contains("`ai_models`"));
        assert!(
            error("[component.api]\nsource = \"a.wasm\"\nfilez = [\"x\"]\n")
                .contains("unknown field `filez`")
        );
        assert!(error("[[trigger.cron]]\ncron_expression = \"*\"\n").contains("`cron`"));
        assert!(error("[variables]\nx = { secret = true }\n").contains("`x`: must be `required` OR"));
        assert!(error("").contains("No triggers in app"));
    }
}
