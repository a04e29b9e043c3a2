//! Rows that were deleted and can be restored. They leave their table, so that no query has to pass over them, and are
//! kept as JSON objects in one table for all resources.

use crate::error::Result;
use crate::ports::{Database, DatabaseError, FromValue, Row, Statement, Value};
use crate::repositories::{Listed, bulk, guards};
use crate::time::Timestamp;

/// A resource whose rows can be restored after they were deleted.
pub trait Restorable: Listed {
    /// Every column of its table.
    const STORED: &'static [&'static str];
    /// What it is, for people.
    const NOUN: &'static str;
    /// What is deleted, for people.
    const DELETED: &'static str;
    /// The view of [`deleted_rows`](self) that has the columns again.
    const VIEW: &'static str;
}

/// Moves the row with this id. What was kept under this id from an earlier life gives way.
pub fn remove<T: Restorable>(id: impl Into<Value>, by: impl Into<Value>, now: Timestamp) -> [Statement; 2] {
    let id = id.into();
    let table = T::resource().table;
    let condition = "id = ?2";
    [
        keep::<T>(condition, id.clone(), by, now),
        Statement::new(format!("DELETE FROM {table} WHERE id = ?1")).bind(id),
    ]
}

/// Moves the rows that items are about, at their versions: a JSON text as [`bulk`] has it.
pub fn remove_all<T: Restorable>(items: &str, by: impl Into<Value>, now: Timestamp) -> [Statement; 2] {
    let table = T::resource().table;
    let condition = format!("id IN ({})", bulk::ids(table, 2));
    let delete = format!("DELETE FROM {table} WHERE id IN ({})", bulk::ids(table, 1));
    [keep::<T>(&condition, items, by, now), Statement::new(delete).bind(items)]
}

/// Keeps the rows that meet a condition, whose parameter is `?2`.
fn keep<T: Restorable>(
    condition: &str,
    of: impl Into<Value>,
    by: impl Into<Value>,
    now: Timestamp,
) -> Statement {
    let table = T::resource().table;
    let members: Vec<_> = T::STORED.iter().map(|column| format!("'{column}', {column}")).collect();
    let sql = format!(
        "INSERT INTO deleted_rows (resource, id, row, deleted_by, deleted_at) \
         SELECT ?1, id, json_object({}), ?3, ?4 FROM {table} WHERE {condition} \
         ON CONFLICT (resource, id) DO UPDATE SET row = excluded.row, deleted_by = excluded.deleted_by, \
         deleted_at = excluded.deleted_at",
        members.join(", ")
    );
    Statement::new(sql).bind(table).bind(of).bind(by).bind(now)
}

/// A deleted row with the moment that it was deleted at.
pub async fn find<T: Restorable, R>(
    database: &dyn Database,
    id: impl Into<Value>,
    read: impl Fn(Row<'_>) -> Result<R, DatabaseError>,
) -> Result<Option<(R, Timestamp)>>
where
    Timestamp: FromValue,
{
    let sql = format!("SELECT {}, deleted_at FROM {} WHERE id = ?1", T::STORED.join(", "), T::VIEW);
    let rows = database.query(Statement::new(sql).bind(id)).await?;
    let read = |row: Row<'_>| Ok::<_, DatabaseError>((read(row)?, row.get("deleted_at")?));
    Ok(rows.first().map(read).transpose()?)
}

/// Takes the row out from among the deleted ones. Aborts its batch unless it is there as it was found.
pub fn take<T: Restorable>(id: impl Into<Value>, deleted_at: Timestamp) -> [Statement; 2] {
    let id = id.into();
    let condition = "EXISTS (SELECT 1 FROM deleted_rows WHERE resource = ?1 AND id = ?2 AND deleted_at = ?3)";
    let params = vec![Value::from(T::resource().table), id.clone(), Value::from(deleted_at)];
    [guards::holds(condition, params), purge::<T>(id)]
}

/// Deletes a row for good, and answers its id.
pub fn purge<T: Restorable>(id: impl Into<Value>) -> Statement {
    let sql = "DELETE FROM deleted_rows WHERE resource = ?1 AND id = ?2 RETURNING id";
    Statement::new(sql).bind(T::resource().table).bind(id)
}

/// Deletes for good what was deleted before this moment, a bounded number.
pub fn prune(before: Timestamp, limit: u32) -> Statement {
    Statement::new(
        "DELETE FROM deleted_rows WHERE rowid IN (SELECT rowid FROM deleted_rows WHERE deleted_at <= ?1 \
         ORDER BY deleted_at LIMIT ?2)",
    )
    .bind(before)
    .bind(limit)
}
