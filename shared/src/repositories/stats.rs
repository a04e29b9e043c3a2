//! Figures of any resource that declares some.

use crate::error::{Error, Result};
use crate::models::stats::Figures;
use crate::ports::{Database, Rows};
use crate::query::StatsQuery;

/// The figures, of the groups with the most rows; `None` when there is too much to add up.
///
/// # Errors
/// When the database does not answer.
pub async fn read(database: &dyn Database, query: &StatsQuery) -> Result<Option<Vec<Figures>>> {
    let rows = database.query(query.statement()?).await?;
    let row = Rows::first(&rows).ok_or_else(|| Error::internal("the figures' query answered nothing"))?;
    let groups: Option<String> = row.get("groups")?;
    groups.map(|groups| serde_json::from_str(&groups).map_err(Error::internal)).transpose()
}
