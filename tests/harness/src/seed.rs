//! First data, written straight into a server's `SQLite` file while nothing runs on it.

use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, bail};
use rusqlite::types::Value as Sql;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use shared::auth::password;
use shared::ports::{Clock, Entropy, LocalTask, Statement, Value};
use shared::time::Timestamp;

use crate::server::Admin;

struct Now;

impl Clock for Now {
    fn now(&self) -> Timestamp {
        let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_millis(i64::try_from(elapsed.as_millis()).unwrap_or(0))
    }

    /// Blocks: nothing else runs beside the seeding, which waits for nobody.
    fn sleep(&self, duration: Duration) -> LocalTask {
        Box::pin(async move { std::thread::sleep(duration) })
    }
}

struct Random;

impl Entropy for Random {
    fn fill(&self, buffer: &mut [u8]) -> Result<()> {
        getrandom::fill(buffer).map_err(|error| anyhow::anyhow!("{error}"))
    }
}

/// Writes the first admin: the account, its password hash, the role with every capability. Returns the rows written;
/// running it again replaces the password.
///
/// # Errors
/// When the database refuses.
pub fn admin(database: &mut Connection, admin: &Admin) -> Result<usize> {
    let transaction = database.transaction()?;
    let existing: Option<String> =
        transaction
            .query_row("SELECT max(id) FROM users WHERE email = ?1", [&admin.email], |row| row.get(0))?;
    let mut rows = 0;
    if let Some(id) = existing {
        let hash = password::hash(&admin.password, password::Cost::default(), &Random)?;
        rows += transaction.execute("UPDATE users SET password_hash = ?2 WHERE id = ?1", [&id, &hash])?;
    } else {
        for statement in shared::seed::administrator(&admin.email, &admin.password, &Now, &Random)? {
            rows += execute(&transaction, &statement)?;
        }
    }
    transaction.commit()?;
    Ok(rows)
}

/// What is seeded by the number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Products.
    Products,
    /// Users whom nobody can sign in as.
    Users,
}

impl Kind {
    /// As messages call them.
    pub fn name(self) -> &'static str {
        match self {
            Self::Products => "products",
            Self::Users => "users",
        }
    }

    fn insert(self, index: u32) -> Result<Statement> {
        let mut statement = match self {
            Self::Products => shared::seed::insert_product(index)?,
            Self::Users => shared::seed::insert_user(index)?,
        };
        statement.sql = format!("{} ON CONFLICT DO NOTHING", statement.sql).into();
        Ok(statement)
    }
}

/// What became of the rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Filled {
    /// Rows that were there before; they stay as they are.
    pub found: u32,
    /// Rows that are new.
    pub written: u32,
}

/// How many rows go into one transaction.
const ROWS_PER_TRANSACTION: u32 = 20_000;

/// Opens a database to write many rows: for nobody else as long as the connection lives, and without waiting for the disk.
///
/// # Errors
/// When there is no such file, or another process has the database open.
pub fn open_alone(file: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE;
    let database = Connection::open_with_flags(file, flags)
        .with_context(|| format!("cannot open {}", file.display()))?;
    database.busy_timeout(Duration::ZERO)?;
    // With write-ahead logging every connection that has the file open holds a lock that this one needs.
    database.pragma_update(None, "locking_mode", "exclusive")?;
    match database.execute_batch("BEGIN EXCLUSIVE; COMMIT") {
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => {
            bail!("another process has {} open: stop the server first", file.display())
        }
        done => done?,
    }
    database
        .execute_batch("PRAGMA foreign_keys = ON; PRAGMA synchronous = OFF; PRAGMA cache_size = -400000")?;
    Ok(database)
}

/// Writes rows up to number `count`, always the same ones, in transactions of many. `progress` hears after each how far it
/// is; what is written stays when it is interrupted, and the next call goes on from there.
///
/// # Errors
/// When the database refuses.
pub fn fill(
    database: &mut Connection,
    kind: Kind,
    count: u32,
    progress: &mut dyn FnMut(u32),
) -> Result<Filled> {
    let mut filled = Filled::default();
    let mut next = 1;
    while next <= count {
        let last = count.min(next.saturating_add(ROWS_PER_TRANSACTION - 1));
        let transaction = database.transaction()?;
        let before = filled.written;
        for index in next..=last {
            // A trigger's rows do not count: it is one row or none.
            match execute(&transaction, &kind.insert(index)?)? {
                0 => filled.found += 1,
                _ => filled.written += 1,
            }
        }
        if kind == Kind::Products && filled.written > before {
            transaction
                .execute("UPDATE generations SET value = value + 1 WHERE resource = 'products'", [])?;
        }
        transaction.commit()?;
        progress(last);
        next = last.saturating_add(1);
    }
    Ok(filled)
}

fn execute(connection: &Connection, statement: &Statement) -> Result<usize> {
    let params = statement.params.iter().map(|value| match value {
        Value::Null => Sql::Null,
        Value::Integer(number) => Sql::Integer(*number),
        Value::Real(number) => Sql::Real(*number),
        Value::Text(text) => Sql::Text(text.clone()),
        Value::Blob(bytes) => Sql::Blob(bytes.clone()),
    });
    let mut prepared = connection.prepare_cached(&statement.sql)?;
    prepared
        .execute(rusqlite::params_from_iter(params))
        .with_context(|| format!("cannot seed: {}", statement.sql))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::migrations;

    #[test]
    fn rows_are_the_same_however_often_and_in_however_many_steps_they_are_written() {
        let mut once = migrations::in_memory().unwrap();
        let mut twice = migrations::in_memory().unwrap();
        for kind in [Kind::Products, Kind::Users] {
            let mut heard = Vec::new();
            let all = fill(&mut once, kind, 300, &mut |done| heard.push(done)).unwrap();
            assert_eq!((all, heard), (Filled { found: 0, written: 300 }, vec![300]));
            assert_eq!(fill(&mut twice, kind, 100, &mut |_| ()).unwrap().written, 100);
            assert_eq!(
                fill(&mut twice, kind, 300, &mut |_| ()).unwrap(),
                Filled { found: 100, written: 200 }
            );
            let sql = format!(
                "SELECT json_group_array(json_array(id, name, created_at, updated_at)) FROM {} ORDER BY id",
                kind.name()
            );
            let rows =
                |database: &Connection| database.query_row(&sql, [], |row| row.get::<_, String>(0)).unwrap();
            assert_eq!(rows(&once), rows(&twice));
        }
    }

    #[test]
    fn a_database_that_a_server_has_open_is_not_filled() {
        let path = std::env::temp_dir().join(format!("ashlar-seed-{}.sqlite", std::process::id()));
        let server = Connection::open(&path).unwrap();
        server.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(())).unwrap();
        server.execute_batch("CREATE TABLE t (n INTEGER); INSERT INTO t VALUES (1)").unwrap();
        let refused = open_alone(&path).unwrap_err().to_string();
        assert!(refused.contains("stop the server first"), "{refused}");
        drop(server);
        let alone = open_alone(&path).unwrap();
        let other = Connection::open(&path).unwrap();
        other.busy_timeout(Duration::ZERO).unwrap();
        assert!(other.query_row("SELECT n FROM t", [], |row| row.get::<_, i64>(0)).is_err());
        drop((alone, other));
        std::fs::remove_file(&path).unwrap();
    }
}
