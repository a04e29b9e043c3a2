//! The generation of each cached resource: how many writes there were to it. A resource that nobody wrote to yet has
//! no row and is at generation 0.

use crate::ports::{DatabaseError, Rows, Statement};

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

/// The generation that one of the statements above answered.
pub fn read(rows: &Rows) -> Result<u64, DatabaseError> {
    rows.first().map_or(Ok(0), |row| row.get("generation"))
}
