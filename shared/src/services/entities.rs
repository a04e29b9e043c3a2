//! One entity of any resource by its id: from the cache when it holds one that is new enough for the client, or past it.
//! That there is none is cached, too, for a short time.

use serde::Serialize;

use crate::cache::{self, Answer, Content, Key, Loaded, Seen};
use crate::error::Result;
use crate::ports::{DatabaseError, Ports, Row, Statement};
use crate::repositories::generations;

/// The entity, if there is one. `find` is a statement of [`generations::beside`], whose row has a column `version`.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn get<V: Serialize + 'static>(
    ports: &Ports,
    key: &Key,
    seen: Seen,
    find: impl FnOnce() -> Statement,
    view: fn(Row<'_>) -> Result<V, DatabaseError>,
) -> Result<Option<Answer>> {
    cache::read(ports, key, seen, || load(ports.clone(), find(), view)).await
}

async fn load<V: Serialize>(
    ports: Ports,
    find: Statement,
    view: fn(Row<'_>) -> Result<V, DatabaseError>,
) -> Result<Loaded> {
    let rows = ports.database.query(find).await?;
    let content = match generations::row_beside(&rows)? {
        Some(row) => Some(Content::of_entity(&view(row)?, row.get("version")?)?),
        None => None,
    };
    Ok(Loaded { generation: generations::read(&rows)?, content })
}
