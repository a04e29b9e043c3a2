//! Guards: a statement that aborts its whole batch unless something holds.

use std::borrow::Cow;

use crate::ports::{Database, DatabaseError, Statement, Value};
use crate::precondition::Precondition;

/// What a guard states. Each has a column with a CHECK of the same name, which tells them apart when a batch is aborted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guard {
    /// What the batch was put together from is still so.
    Held,
    /// The caller holds whatever the batch gives, takes or touches.
    WithinOwn,
    /// Somebody who may do everything is left.
    AdministratorLeft,
}

impl Guard {
    const ALL: [Self; 3] = [Self::Held, Self::WithinOwn, Self::AdministratorLeft];

    fn column(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::WithinOwn => "within_own",
            Self::AdministratorLeft => "administrator_left",
        }
    }

    fn check(self) -> &'static str {
        if self == Self::Held { "guard_held" } else { self.column() }
    }
}

/// Aborts the batch unless the condition holds at this point of it. `condition` is a constant SQL expression whose
/// parameters are bound from `?1` on.
pub fn holds(condition: impl Into<Cow<'static, str>>, params: Vec<Value>) -> Statement {
    states(Guard::Held, &condition.into(), params)
}

/// As [`holds`], for one of the guards that can be told apart.
pub(super) fn states(guard: Guard, condition: &str, params: Vec<Value>) -> Statement {
    let column = guard.column();
    // `held` has no default.
    let (also, one) = if guard == Guard::Held { ("", "") } else { ("held, ", "1, ") };
    let sql = format!(
        "INSERT INTO guards (id, {also}{column}) SELECT 1, {one}CASE WHEN {condition} THEN 1 ELSE 0 END \
         WHERE true ON CONFLICT (id) DO UPDATE SET {column} = excluded.{column}"
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

/// Whether a batch failed because a guard of [`holds`] did not hold.
pub fn is_violation(error: &DatabaseError) -> bool {
    violated(error) == Some(Guard::Held)
}

/// The guard that a batch failed by.
pub fn violated(error: &DatabaseError) -> Option<Guard> {
    let DatabaseError::CheckViolation(check) = error else { return None };
    Guard::ALL.into_iter().find(|guard| guard.check() == check)
}
