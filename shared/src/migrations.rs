//! The schema's history, compiled in. Wrangler applies the same files to D1 and keeps the same list of them, so
//! that a database can be moved between runtimes.

use crate::ports::{Database, DatabaseError, Statement};

/// One file of `shared/migrations`.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// The file's name, the migration's identity.
    pub name: &'static str,
    /// Its statements.
    pub sql: &'static str,
}

macro_rules! migrations {
    ($($name:literal;)+) => {
        /// Every migration in order.
        pub const ALL: &[Migration] =
            &[$(Migration { name: $name, sql: include_str!(concat!("../migrations/", $name)) }),+];
    };
}

migrations! {
    "0001_foundation.sql";
    "0002_products_compare_at_price.sql";
    "0003_identity.sql";
    "0004_posts.sql";
    "0005_access_paths.sql";
    "0006_search.sql";
    "0008_writes.sql";
    "0009_product_stats.sql";
}

const LIST_TABLE: &str = "CREATE TABLE IF NOT EXISTS d1_migrations (id INTEGER PRIMARY KEY AUTOINCREMENT, \
    name TEXT UNIQUE, applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL)";

/// Reads a page of the database's file, which a statement without a table would not.
///
/// # Errors
/// When the database does not answer.
pub async fn reach(database: &dyn Database) -> Result<(), DatabaseError> {
    database.query(Statement::new("SELECT name FROM sqlite_master LIMIT 1")).await.map(drop)
}

/// The number of migrations that the database lacks; all of them when it has no list yet.
///
/// # Errors
/// When the database does not answer.
pub async fn pending(database: &dyn Database) -> Result<usize, DatabaseError> {
    let exists =
        Statement::new("SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'd1_migrations'");
    if database.query(exists).await?.is_empty() {
        return Ok(ALL.len());
    }
    let rows = database.query(Statement::new("SELECT name FROM d1_migrations")).await?;
    let applied = rows.iter().map(|row| row.get::<String>("name")).collect::<Result<Vec<_>, _>>()?;
    Ok(ALL.iter().filter(|migration| !applied.iter().any(|name| name == migration.name)).count())
}

/// Applies what the database lacks, each migration in one batch. Two instances may do so at the same time: the one
/// that comes second finds the name taken, its batch changes nothing, and it goes on.
///
/// # Errors
/// When the database does not answer or a migration fails; that migration has changed nothing then.
pub async fn apply(database: &dyn Database) -> Result<usize, DatabaseError> {
    if pending(database).await? == 0 {
        return Ok(0);
    }
    database.query(Statement::new(LIST_TABLE)).await?;
    let mut applied = 0;
    for migration in ALL {
        let known =
            Statement::new("SELECT 1 AS known FROM d1_migrations WHERE name = ?1").bind(migration.name);
        if !database.query(known).await?.is_empty() {
            continue;
        }
        let mut batch =
            vec![Statement::new("INSERT INTO d1_migrations (name) VALUES (?1)").bind(migration.name)];
        batch.extend(statements(migration.sql).map(Statement::new));
        match database.batch(batch).await {
            Ok(_) => applied += 1,
            Err(DatabaseError::UniqueViolation(columns)) if columns == "d1_migrations.name" => {}
            Err(error) => return Err(error),
        }
    }
    Ok(applied)
}

/// Splits a migration into its statements: at semicolons outside of quotes, comments and trigger bodies.
pub fn statements(sql: &str) -> impl Iterator<Item = &str> {
    let mut rest = sql;
    std::iter::from_fn(move || {
        loop {
            let (statement, after) = split_first(rest)?;
            rest = after;
            if !statement.is_empty() {
                return Some(statement);
            }
        }
    })
}

fn split_first(sql: &str) -> Option<(&str, &str)> {
    let sql = skip_blank(sql);
    if sql.is_empty() {
        return None;
    }
    let mut end = 0;
    let mut in_trigger = false;
    while let Some(rest) = sql.get(end..).filter(|rest| !rest.is_empty()) {
        let token = token_length(rest);
        let text = rest.get(..token).unwrap_or(rest);
        in_trigger |= text.eq_ignore_ascii_case("trigger")
            && sql.get(..6).is_some_and(|head| head.eq_ignore_ascii_case("create"));
        if text == ";" && (!in_trigger || ends_with_end(sql.get(..end)?)) {
            return Some((sql.get(..end)?.trim_end(), sql.get(end + 1..)?));
        }
        end += token;
    }
    Some((sql.trim_end(), ""))
}

/// Whether a trigger's text so far ends with the END of its body.
fn ends_with_end(body: &str) -> bool {
    let body = body.trim_end();
    body.get(body.len().saturating_sub(3)..).is_some_and(|word| word.eq_ignore_ascii_case("end"))
}

fn skip_blank(sql: &str) -> &str {
    let mut rest = sql.trim_start();
    while rest.starts_with("--") || rest.starts_with("/*") {
        rest = rest.get(token_length(rest)..).unwrap_or_default().trim_start();
    }
    rest
}

/// The length of the comment, quoted text, word or single character that the text starts with.
fn token_length(sql: &str) -> usize {
    let through = |from: usize, end: &str| {
        sql.get(from..).and_then(|rest| rest.find(end)).map_or(sql.len(), |at| from + at + end.len())
    };
    match sql.as_bytes() {
        [b'-', b'-', ..] => through(2, "\n"),
        [b'/', b'*', ..] => through(2, "*/"),
        [b'\'', ..] => through(1, "'"),
        [b'"', ..] => through(1, "\""),
        [first, ..] if first.is_ascii_alphanumeric() || *first == b'_' => {
            sql.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(sql.len())
        }
        _ => sql.chars().next().map_or(1, char::len_utf8),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_end_at_semicolons_outside_of_quotes_comments_and_triggers() {
        let sql = "-- a; comment\nCREATE TABLE a (x TEXT DEFAULT ';'); /* b; */ INSERT INTO a VALUES ('it''s;');\n\
            CREATE TRIGGER t AFTER INSERT ON a BEGIN UPDATE a SET x = 1; DELETE FROM a; END;\n;SELECT 1 -- end; \n";
        let found: Vec<_> = statements(sql).collect();
        assert_eq!(found.len(), 4, "{found:?}");
        assert_eq!(found[1], "INSERT INTO a VALUES ('it''s;')");
        assert!(found[2].ends_with("END"));
    }

    #[test]
    fn every_migration_file_is_listed() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations");
        let mut files: Vec<_> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        files.sort();
        assert_eq!(files, ALL.iter().map(|migration| migration.name).collect::<Vec<_>>());
    }
}
