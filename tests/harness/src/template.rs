//! Migrated and seeded state directories, made once per schema and seed, then copied for each server: applying the
//! migrations through wrangler takes seconds, a copy takes milliseconds.

use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::Path;

use anyhow::{Context as _, Result};

use crate::build_outputs::Variant;
use crate::seed::Kind;
use crate::server::Admin;
use crate::wrangler::{Derived, Vars};
use crate::{Runtime, migrations, seed, state, workspace, wrangler};

/// What is in a new server's database.
#[derive(Debug, Clone, Copy)]
pub struct Content<'a> {
    /// The first admin.
    pub admin: &'a Admin,
    /// How many products.
    pub products: u32,
}

/// Fills the empty directory `target` with a migrated and seeded state.
///
/// # Errors
/// When the schema cannot be applied or the seed not written.
pub fn copy_to(target: &Path, runtime: Runtime, content: Content<'_>) -> Result<()> {
    let all = workspace::scratch().join("templates");
    fs::create_dir_all(&all).with_context(|| format!("cannot create {}", all.display()))?;
    let key = key(runtime, content)?;
    let template = all.join(format!("{}-{key:016x}", runtime.name()));
    {
        // Test processes start at the same time: one makes the template, the others wait for it.
        let guard = fs::File::create(all.join(format!("{}.lock", runtime.name())))?;
        guard.lock().context("cannot lock the templates")?;
        if !template.exists() {
            make(&all, &template, runtime, content)?;
        }
    }
    state::copy_directory(&template, target)
}

fn make(all: &Path, template: &Path, runtime: Runtime, content: Content<'_>) -> Result<()> {
    let unfinished = all.join(format!("{}.unfinished", runtime.name()));
    if unfinished.exists() {
        fs::remove_dir_all(&unfinished)?;
    }
    fs::create_dir_all(&unfinished)?;
    migrate(&unfinished, runtime, Variant::Test)?;
    write_seed(&unfinished, runtime, content)?;
    // Wrangler's configurations name the directory that they were made for.
    let configurations = unfinished.join("wrangler");
    if configurations.exists() {
        fs::remove_dir_all(&configurations)?;
    }
    fs::rename(&unfinished, template).with_context(|| format!("cannot create {}", template.display()))
}

/// Brings the database below `state` to the current schema.
///
/// # Errors
/// When a migration fails.
pub fn migrate(state: &Path, runtime: Runtime, variant: Variant) -> Result<()> {
    migrations::apply(runtime, state, || {
        let derived = Derived { variant, vars: &Vars::new(), rebuild: None };
        let manifests = wrangler::derive_manifests(state, &derived)?;
        manifests.into_iter().next().context("there is no wrangler configuration")
    })
}

/// Writes the first admin and the products while nothing runs on `state`.
///
/// # Errors
/// When the database is missing or refuses.
pub fn write_seed(state: &Path, runtime: Runtime, content: Content<'_>) -> Result<()> {
    let mut database = seed::open_alone(&state::database_file(runtime, state)?)?;
    seed::admin(&mut database, content.admin)?;
    seed::fill(&mut database, Kind::Products, content.products, &mut |_| ())?;
    Ok(())
}

/// Everything that a template is made from. The program itself stands for the seed's code.
fn key(runtime: Runtime, content: Content<'_>) -> Result<u64> {
    let mut hasher = DefaultHasher::new();
    (runtime, &content.admin.email, &content.admin.password, content.products).hash(&mut hasher);
    for name in migrations::names()? {
        let text = fs::read(migrations::directory().join(&name))?;
        (name, text).hash(&mut hasher);
    }
    if let Ok(program) = std::env::current_exe().and_then(fs::metadata) {
        (program.len(), program.modified().ok()).hash(&mut hasher);
    }
    Ok(hasher.finish())
}
