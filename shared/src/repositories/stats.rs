//! Figures of any resource that declares some.

use crate::error::{Error, Result};
use crate::models::stats::Figures;
use crate::ports::{Database, Rows};
use crate::query::{MAX_CELLS, StatsQuery};

/// The figures, of the groups with the most rows; `None` when there is too much to add up.
///
/// # Errors
/// When the database does not answer.
pub async fn read(database: &dyn Database, query: &StatsQuery) -> Result<Option<Vec<Figures>>> {
    let rows = database.query(query.statement()?).await?;
    let row = Rows::first(&rows).ok_or_else(|| Error::internal("the figures' query answered nothing"))?;
    if row.get::<i64>("cells")? > i64::from(MAX_CELLS) {
        return Ok(None);
    }
    let groups: String = row.get("groups")?;
    serde_json::from_str(&groups).map(Some).map_err(Error::internal)
}
