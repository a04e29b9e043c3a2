//! The application: the manifest, compiled and ready to make instances.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};

use anyhow::{Context, Result, bail, ensure};
use wasmtime::component::{Component, Linker, ResourceTable};
use wasmtime::{Engine, Store, StoreLimitsBuilder};
use wasmtime_wasi::{FsPerms, WasiCtxBuilder};
use wasmtime_wasi_http::WasiHttpCtx;
use wasmtime_wasi_http::p3::bindings::ServicePre;

use crate::cli::Up;
use crate::client::HttpClient;
use crate::database::{Database, Location};
use crate::files::Copier;
use crate::hosts::AllowedHosts;
use crate::key_value::{DEFAULT_STORE, KeyValue, KeyValueState};
use crate::logs::LogPolicy;
use crate::manifest::{self, Application, Manifest, Route};
use crate::outbound::Outbound;
use crate::server::Server;
use crate::sqlite::{DEFAULT_DATABASE, SqliteState};
use crate::state::State;
use crate::variables::{Variables, VariablesState};
use crate::{engine, output, state};

/// No deadline: half of what fits, so that adding the current epoch cannot overflow.
const NO_DEADLINE: u64 = u64::MAX / 2;

/// Everything that instances share.
pub(crate) struct App {
    pub(crate) about: Application,
    pub(crate) routes: Vec<(Route, String)>,
    components: HashMap<String, LoadedComponent>,
    engine: Engine,
    client: HttpClient,
    database: Location,
    key_value: Arc<KeyValue>,
    variables: Arc<Variables>,
    logs: LogPolicy,
    max_memory: usize,
}

/// One component, compiled and linked.
struct LoadedComponent {
    id: Arc<str>,
    service: ServicePre<State>,
    allowed_hosts: Arc<AllowedHosts>,
    databases: Arc<HashSet<String>>,
    stores: Arc<HashSet<String>>,
    environment: Vec<(String, String)>,
    /// What its `/` shows, read-only; without files there is no `/`.
    files: Option<PathBuf>,
}

impl App {
    /// Reads the manifest, checks it, compiles the components and prepares files and stores. `working` is a directory
    /// for as long as the application runs.
    pub(crate) fn load(up: &Up, working: &Path) -> Result<Self> {
        let (mut manifest, path) = Manifest::load(&up.from)?;
        let root = path.parent().unwrap_or(Path::new("")).to_owned();
        let routes = manifest.routes()?;
        let triggered: HashSet<&str> = routes.iter().map(|(_, id)| id.as_str()).collect();
        manifest.components.retain(|id, _| triggered.contains(id.as_str()));
        let variables = variables(&manifest, up)?;

        let engine = engine::engine(&up.engine)?;
        let linker = state::linker(&engine)?;
        let loader = Loader {
            manifest: &manifest,
            root: &root,
            working,
            engine: &engine,
            linker,
            variables: &variables,
        };
        let components = loader.components(&up.env)?;

        let state = state_directory(up, &root)?;
        let ids: Vec<&str> = manifest.components.keys().map(String::as_str).collect();
        let logs = LogPolicy::prepare(&up.logs, state.as_deref(), &ids)?;
        let database = state.as_ref().map(|state| state.join("sqlite_db.db"));
        let app = Self {
            routes,
            components,
            engine,
            client: HttpClient::new()?,
            key_value: KeyValue::new(state.as_ref().map(|state| state.join("sqlite_key_value.db"))),
            database,
            variables: Arc::new(variables),
            logs,
            max_memory: up.max_instance_memory.unwrap_or(usize::MAX),
            about: manifest.application,
        };
        app.prepare_stores(up, state.as_deref())?;
        Ok(app)
    }

    /// `--sqlite` and `--key-value`, then where the data is.
    fn prepare_stores(&self, up: &Up, state: Option<&Path>) -> Result<()> {
        if let Some(state) = state {
            std::fs::create_dir_all(state)
                .with_context(|| format!("failed to create the state directory \"{}\"", state.display()))?;
        }
        for statement in &up.sqlite {
            self.run_statement(statement)?;
        }
        for (key, value) in &up.key_values {
            self.key_value.set(key, value.as_bytes()).context("failed to set key-value pair")?;
        }
        let shown = |file: &str| {
            state.map_or_else(|| "memory".to_owned(), |state| format!("\"{}\"", state.join(file).display()))
        };
        if self.components.values().any(|component| component.databases.contains(DEFAULT_DATABASE)) {
            output::note(&format!("Storing default SQLite data to {}.", shown("sqlite_db.db")));
        }
        if self.components.values().any(|component| component.stores.contains(DEFAULT_STORE)) {
            output::note(&format!("Storing default key-value data to {}.", shown("sqlite_key_value.db")));
        }
        Ok(())
    }

    /// `@FILE` runs every statement of the file; an inline string only its first.
    fn run_statement(&self, statement: &str) -> Result<()> {
        let database = Database::new(self.database.clone())?;
        let Some(config) = statement.strip_prefix('@') else {
            return database.first(statement).with_context(|| {
                format!("failed to execute following sql statement against default database: '{statement}'")
            });
        };
        let (file, label) = config.trim().split_once(':').unwrap_or((config.trim(), DEFAULT_DATABASE));
        ensure!(!file.is_empty(), "file path is empty in the '@{config}' sqlite statement");
        ensure!(
            label == DEFAULT_DATABASE,
            "based on the '@{config}' a registered database named '{label}' was expected but not found."
        );
        let sql = std::fs::read_to_string(file)
            .with_context(|| format!("could not read file '{file}' containing sql statements"))?;
        database
            .batch(&sql)
            .with_context(|| format!("failed to execute sql against database '{label}' from file '{file}'"))
    }

    /// Makes a store for a new instance of a component.
    pub(crate) fn store(
        &self,
        component: &str,
        server: Weak<Server>,
    ) -> Result<(Store<State>, &ServicePre<State>)> {
        let component = self.components.get(component).context("unknown component")?;
        let id = &component.id;
        let mut wasi = WasiCtxBuilder::new();
        wasi.envs(&component.environment)
            .stdout(self.logs.open(id, "stdout")?)
            .stderr(self.logs.open(id, "stderr")?);
        if let Some(files) = &component.files {
            wasi.preopened_dir(files, "/", FsPerms::ReadOnly)?;
        }
        let wasi = wasi.build();
        let allowed = component.allowed_hosts.clone();
        let state = State {
            table: ResourceTable::new(),
            wasi,
            http: WasiHttpCtx::new(),
            outbound: Outbound { allowed, client: self.client.clone(), server },
            sqlite: SqliteState::new(component.databases.clone(), self.database.clone()),
            key_value: KeyValueState::new(component.stores.clone(), self.key_value.clone()),
            variables: VariablesState::new(id.clone(), self.variables.clone()),
            limits: StoreLimitsBuilder::new().memory_size(self.max_memory).build(),
        };
        let mut store = Store::new(&self.engine, state);
        store.limiter(|state| &mut state.limits);
        store.set_epoch_deadline(NO_DEADLINE);
        Ok((store, &component.service))
    }
}

fn variables(manifest: &Manifest, up: &Up) -> Result<Variables> {
    let mut variables = Variables::new(manifest.variables.clone(), &up.variable)?;
    for (id, component) in &manifest.components {
        let load = || format!("Failed to load component `{id}`");
        variables.add_component(id, &component.variables).with_context(load)?;
        AllowedHosts::check(&component.allowed_outbound_hosts, &variables)
            .context("`allowed_outbound_hosts` is malformed")
            .with_context(load)?;
    }
    variables.check_required()?;
    Ok(variables)
}

/// `None` when `--state-dir ""` asks for memory.
fn state_directory(up: &Up, root: &Path) -> Result<Option<PathBuf>> {
    Ok(match up.state_dir.as_deref() {
        Some("") => None,
        Some(path) => Some(std::path::absolute(path)?),
        None => Some(root.join(".spin")),
    })
}

/// Compiles components.
struct Loader<'a> {
    manifest: &'a Manifest,
    root: &'a Path,
    working: &'a Path,
    engine: &'a Engine,
    linker: Linker<State>,
    variables: &'a Variables,
}

impl Loader<'_> {
    fn components(&self, environment: &[(String, String)]) -> Result<HashMap<String, LoadedComponent>> {
        let components = self.manifest.components.iter();
        let loaded = components.map(|(id, component)| {
            check_labels(id, component)?;
            Ok((id.clone(), self.component(id, component, environment)?))
        });
        loaded.collect()
    }

    fn component(
        &self,
        id: &str,
        component: &manifest::Component,
        environment: &[(String, String)],
    ) -> Result<LoadedComponent> {
        let path = component.source(id, self.root)?;
        let load = || format!("Failed to load component `{id}` from \"{}\"", path.display());
        let compiled =
            Component::from_file(self.engine, &path).map_err(anyhow::Error::from).with_context(load)?;
        let linked =
            self.linker.instantiate_pre(&compiled).map_err(anyhow::Error::from).with_context(load)?;
        let service = ServicePre::new(linked)
            .map_err(anyhow::Error::from)
            .context(
                "Expected component to export `wasi:http/handler@0.3.*`: the stand-in runs no other kind",
            )
            .with_context(load)?;
        let mut all = component.environment.clone();
        all.extend(environment.iter().cloned());
        Ok(LoadedComponent {
            id: id.into(),
            service,
            allowed_hosts: Arc::new(self.allowed_hosts(id, &component.allowed_outbound_hosts)),
            databases: Arc::new(component.sqlite_databases.iter().cloned().collect()),
            stores: Arc::new(component.key_value_stores.iter().cloned().collect()),
            environment: all.into_iter().collect(),
            files: self.files(id, component).with_context(|| format!("Failed to load component `{id}`"))?,
        })
    }

    /// Copies the component's files; `None` when it asks for none.
    fn files(&self, id: &str, component: &manifest::Component) -> Result<Option<PathBuf>> {
        if component.files.is_empty() {
            return Ok(None);
        }
        let target = self.working.join("assets").join(id);
        let copier = Copier::new(self.root, &target, &component.exclude_files)?;
        component.files.iter().try_for_each(|mount| copier.copy(mount))?;
        Ok(Some(target))
    }

    /// A template whose value is no destination denies everything at run time, as in Spin, but not silently.
    fn allowed_hosts(&self, id: &str, entries: &[String]) -> AllowedHosts {
        let ids: Vec<&str> = self.manifest.components.keys().map(String::as_str).collect();
        AllowedHosts::resolve(entries, self.variables, &ids).unwrap_or_else(|error| {
            output::warning(&format!(
                "component `{id}` may call no host: `allowed_outbound_hosts`: {error:#}"
            ));
            AllowedHosts::default()
        })
    }
}

/// Without a runtime configuration there is one database and one store, each called `default`.
fn check_labels(id: &str, component: &manifest::Component) -> Result<()> {
    if let Some(label) = component.key_value_stores.iter().find(|label| *label != DEFAULT_STORE) {
        bail!("unknown key_value_stores label {label:?} for component {id:?}");
    }
    if let Some(label) = component.sqlite_databases.iter().find(|label| *label != DEFAULT_DATABASE) {
        bail!("Component {id} uses database '{label}', which is not defined");
    }
    Ok(())
}
