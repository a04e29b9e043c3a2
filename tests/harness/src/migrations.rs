//! The schema files, and what a local database already has of them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use rusqlite::{Connection, OpenFlags};

use crate::build_outputs::Part;
use crate::{Runtime, state, workspace, wrangler};

/// The list of applied migrations, as wrangler creates it.
const LIST_TABLE: &str = "CREATE TABLE IF NOT EXISTS d1_migrations (id INTEGER PRIMARY KEY AUTOINCREMENT, \
    name TEXT UNIQUE, applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL)";

/// File names of all migrations, in the order they apply.
///
/// # Errors
/// When the directory cannot be read.
pub fn names() -> Result<Vec<String>> {
    let directory = directory();
    let mut names: Vec<String> = std::fs::read_dir(&directory)
        .with_context(|| format!("cannot read {}", directory.display()))?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| Path::new(name).extension().is_some_and(|extension| extension == "sql"))
        .collect();
    names.sort();
    Ok(names)
}

/// Where the migrations are.
pub fn directory() -> PathBuf {
    workspace::root().join("shared/migrations")
}

/// Whether the application's database below `state` exists and has every migration.
///
/// # Errors
/// When the migrations cannot be read.
pub fn are_applied(runtime: Runtime, state: &Path) -> Result<bool> {
    let wanted = names()?;
    let applied = state::database_file(runtime, state).and_then(|file| applied(&file));
    Ok(applied.is_ok_and(|applied| wanted.iter().all(|name| applied.contains(name))))
}

/// Brings the application's database below `state` up to date: D1 through wrangler, the others directly, with the
/// same list of applied migrations.
///
/// # Errors
/// When a migration fails; nothing of that one is left.
pub fn apply(runtime: Runtime, state: &Path, manifest: impl FnOnce() -> Result<PathBuf>) -> Result<()> {
    if are_applied(runtime, state)? {
        return Ok(());
    }
    match runtime {
        Runtime::Workerd => apply_to_d1(state, &manifest()?),
        Runtime::Native | Runtime::Spin => apply_to_file(&state.join(state::DATABASE)),
    }
}

fn apply_to_d1(state: &Path, manifest: &Path) -> Result<()> {
    let database = database_name(&Part::Edge.wrangler_manifest())?;
    let output = wrangler::command(state)?
        .args(["d1", "migrations", "apply", &database, "--local"])
        .arg("--persist-to")
        .arg(state)
        .arg("--config")
        .arg(manifest)
        .stdin(std::process::Stdio::null())
        .output()
        .context("wrangler could not be started")?;
    if !output.status.success() {
        bail!(
            "wrangler could not apply the migrations:\n{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok(())
}

fn apply_to_file(file: &Path) -> Result<()> {
    let mut connection = Connection::open(file).with_context(|| format!("cannot open {}", file.display()))?;
    connection.execute_batch(LIST_TABLE)?;
    let applied = applied(file)?;
    for name in names()?.into_iter().filter(|name| !applied.contains(name)) {
        let sql = std::fs::read_to_string(directory().join(&name))
            .with_context(|| format!("cannot read {name}"))?;
        let transaction = connection.transaction()?;
        transaction.execute("INSERT INTO d1_migrations (name) VALUES (?1)", [&name])?;
        transaction.execute_batch(&sql).with_context(|| format!("migration {name} failed"))?;
        transaction.commit()?;
    }
    Ok(())
}

fn applied(file: &Path) -> Result<BTreeSet<String>> {
    let connection = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let mut statement = connection.prepare("SELECT name FROM d1_migrations")?;
    let names = statement.query_map([], |row| row.get(0))?;
    Ok(names.collect::<rusqlite::Result<_>>()?)
}

/// An empty database with the whole schema, which ends with the value.
///
/// # Errors
/// When a migration fails.
pub fn in_memory() -> Result<Connection> {
    let connection = Connection::open_in_memory()?;
    connection.pragma_update(None, "foreign_keys", true)?;
    for name in names()? {
        let sql = std::fs::read_to_string(directory().join(&name))?;
        connection.execute_batch(&sql).with_context(|| format!("migration {name} failed"))?;
    }
    Ok(connection)
}

/// Takes every entry out of the list of applied migrations, so that the schema looks as if it were behind.
///
/// # Errors
/// When the database is missing or refuses.
pub fn forget(runtime: Runtime, state: &Path) -> Result<()> {
    let file = state::database_file(runtime, state)?;
    let connection = Connection::open(&file).with_context(|| format!("cannot open {}", file.display()))?;
    let forgotten = connection.execute("DELETE FROM d1_migrations", [])?;
    ensure!(forgotten > 0, "{} lists no migration", file.display());
    Ok(())
}

/// The `SQLite` file of the local D1 below `state`.
///
/// # Errors
/// When there is none, or more than one.
pub fn d1_file(state: &Path) -> Result<PathBuf> {
    let directory = state.join("v3/d1/miniflare-D1DatabaseObject");
    let mut files: Vec<PathBuf> = std::fs::read_dir(&directory)
        .with_context(|| format!("no local D1 in {}", directory.display()))?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "sqlite"))
        // miniflare's own bookkeeping.
        .filter(|path| path.file_stem().is_some_and(|stem| stem != "metadata"))
        .collect();
    match (files.pop(), files.is_empty()) {
        (Some(file), true) => Ok(file),
        (Some(_), false) => bail!("{} holds more than one database: start with --fresh", directory.display()),
        (None, _) => bail!("{} holds no database yet", directory.display()),
    }
}

fn database_name(manifest: &Path) -> Result<String> {
    let text =
        std::fs::read_to_string(manifest).with_context(|| format!("cannot read {}", manifest.display()))?;
    let config: toml::Table = toml::from_str(&text)?;
    let name = config.get("d1_databases").and_then(|list| list.get(0)?.get("database_name")?.as_str());
    name.map(str::to_owned).with_context(|| format!("{} names no D1 database", manifest.display()))
}
