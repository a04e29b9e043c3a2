//! First data, written straight into a server's `SQLite` file while nothing runs on it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result};
use rusqlite::Connection;
use rusqlite::types::Value as Sql;
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

/// Writes products up to number `count`, always the same ones. Returns the rows written; ones that exist stay as
/// they are.
///
/// # Errors
/// When the database refuses.
pub fn products(database: &mut Connection, count: u32) -> Result<usize> {
    let transaction = database.transaction()?;
    let mut rows = 0;
    for index in 1..=count {
        let mut statement = shared::seed::insert_product(index)?;
        statement.sql = format!("{} ON CONFLICT DO NOTHING", statement.sql).into();
        rows += execute(&transaction, &statement)?;
    }
    if rows > 0 {
        transaction.execute("UPDATE generations SET value = value + 1 WHERE resource = 'products'", [])?;
    }
    transaction.commit()?;
    Ok(rows)
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
