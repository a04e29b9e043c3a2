//! The generation of each cached resource: how many writes there were to it. A resource that nobody wrote to yet has
//! no row and is at generation 0.

use crate::ports::{DatabaseError, Row, Rows, Statement, Value};

/// Raises a resource's generation and answers it as `generation`; goes into the batch of the write.
pub fn raise(resource: &'static str) -> Statement {
    Statement::new(
        "INSERT INTO generations (resource, value) VALUES (?1, 1) \
         ON CONFLICT (resource) DO UPDATE SET value = value + 1 RETURNING value AS generation",
    )
    .bind(resource)
}

/// Reads a resource's generation as `generation`.
pub fn current(resource: &'static str) -> Statement {
    Statement::new("SELECT value AS generation FROM generations WHERE resource = ?1").bind(resource)
}

/// Reads a resource's generation as `generation`, and beside it these columns of the row of a table, or of a view, with
/// this id: one row in any case, with NULL for what is not there.
pub fn beside(resource: &'static str, table: &str, columns: &str, id: impl Into<Value>) -> Statement {
    Statement::new(format!(
        "SELECT generations.value AS generation, {columns} FROM (SELECT 1) \
         LEFT JOIN generations ON generations.resource = ?1 LEFT JOIN {table} ON {table}.id = ?2"
    ))
    .bind(resource)
    .bind(id)
}

/// The row that [`beside`] found, which has a column `id`.
pub fn row_beside(rows: &Rows) -> Result<Option<Row<'_>>, DatabaseError> {
    let Some(row) = rows.first() else { return Ok(None) };
    Ok((*row.value("id")? != Value::Null).then_some(row))
}

/// The generation that one of the statements above answered.
pub fn read(rows: &Rows) -> Result<u64, DatabaseError> {
    let generation: Option<u64> = rows.first().map_or(Ok(None), |row| row.get("generation"))?;
    Ok(generation.unwrap_or(0))
}
