//! `cargo xtask new-resource`: every file of a resource and its line in each registry. What it writes compiles, passes
//! and shows up in the OpenAPI document; whoever ran it then puts their own fields in the place of the template's.

mod names;
mod registries;
mod templates;

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use harness::{migrations, workspace};
use rusqlite::Connection;

use crate::cli::{Generate, NewResource};
use crate::{cargo, checks, test, ui};

use names::Names;
use registries::Change;
use templates::File;

/// Writes the resource, or changes nothing. What fails in a mere check is a failure code.
///
/// # Errors
/// When the name cannot be used, a file or a line is there already, or what was written does not compile.
pub(crate) fn run(options: &NewResource) -> Result<ExitCode> {
    if options.check {
        return test::new_resource(options);
    }
    let names = Names::parse(&options.name, options.singular.as_deref())?;
    let plan = Plan::new(&names)?;
    if let Err(error) = plan.write().and_then(|()| finish(&plan)) {
        plan.undo()?;
        return Err(error.context("nothing was changed"));
    }
    tell(&names, &plan);
    Ok(ExitCode::SUCCESS)
}

/// What will be written.
struct Plan {
    files: Vec<File>,
    changes: Vec<Change>,
}

impl Plan {
    /// Looks whether anything is in the way.
    fn new(names: &Names) -> Result<Self> {
        let number = next_migration(&migrations::names()?);
        let read = |path: &str| {
            fs::read_to_string(workspace::root().join(path)).with_context(|| format!("cannot read {path}"))
        };
        let changes = registries::changes(names, number, read)?;
        let files = templates::files(names, number);
        for File { path, .. } in &files {
            let folder = Path::new(path).with_extension("");
            if let Some(taken) =
                [Path::new(path), &folder].into_iter().find(|path| workspace::root().join(path).exists())
            {
                bail!("the name is taken: there is {} already", taken.display());
            }
        }
        try_migration(&files)?;
        Ok(Self { files, changes })
    }

    fn write(&self) -> Result<()> {
        let files = self.files.iter().map(|file| (file.path.as_str(), &file.text));
        let changes = self.changes.iter().map(|change| (change.path, &change.after));
        files.chain(changes).try_for_each(|(path, text)| write(path, text))
    }

    /// Takes back what was written.
    fn undo(&self) -> Result<()> {
        for File { path, .. } in &self.files {
            let path = workspace::root().join(path);
            if path.exists() {
                fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
            }
        }
        self.changes.iter().try_for_each(|change| write(change.path, &change.before))
    }
}

fn write(path: &str, text: &str) -> Result<()> {
    fs::write(workspace::root().join(path), text).with_context(|| format!("cannot write {path}"))
}

/// The number after the last migration's.
fn next_migration(names: &[String]) -> u32 {
    let numbers = names.iter().filter_map(|name| name.split_once('_')?.0.parse::<u32>().ok());
    numbers.max().unwrap_or(0) + 1
}

/// Runs all migrations and the new one in memory: SQLite has words of its own, and tables that are there.
fn try_migration(files: &[File]) -> Result<()> {
    let database = Connection::open_in_memory()?;
    for name in migrations::names()? {
        let sql = fs::read_to_string(migrations::directory().join(&name))
            .with_context(|| format!("cannot read {name}"))?;
        database.execute_batch(&sql).with_context(|| format!("migration {name} fails"))?;
    }
    for File { path, text } in files.iter().filter(|file| file.path.starts_with("shared/migrations/")) {
        database
            .execute_batch(text)
            .with_context(|| format!("the name cannot be a table's: {path} would fail"))?;
    }
    Ok(())
}

/// Formats what was written, and makes the documents anew, for which all of it must compile.
fn finish(plan: &Plan) -> Result<()> {
    let mut command = cargo::command("cargo");
    command.args(["fmt", "--all", "--"]);
    // The routes are in the list of a macro, where cargo fmt does not find them.
    command
        .args(plan.files.iter().map(|file| &file.path).filter(|path| path.starts_with("edge/src/routes/")));
    cargo::run("cargo fmt", &command, "what was written could not be formatted: see the messages above")?;
    ui::step("making the documents anew");
    checks::generate(&Generate { check: false })
}

fn tell(names: &Names, plan: &Plan) {
    ui::say(&format!("The resource {} (one is called {}) has these files:", names.many, names.one));
    plan.files.iter().for_each(|file| ui::say(&format!("    {}", file.path)));
    ui::say("and a line in each of:");
    plan.changes.iter().for_each(|change| ui::say(&format!("    {}", change.path)));
    ui::say(
        "Next, as docs/adding-a-resource.md says: put your own fields in the place of description, quantity and",
    );
    ui::say("status, layer by layer, then run");
    ui::say("    cargo xtask generate");
    ui::say(&format!("    cargo xtask test --only native -- {}", names.many));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn migrations_are_counted_on() {
        let names = ["0001_foundation.sql", "0009_x.sql", "0010_y.sql", "notes.sql"].map(str::to_owned);
        assert_eq!((next_migration(&names), next_migration(&[])), (11, 1));
    }

    #[test]
    fn every_registry_takes_a_resource_and_none_takes_it_twice() {
        let plan = Plan::new(&Names::parse("gadgets", None).unwrap()).unwrap();
        let read =
            |path: &str| Ok(plan.changes.iter().find(|change| change.path == path).unwrap().after.clone());
        let twice = registries::changes(&Names::parse("gadgets", None).unwrap(), 99, read).unwrap_err();
        assert!(twice.to_string().starts_with("the name is taken: "), "{twice}");
        for change in &plan.changes {
            let added = change.after.lines().count() - change.before.lines().count();
            let expected = match change.path.rsplit('/').next() {
                // Three, each with what it allows.
                Some("capability.rs") => 6,
                // Of the list, and of one.
                Some("policies.rs") => 2,
                _ => 1,
            };
            assert_eq!(added, expected, "{}", change.path);
        }
    }

    #[test]
    fn a_name_that_is_taken_is_refused() {
        for (many, one, reason) in [
            ("products", None, "the name is taken"),
            ("pages", None, "shared/src/models/mod.rs has the line `pub mod page;` already"),
            ("listed", Some("listed_one"), "there is shared/src/repositories/listed.rs already"),
            ("values", None, "cannot be a table's"),
            ("wares", Some("product"), "the name is taken"),
        ] {
            let refused = Plan::new(&Names::parse(many, one).unwrap()).err().map(|error| error.to_string());
            assert!(refused.as_ref().is_some_and(|text| text.contains(reason)), "{many}: {refused:?}");
        }
    }
}
