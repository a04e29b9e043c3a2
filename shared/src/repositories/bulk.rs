//! Many rows in one statement: they are bound as one JSON text, an array of objects, which `json_each` takes apart. Each
//! object has the `index` of its item, and what is about a row that there is has its `id` and the `version` that it must
//! be at, or null.

use crate::ports::{DatabaseError, Rows, Statement};
use crate::repositories::guards;

/// The most bytes of such a text. D1 binds texts of 2,000,000 bytes.
pub const MAX_BYTES: usize = 1_900_000;

/// Joins the row `i` of the items in `?1` with the table `p`, where the version is right.
const MEETS: &str = "p.id = i.value ->> '$.id' AND p.version = COALESCE(i.value ->> '$.version', p.version)";

/// Aborts the batch unless all items of `?1` are about rows that are at their versions.
pub fn all_meet(table: &'static str, items: &str) -> Statement {
    let sql = format!(
        "NOT EXISTS (SELECT 1 FROM json_each(?1) AS i WHERE NOT EXISTS (SELECT 1 FROM {table} AS p WHERE {MEETS}))"
    );
    guards::holds(sql, vec![items.into()])
}

/// Answers the versions that the items' rows are at, as one JSON array: in the order of the items, null where there is no row.
pub fn versions(table: &'static str, items: &str) -> Statement {
    let sql = format!(
        "SELECT json_group_array(version) AS versions FROM (SELECT (SELECT p.version FROM {table} AS p \
         WHERE p.id = i.value ->> '$.id') AS version FROM json_each(?1) AS i ORDER BY i.key)"
    );
    Statement::new(sql).bind(items)
}

/// Reads what [`versions`] answered.
///
/// # Errors
/// When it is no such array.
pub fn read_versions(rows: &Rows) -> Result<Vec<Option<i64>>, DatabaseError> {
    let text: String = rows.first().map_or(Ok("[]".to_owned()), |row| row.get("versions"))?;
    serde_json::from_str(&text).map_err(|error| DatabaseError::Other(error.into()))
}

/// The ids of rows that the items of the parameter with this number are about, at their versions.
pub fn ids(table: &'static str, parameter: u8) -> String {
    format!("SELECT p.id FROM json_each(?{parameter}) AS i CROSS JOIN {table} AS p WHERE {MEETS}")
}
