//! State directories: where each server keeps its database and logs.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context as _, Result, bail};
use rusqlite::Connection;
use rusqlite::types::ValueRef;
use rustix::process::Pid;

use crate::{Runtime, migrations, workspace};

/// Spin's own name for its default database; the native program uses it too.
pub const DATABASE: &str = "sqlite_db.db";

/// The application's `SQLite` file below `state`. It exists once the schema has been applied.
///
/// # Errors
/// When there is none.
pub fn database_file(runtime: Runtime, state: &Path) -> Result<PathBuf> {
    if runtime == Runtime::Workerd {
        return migrations::d1_file(state);
    }
    let file = state.join(DATABASE);
    if !file.exists() {
        bail!("{} does not exist: the application has not created its database there", file.display());
    }
    Ok(file)
}

/// Runs one statement on the application's database below `state`, under the running server: for what no route does.
/// Answers the first column of each row as text, empty for NULL.
///
/// # Errors
/// When the database is missing or refuses.
pub fn sql(runtime: Runtime, state: &Path, sql: &str, params: &[&str]) -> Result<Vec<String>> {
    let file = database_file(runtime, state)?;
    let connection = Connection::open(&file).with_context(|| format!("cannot open {}", file.display()))?;
    connection.execute_batch("PRAGMA foreign_keys = ON")?;
    let mut statement = connection.prepare(sql)?;
    let first = |row: &rusqlite::Row<'_>| {
        Ok(match row.get_ref(0)? {
            ValueRef::Null => String::new(),
            ValueRef::Integer(number) => number.to_string(),
            ValueRef::Real(number) => number.to_string(),
            ValueRef::Text(bytes) | ValueRef::Blob(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        })
    };
    let rows = statement.query_map(rusqlite::params_from_iter(params), first)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// A new directory for one test server. Directories of processes that are gone are removed on the way, so that the
/// logs of a failed run stay until the next one.
///
/// # Errors
/// When the directory cannot be created.
pub fn new_server_directory(runtime: Runtime) -> Result<PathBuf> {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let all = workspace::scratch().join("servers");
    remove_abandoned(&all);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let directory = all.join(format!("{}-{}-{number}", std::process::id(), runtime.name()));
    fs::create_dir_all(&directory).with_context(|| format!("cannot create {}", directory.display()))?;
    Ok(directory)
}

fn remove_abandoned(all: &Path) {
    for path in fs::read_dir(all).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path())) {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let owner = name.split('-').next().and_then(|pid| Pid::from_raw(pid.parse().ok()?));
        if owner.is_some_and(|pid| rustix::process::test_kill_process(pid).is_err()) {
            // Two runs may clean up at once: whoever comes second finds nothing.
            let _ = fs::remove_dir_all(path);
        }
    }
}

/// Copies a directory with everything in it.
///
/// # Errors
/// When a file cannot be read or written.
pub fn copy_directory(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to).with_context(|| format!("cannot create {}", to.display()))?;
    for entry in fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_directory(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), &target).with_context(|| format!("cannot write {}", target.display()))?;
        }
    }
    Ok(())
}
