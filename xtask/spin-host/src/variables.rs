//! Application variables: templates, their providers, and `spin:variables`.
//!
//! A value comes from the first of `--variable`, the environment (`SPIN_VARIABLE_NAME`), `.env` in the working
//! directory, and the manifest's default. Components see only the variables that their own table names.

use std::collections::{BTreeMap, HashMap};
use std::env::VarError;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::{Arc, OnceLock};

use anyhow::{Context, bail};
use wasmtime::component::{Accessor, HasData};

use crate::bindings::spin::variables::variables as spin;
use crate::manifest::Variable;

const ENVIRONMENT_PREFIX: &str = "SPIN_VARIABLE_";
const DOTENV: &str = ".env";

/// Why a variable has no value. The words are Spin's.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Error {
    InvalidName(String),
    InvalidTemplate(String),
    Provider(String),
    Undefined(String),
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InvalidName(text) => write!(out, "invalid variable name: {text}"),
            Self::InvalidTemplate(text) => write!(out, "invalid variable template: {text}"),
            Self::Provider(text) => write!(out, "provider error: {text}"),
            Self::Undefined(text) => write!(out, "undefined variable: {text}"),
        }
    }
}

impl std::error::Error for Error {}

type Result<T, E = Error> = std::result::Result<T, E>;

/// Text with `{{ variable }}` in it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Template(Vec<Part>);

#[derive(Clone, Debug, PartialEq)]
enum Part {
    Literal(String),
    Variable(String),
}

impl FromStr for Template {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((literal, open)) = rest.split_once("{{") {
            let Some((name, after)) = open.split_once("}}") else {
                return Err(Error::InvalidTemplate("unmatched '{{' in template".to_owned()));
            };
            parts.extend((!literal.is_empty()).then(|| Part::Literal(literal.to_owned())));
            parts.push(Part::Variable(name.trim().to_owned()));
            rest = after;
        }
        parts.extend((!rest.is_empty()).then(|| Part::Literal(rest.to_owned())));
        Ok(Self(parts))
    }
}

impl Template {
    fn resolve(&self, value: impl Fn(&str) -> Result<String>) -> Result<String> {
        self.0
            .iter()
            .map(|part| match part {
                Part::Literal(text) => Ok(text.clone()),
                Part::Variable(name) => value(name),
            })
            .collect()
    }

    /// Whether the text has no variable in it.
    pub(crate) fn is_literal(&self) -> bool {
        self.0.iter().all(|part| matches!(part, Part::Literal(_)))
    }
}

/// One `--variable` argument.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum VariableSource {
    Literal(String, String),
    FileContent(String, PathBuf),
    JsonFile(PathBuf),
    TomlFile(PathBuf),
}

impl FromStr for VariableSource {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        if let Some(path) = text.strip_prefix('@') {
            let path = PathBuf::from(path);
            return match path.extension().and_then(|extension| extension.to_str()) {
                Some("json") => Ok(Self::JsonFile(path)),
                Some("toml") => Ok(Self::TomlFile(path)),
                _ => bail!("variable files must end in .json or .toml"),
            };
        }
        match text.split_once('=') {
            Some((key, value)) => Ok(match value.strip_prefix('@') {
                Some(path) => Self::FileContent(key.to_owned(), path.into()),
                None => Self::Literal(key.to_owned(), value.to_owned()),
            }),
            None => bail!("variables must be in the form 'key=value' or '@file'"),
        }
    }
}

impl VariableSource {
    fn read(&self) -> anyhow::Result<HashMap<String, String>> {
        let text = |path: &PathBuf| {
            std::fs::read_to_string(path).with_context(|| format!("Failed to read \"{}\".", path.display()))
        };
        Ok(match self {
            Self::Literal(key, value) => HashMap::from([(key.clone(), value.clone())]),
            Self::FileContent(key, path) => HashMap::from([(key.clone(), text(path)?)]),
            Self::JsonFile(path) => serde_json::from_str(&text(path)?)
                .with_context(|| format!("Failed to parse JSON from \"{}\".", path.display()))?,
            Self::TomlFile(path) => toml::from_str(&text(path)?)
                .with_context(|| format!("Failed to parse TOML from \"{}\".", path.display()))?,
        })
    }
}

/// Every variable of the application and every component's view of them.
pub(crate) struct Variables {
    declared: BTreeMap<String, Variable>,
    components: HashMap<String, HashMap<String, Template>>,
    given: HashMap<String, String>,
    dotenv: OnceLock<std::result::Result<HashMap<String, String>, String>>,
}

impl Variables {
    /// Checks names and templates; reads `--variable` files.
    pub(crate) fn new(
        declared: BTreeMap<String, Variable>,
        sources: &[VariableSource],
    ) -> anyhow::Result<Self> {
        for name in declared.keys() {
            validate_name(name)?;
        }
        let mut given = HashMap::new();
        for source in sources {
            given.extend(source.read()?);
        }
        Ok(Self { declared, components: HashMap::new(), given, dotenv: OnceLock::new() })
    }

    /// Adds the `[component.ID.variables]` table of a component.
    pub(crate) fn add_component(&mut self, id: &str, table: &BTreeMap<String, String>) -> Result<()> {
        let mut templates = HashMap::new();
        for (name, text) in table {
            validate_name(name)?;
            templates.insert(name.clone(), self.template(text)?);
        }
        self.components.insert(id.to_owned(), templates);
        Ok(())
    }

    /// Parses a template and checks that the application declares its variables.
    fn template(&self, text: &str) -> Result<Template> {
        let template: Template = text.parse()?;
        for part in &template.0 {
            if let Part::Variable(name) = part
                && !self.declared.contains_key(name)
            {
                return Err(Error::InvalidTemplate(format!("unknown variable {name:?}")));
            }
        }
        Ok(template)
    }

    /// Fails with the names of the required variables that nothing gives a value.
    pub(crate) fn check_required(&self) -> Result<()> {
        let missing: Vec<_> = self
            .declared
            .iter()
            .filter(|(name, variable)| {
                variable.default.is_none() && !matches!(self.provided(name), Ok(Some(_)))
            })
            .map(|(name, _)| name)
            .collect();
        if missing.is_empty() {
            return Ok(());
        }
        Err(Error::Provider(format!("no provider resolved required variable(s): {missing:?}")))
    }

    /// What a component reads under `name`.
    pub(crate) fn get(&self, component: &str, name: &str) -> Result<String> {
        validate_name(name)?;
        let templates = self
            .components
            .get(component)
            .ok_or_else(|| Error::Undefined(format!("no variable for component {component:?}")))?;
        let template = templates
            .get(name)
            .ok_or_else(|| Error::Undefined(format!("no variable for {component:?}.{name:?}")))?;
        self.resolve(template)
    }

    /// Fills a template in.
    pub(crate) fn resolve(&self, template: &Template) -> Result<String> {
        template.resolve(|name| self.value(name))
    }

    /// Fills a template in from the manifest's defaults alone, where they suffice.
    pub(crate) fn resolve_defaults(&self, template: &Template) -> Option<String> {
        let default = |name: &str| self.declared.get(name).and_then(|variable| variable.default.clone());
        template.resolve(|name| default(name).ok_or_else(|| Error::InvalidName(name.to_owned()))).ok()
    }

    fn value(&self, name: &str) -> Result<String> {
        if let Some(value) = self.provided(name)? {
            return Ok(value);
        }
        let variable = self.declared.get(name).ok_or_else(|| Error::InvalidName(name.to_owned()))?;
        let default = variable.default.clone();
        default.ok_or_else(|| Error::Provider(format!("no provider resolved required variable {name:?}")))
    }

    #[expect(clippy::disallowed_methods, reason = "the environment is where Spin's users set variables")]
    fn provided(&self, name: &str) -> Result<Option<String>> {
        if let Some(value) = self.given.get(name) {
            return Ok(Some(value.clone()));
        }
        let key = format!("{ENVIRONMENT_PREFIX}{}", name.to_ascii_uppercase());
        match std::env::var(&key) {
            Ok(value) => Ok(Some(value)),
            Err(VarError::NotPresent) => self.dotenv().map(|file| file.get(&key).cloned()),
            Err(VarError::NotUnicode(_)) => Err(Error::Provider(format!("failed to resolve env var {key}"))),
        }
    }

    /// `.env` is read once, and only when the environment itself lacks a variable. No file is no error.
    fn dotenv(&self) -> Result<&HashMap<String, String>> {
        let file = self.dotenv.get_or_init(|| {
            let lines = dotenvy::from_path_iter(DOTENV).into_iter().flatten();
            lines.collect::<std::result::Result<_, _>>().map_err(|error| error.to_string())
        });
        file.as_ref().map_err(|error| Error::Provider(error.clone()))
    }
}

/// Lower-case words of letters and digits, joined by single underscores.
fn validate_name(name: &str) -> Result<()> {
    let reason = if name.is_empty() {
        "must not be empty".to_owned()
    } else if let Some(bad) =
        name.chars().find(|c| !(c.is_ascii_lowercase() || c.is_ascii_digit() || *c == '_'))
    {
        format!(
            "invalid character {bad:?}. Variable names may contain only lower-case letters, numbers, and underscores."
        )
    } else if !name.starts_with(|c: char| c.is_ascii_lowercase()) {
        "must start with a lowercase ASCII letter".to_owned()
    } else if name.ends_with('_') {
        "must end with a lowercase ASCII letter or digit".to_owned()
    } else if name.contains("__") {
        "must not contain multiple consecutive underscores".to_owned()
    } else {
        return Ok(());
    };
    Err(Error::InvalidName(format!("{name:?}: {reason}")))
}

/// One instance's window on the variables.
pub(crate) struct VariablesState {
    component: Arc<str>,
    variables: Arc<Variables>,
}

impl VariablesState {
    pub(crate) fn new(component: Arc<str>, variables: Arc<Variables>) -> Self {
        Self { component, variables }
    }
}

impl HasData for VariablesState {
    type Data<'a> = &'a mut Self;
}

impl spin::Host for VariablesState {
    fn convert_error(&mut self, error: spin::Error) -> wasmtime::Result<spin::Error> {
        Ok(error)
    }
}

impl<T: Send> spin::HostWithStore<T> for VariablesState {
    async fn get(accessor: &Accessor<T, Self>, name: String) -> Result<String, spin::Error> {
        let (component, variables) = accessor.with(|mut access| {
            let state = access.get();
            (state.component.clone(), state.variables.clone())
        });
        variables.get(&component, &name).map_err(|error| match error {
            Error::InvalidName(text) => spin::Error::InvalidName(text),
            Error::Undefined(text) => spin::Error::Undefined(text),
            Error::InvalidTemplate(_) => spin::Error::Other(error.to_string()),
            Error::Provider(text) => spin::Error::Provider(text),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables() -> Variables {
        let declared = [("greeting", Some("hi")), ("needed", None)]
            .map(|(name, default)| (name.to_owned(), Variable::with_default(default)));
        let given = ["given=yes".parse().unwrap()];
        let mut variables = Variables::new(declared.into(), &given).unwrap();
        let table = [("text", "{{ greeting }}, {{greeting}}!"), ("bad", "{{ needed }}")];
        let table = table.map(|(name, text)| (name.to_owned(), text.to_owned())).into();
        variables.add_component("api", &table).unwrap();
        variables
    }

    #[test]
    fn a_template_is_filled_in_from_defaults() {
        assert_eq!(variables().get("api", "text").unwrap(), "hi, hi!");
    }

    #[test]
    fn a_component_sees_only_its_own_names() {
        let undefined = Error::Undefined("no variable for \"api\".\"greeting\"".to_owned());
        assert_eq!(variables().get("api", "greeting"), Err(undefined));
        assert!(matches!(variables().get("api", "Bad"), Err(Error::InvalidName(_))));
    }

    #[test]
    fn required_variables_without_a_value_are_named() {
        let error = variables().check_required().unwrap_err();
        assert!(error.to_string().contains("[\"needed\"]"), "{error}");
    }

    #[test]
    fn an_unknown_variable_in_a_template_is_refused() {
        let table = BTreeMap::from([("x".to_owned(), "{{ nope }}".to_owned())]);
        assert!(matches!(variables().add_component("b", &table), Err(Error::InvalidTemplate(_))));
        assert!("{{ open".parse::<Template>().is_err());
    }
}
