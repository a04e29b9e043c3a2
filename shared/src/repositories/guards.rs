//! Guards: a statement that aborts its whole batch unless something holds.

use crate::ports::{DatabaseError, Statement, Value};

/// Aborts the batch unless the condition holds at this point of it. `condition` is a constant SQL expression whose
/// parameters are bound from `?1` on.
pub fn holds(condition: &'static str, params: Vec<Value>) -> Statement {
    let sql = format!(
        "INSERT INTO guards (id, held) SELECT 1, CASE WHEN {condition} THEN 1 ELSE 0 END \
         WHERE true ON CONFLICT (id) DO UPDATE SET held = excluded.held"
    );
    Statement { sql: sql.into(), params }
}

/// Whether a batch failed because a guard did not hold.
pub fn is_violation(error: &DatabaseError) -> bool {
    matches!(error, DatabaseError::CheckViolation(check) if check == "guard_held")
}
