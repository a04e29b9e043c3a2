//! Guards: a statement that aborts its whole batch unless something holds.

use std::borrow::Cow;

use crate::ports::{DatabaseError, Statement, Value};
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
    holds(condition, vec![id.into(), precondition.to_value()])
}

/// Whether a batch failed because a guard did not hold.
pub fn is_violation(error: &DatabaseError) -> bool {
    matches!(error, DatabaseError::CheckViolation(check) if check == "guard_held")
}
