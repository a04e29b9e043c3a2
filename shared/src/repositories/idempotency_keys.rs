//! Idempotency keys with the answers of what they were given for. A user's keys are that user's alone.

use crate::idempotency::{IdempotencyKey, KEPT, Made};
use crate::ids::UserId;
use crate::ports::{DatabaseError, Row, Rows, Statement};
use crate::time::Timestamp;

/// What SQLite says of a key that is taken.
const TAKEN: &str = "idempotency_keys.user_id, idempotency_keys.key";

/// Takes a key and keeps the answer; begins the batch of the write. Aborts the batch when the key is taken, which a key that
/// has had its time is not.
pub fn claim<V>(user: &UserId, key: &IdempotencyKey, made: &Made<V>, now: Timestamp) -> [Statement; 2] {
    let over = "DELETE FROM idempotency_keys WHERE user_id = ?1 AND key = ?2 AND created_at <= ?3";
    let insert = "INSERT INTO idempotency_keys (user_id, key, fingerprint, entity_id, version, answer, created_at) \
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    [
        Statement::new(over).bind(user).bind(key.key()).bind(now.minus(KEPT)),
        Statement::new(insert)
            .bind(user)
            .bind(key.key())
            .bind(key.fingerprint())
            .bind(made.id.as_deref())
            .bind(made.version)
            .bind(made.data.as_str())
            .bind(now),
    ]
}

/// Whether a batch failed because its key is taken.
pub fn is_taken(error: &DatabaseError) -> bool {
    matches!(error, DatabaseError::UniqueViolation(columns) if columns == TAKEN)
}

/// Answers what is kept under a key.
pub fn find(user: &UserId, key: &IdempotencyKey) -> Statement {
    let sql = "SELECT fingerprint, entity_id, version, answer FROM idempotency_keys WHERE user_id = ?1 AND key = ?2";
    Statement::new(sql).bind(user).bind(key.key())
}

/// Answers a row if a key is taken now.
pub fn find_alive(user: &UserId, key: &IdempotencyKey, now: Timestamp) -> Statement {
    let sql = "SELECT 1 FROM idempotency_keys WHERE user_id = ?1 AND key = ?2 AND created_at > ?3";
    Statement::new(sql).bind(user).bind(key.key()).bind(now.minus(KEPT))
}

/// Reads what [`find`] answered: the fingerprint, and what was made.
///
/// # Errors
/// When the row is not what the migration promises.
pub fn read<V>(rows: &Rows) -> Result<Option<(String, Made<V>)>, DatabaseError> {
    let read = |row: Row<'_>| {
        let made = Made::earlier(row.get("entity_id")?, row.get("version")?, row.get("answer")?);
        Ok((row.get("fingerprint")?, made))
    };
    rows.first().map(read).transpose()
}

/// Deletes keys that were taken before this moment, a bounded number.
pub fn prune(before: Timestamp, limit: u32) -> Statement {
    Statement::new(
        "DELETE FROM idempotency_keys WHERE rowid IN (SELECT rowid FROM idempotency_keys WHERE created_at <= ?1 \
         ORDER BY created_at LIMIT ?2)",
    )
    .bind(before)
    .bind(limit)
}
