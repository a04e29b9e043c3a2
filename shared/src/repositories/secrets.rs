//! Secrets that development makes for itself.

use crate::error::{Error, Result};
use crate::ports::{Database, Rows, Statement};

/// The secret with this name; `fresh` becomes it if there is none yet. Of two callers at once, one wins for both.
pub async fn get_or_insert(database: &dyn Database, name: &str, fresh: &str) -> Result<String> {
    let insert = Statement::new(
        "INSERT INTO generated_secrets (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO NOTHING",
    );
    let select = Statement::new("SELECT value FROM generated_secrets WHERE name = ?1").bind(name);
    let answers = database.batch(vec![insert.bind(name).bind(fresh), select]).await?;
    let row = answers.get(1).and_then(Rows::first).ok_or_else(|| Error::internal("no generated secret"))?;
    Ok(row.get("value")?)
}
