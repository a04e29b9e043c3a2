//! The manifests name exactly the settings of the table, where they have to.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::path::Path;

use shared::config::table::{SETTINGS, Setting, Unset};
use toml::{Table, Value};

const WORKERS: [&str; 2] = ["wrangler.toml", "queue-consumer/wrangler.toml"];
const COMPONENTS: [&str; 2] = ["edge", "queue-consumer"];

fn manifest(path: &str) -> Table {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    toml::from_str(&std::fs::read_to_string(root.join(path)).unwrap()).unwrap()
}

fn at<'a>(table: &'a Table, path: &[&str]) -> &'a Value {
    let (first, rest) = path.split_first().unwrap();
    rest.iter().fold(&table[*first], |value, name| &value[*name])
}

fn keys(value: &Value) -> BTreeSet<&str> {
    value.as_table().unwrap().keys().map(String::as_str).collect()
}

fn names(wanted: impl Fn(&Setting) -> bool) -> BTreeSet<&'static str> {
    SETTINGS.iter().filter(|setting| wanted(setting)).map(|setting| setting.name).collect()
}

#[test]
fn development_on_workers_sets_nothing_but_the_environment() {
    for path in WORKERS {
        assert_eq!(keys(at(&manifest(path), &["vars"])), BTreeSet::from(["ENVIRONMENT"]), "{path}");
    }
}

#[test]
fn production_on_workers_sets_what_production_requires() {
    let required = |setting: &Setting| setting.production == Unset::Refused;
    for path in WORKERS {
        let manifest = manifest(path);
        let vars = names(|setting| setting.name == "ENVIRONMENT" || (required(setting) && !setting.secret));
        assert_eq!(keys(at(&manifest, &["env", "production", "vars"])), vars, "{path}");
        let secrets = at(&manifest, &["env", "production", "secrets", "required"]).as_array().unwrap();
        let secrets: BTreeSet<_> = secrets.iter().map(|name| name.as_str().unwrap()).collect();
        assert_eq!(secrets, names(|setting| required(setting) && setting.secret), "{path}");
    }
}

#[test]
fn spin_declares_every_setting_with_a_default_and_secrets_as_such() {
    let manifest = manifest("spin.toml");
    let variables = at(&manifest, &["variables"]);
    let names: BTreeSet<_> = SETTINGS.iter().map(|setting| setting.name.to_lowercase()).collect();
    assert_eq!(keys(variables), names.iter().map(String::as_str).collect());
    for setting in SETTINGS {
        let variable = &variables[setting.name.to_lowercase()];
        let default = if setting.name == "ENVIRONMENT" { "development" } else { "" };
        assert_eq!(variable["default"].as_str(), Some(default), "{}", setting.name);
        let secret = variable.get("secret").is_some_and(|secret| secret.as_bool() == Some(true));
        assert_eq!(secret, setting.secret, "{}", setting.name);
    }
}

#[test]
fn both_spin_components_are_given_every_setting() {
    let manifest = manifest("spin.toml");
    for component in COMPONENTS {
        let variables = at(&manifest, &["component", component, "variables"]);
        let names: BTreeSet<_> = SETTINGS.iter().map(|setting| setting.name.to_lowercase()).collect();
        assert_eq!(keys(variables), names.iter().map(String::as_str).collect(), "{component}");
        for name in names {
            assert_eq!(variables[&name].as_str(), Some(format!("{{{{ {name} }}}}").as_str()), "{component}");
        }
    }
}
