//! Guards: a statement that aborts its whole batch unless something holds.

use std::borrow::Cow;

use crate::ports::{Database, DatabaseError, Statement, Value};
use crate::precondition::Precondition;

/// Aborts the batch unless the condition holds at this point of it. `condition` is a constant SQL expression whose
/// parameters are bound from `?1` on.
pub fn holds(condition: impl Into<Cow<'static, str>>, params: Vec<Value>) -> Statement {
    let condition = condition.into();
    let sql = format!(
        "INSERT INTO guards (id, held) SELECT 1, CASE WHEN {condition} THEN 1 ELSE 0 END \
         WHERE true ON CONFLICT (id) DO UPDATE SET held = excluded.held"
    );
    Statement { sql: sql.into(), params }
}

/// Aborts the batch unless the table has this id at a version that the precondition allows.
pub fn at_version(table: &'static str, id: impl Into<Value>, precondition: &Precondition) -> Statement {
    let condition = format!(
        "EXISTS (SELECT 1 FROM {table} WHERE id = ?1 \
         AND (?2 IS NULL OR version IN (SELECT value FROM json_each(?2))))"
    );
    holds(condition, vec![id.into(), versions(precondition)])
}

/// The versions as a JSON array; NULL for any.
pub(super) fn versions(precondition: &Precondition) -> Value {
    match precondition {
        Precondition::Any => Value::Null,
        Precondition::Versions(versions) => {
            let versions: Vec<_> = versions.iter().map(i64::to_string).collect();
            Value::Text(format!("[{}]", versions.join(",")))
        }
    }
}

/// The version of the row with this id, for whoever was refused by [`at_version`].
///
/// # Errors
/// When the database does not answer.
pub async fn version(
    database: &dyn Database,
    table: &'static str,
    id: impl Into<Value>,
) -> Result<Option<i64>, DatabaseError> {
    let statement = Statement::new(format!("SELECT version FROM {table} WHERE id = ?1")).bind(id);
    database.query(statement).await?.first().map(|row| row.get("version")).transpose()
}

/// Whether a batch failed because a guard did not hold.
pub fn is_violation(error: &DatabaseError) -> bool {
    matches!(error, DatabaseError::CheckViolation(check) if check == "guard_held")
}
