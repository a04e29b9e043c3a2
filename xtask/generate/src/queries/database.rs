//! A database with the whole schema and many made-up rows in every table that lists read.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use harness::migrations;
use rusqlite::Connection;
use shared::query::{Field, Kind, Resource};

use crate::queries::values::{self, About};

/// Rows of the tables that no list reads.
const OTHERS: u32 = 2000;

/// A column of a table.
struct Column {
    name: String,
    declared: String,
    is_unique: bool,
    takes_null: bool,
}

/// The schema, with `rows` rows in each table that one of the resources reads.
///
/// # Errors
/// When a migration fails, or a table takes no made-up rows.
pub(super) fn filled(resources: &[&'static Resource], rows: u32) -> Result<Connection> {
    let database = migrations::in_memory()?;
    // The rows obey no rule but that they are many.
    database.execute_batch(
        "PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON; PRAGMA cache_size = -400000; BEGIN",
    )?;
    let tables = tables(&database)?;
    drop_triggers(&database)?;
    for table in tables {
        let readers: Vec<_> =
            resources.iter().filter(|resource| reads(&database, resource.table, &table)).collect();
        let count = if readers.is_empty() { OTHERS } else { rows };
        fill(&database, &table, &readers, count).with_context(|| format!("cannot fill {table}"))?;
    }
    database.execute_batch("COMMIT")?;
    Ok(database)
}

/// Every table that can be written to, by name, but those that triggers fill: no list reads them.
fn tables(database: &Connection) -> Result<Vec<String>> {
    let mut statement = database.prepare(
        "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' \
         AND name NOT IN ('guards', 'generations') AND NOT EXISTS (SELECT 1 FROM sqlite_schema filler \
         WHERE filler.type = 'trigger' AND filler.sql LIKE '%INSERT INTO ' || pragma_table_list.name || ' %') ORDER BY name",
    )?;
    let names = statement.query_map([], |row| row.get(0))?;
    Ok(names.collect::<rusqlite::Result<_>>()?)
}

/// What they keep is not needed here, and takes longer than all else.
fn drop_triggers(database: &Connection) -> Result<()> {
    let mut statement = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger'")?;
    let names: Vec<String> = statement.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    for name in names {
        database.execute_batch(&format!("DROP TRIGGER {name}"))?;
    }
    Ok(())
}

/// Whether a list of the table or view `from` reads the table.
pub(super) fn reads(database: &Connection, from: &str, table: &str) -> bool {
    let sql = "SELECT sql FROM sqlite_schema WHERE type = 'view' AND name = ?1";
    let view: Option<String> = database.query_row(sql, [from], |row| row.get(0)).ok();
    let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
    from == table || view.is_some_and(|sql| sql.split(|letter| !is_word(letter)).any(|word| word == table))
}

fn fill(database: &Connection, table: &str, readers: &[&&'static Resource], rows: u32) -> Result<()> {
    let columns = columns(database, table)?;
    let names: Vec<_> = columns.iter().map(|column| column.name.as_str()).collect();
    let values: Vec<_> = columns
        .iter()
        .map(|column| {
            let is_of = |field: &&Field| {
                field.sql == column.name || (field.kind == Kind::Json && field.sql.contains(&column.name))
            };
            let paths = readers.iter().flat_map(|resource| resource.paths);
            values::of_column(About {
                name: &column.name,
                declared: &column.declared,
                is_unique: column.is_unique,
                takes_null: column.takes_null,
                field: readers.iter().flat_map(|resource| resource.fields).find(is_of),
                is_null_in_an_index: paths.into_iter().any(|path| path.where_null == Some(&column.name)),
            })
        })
        .collect();
    let sql = format!(
        "INSERT INTO {table} ({}) WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows}) \
         SELECT {} FROM n ORDER BY i * 7919 % 100003",
        names.join(", "),
        values.join(", ")
    );
    database.execute_batch(&sql).with_context(|| sql.clone())
}

fn columns(database: &Connection, table: &str) -> Result<Vec<Column>> {
    let unique = "SELECT ii.name, count(*) OVER (PARTITION BY il.name) FROM pragma_index_list(?1) il, \
        pragma_index_info(il.name) ii WHERE il.\"unique\" AND NOT il.partial";
    let mut statement = database.prepare(unique)?;
    let alone: BTreeMap<String, i64> = statement
        .query_map([table], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    // Generated columns are hidden.
    let mut statement = database
        .prepare("SELECT name, type, pk, \"notnull\" FROM pragma_table_xinfo(?1) WHERE hidden = 0")?;
    let columns = statement.query_map([table], |row| {
        let (name, declared, key): (String, String, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let is_unique = key > 0 || alone.contains_key(&name);
        Ok(Column { name, declared, is_unique, takes_null: row.get::<_, i64>(3)? == 0 })
    })?;
    Ok(columns.collect::<rusqlite::Result<_>>()?)
}
