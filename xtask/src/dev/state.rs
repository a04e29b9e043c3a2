//! The state directory of `dev`: database, admin login, and notes on what has been done to it.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use harness::{Admin, random, workspace};
use serde::{Deserialize, Serialize};

use crate::cli::DevRuntime;

/// Marks a directory as ours; `--fresh` removes no other.
const NOTES: &str = "ashlar-dev.json";

/// What we remember between two starts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Notes {
    email: String,
    password: String,
    /// What the database was seeded with.
    seeded: Option<Seeded>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Seeded {
    email: String,
    password: String,
    products: u32,
}

/// An opened state directory; nobody else can open it until this value is dropped.
#[derive(Debug)]
pub(super) struct State {
    pub(super) directory: PathBuf,
    pub(super) admin: Admin,
    notes: Notes,
    _lock: File,
}

impl State {
    /// Opens or creates the directory: the one that is named, else the runtime's own.
    pub(super) fn open(runtime: DevRuntime, named: Option<&Path>, fresh: bool) -> Result<Self> {
        let directory = directory(runtime, named)?;
        let lock = lock(&directory)?;
        if fresh {
            clear(&directory)?;
        }
        let mut notes = read_notes(&directory)?;
        let admin = choose_admin(&notes)?;
        admin.email.clone_into(&mut notes.email);
        admin.password.clone_into(&mut notes.password);
        let state = Self { directory, admin, notes, _lock: lock };
        state.write(&state.notes)?;
        Ok(state)
    }

    /// Whether the database has this admin and at least so many products.
    pub(super) fn is_seeded(&self, products: u32) -> bool {
        self.notes.seeded.as_ref().is_some_and(|seeded| {
            seeded.email == self.admin.email
                && seeded.password == self.admin.password
                && seeded.products >= products
        })
    }

    pub(super) fn remember_seed(&self, products: u32) -> Result<()> {
        let Admin { email, password } = self.admin.clone();
        self.change(|notes| {
            let before = notes.seeded.take().map_or(0, |seeded| seeded.products);
            notes.seeded = Some(Seeded { email, password, products: products.max(before) });
        })
    }

    /// Changes the file as it is now; what this value was opened with stays.
    fn change(&self, change: impl FnOnce(&mut Notes)) -> Result<()> {
        let mut notes = read_notes(&self.directory)?;
        change(&mut notes);
        self.write(&notes)
    }

    fn write(&self, notes: &Notes) -> Result<()> {
        let path = self.directory.join(NOTES);
        fs::write(&path, serde_json::to_vec_pretty(notes)?)
            .with_context(|| format!("cannot write {}", path.display()))
    }
}

fn directory(runtime: DevRuntime, named: Option<&Path>) -> Result<PathBuf> {
    let default = match runtime {
        DevRuntime::Workerd => ".ashlar/dev-workerd",
        DevRuntime::Spin => ".ashlar/dev-spin",
    };
    let directory = match named {
        Some(directory) => std::path::absolute(directory)?,
        None => workspace::root().join(default),
    };
    fs::create_dir_all(&directory).with_context(|| format!("cannot create {}", directory.display()))?;
    Ok(directory)
}

fn lock(directory: &Path) -> Result<File> {
    let file = File::create(directory.join(".lock"))?;
    if file.try_lock().is_err() {
        bail!(
            "another `cargo xtask dev` or `seed` uses {}: stop it, or choose another directory with --state",
            directory.display()
        );
    }
    Ok(file)
}

/// Removes everything but the lock that we hold.
fn clear(directory: &Path) -> Result<()> {
    let entries: Vec<PathBuf> = fs::read_dir(directory)?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| !path.ends_with(".lock"))
        .collect();
    if !entries.is_empty() && !directory.join(NOTES).exists() {
        bail!("{} was not made by `cargo xtask dev`: --fresh does not touch it", directory.display());
    }
    // The notes go last: after an interruption the directory is still known as ours.
    let (notes, others): (Vec<_>, Vec<_>) = entries.into_iter().partition(|path| path.ends_with(NOTES));
    for path in others.into_iter().chain(notes) {
        let removed = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        removed.with_context(|| format!("cannot remove {}", path.display()))?;
    }
    Ok(())
}

fn read_notes(directory: &Path) -> Result<Notes> {
    let path = directory.join(NOTES);
    match fs::read(&path) {
        Ok(text) => serde_json::from_slice(&text)
            .with_context(|| format!("{} is damaged: start with --fresh", path.display())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Notes::default()),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
}

/// The environment decides, then what was used before, then chance.
fn choose_admin(notes: &Notes) -> Result<Admin> {
    let given = |name: &str, before: &str| {
        std::env::var(name).ok().or_else(|| Some(before.to_owned())).filter(|value| !value.is_empty())
    };
    let email = given("ADMIN_EMAIL", &notes.email).unwrap_or_else(|| "admin@example.test".to_owned());
    let password = match given("ADMIN_PASSWORD", &notes.password) {
        Some(password) => password,
        None => random::hex(10)?,
    };
    Ok(Admin { email, password })
}
