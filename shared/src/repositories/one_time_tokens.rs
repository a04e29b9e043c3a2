//! One-time tokens: issued once a job, used once, known by their hashes.

use crate::auth::one_time::Purpose;
use crate::error::Result;
use crate::ids::{JobId, UserId};
use crate::models::account::OneTimeToken;
use crate::ports::{Database, DatabaseError, Row, Statement, Value};
use crate::repositories::guards;
use crate::time::Timestamp;

const COLUMNS: &str = "id, purpose, user_id, email, hash";

/// Adds a token, which is good from now on for its purpose's time. When an earlier attempt of the job has added it, that
/// one stays, and its time begins anew unless it was used. With a newer token that makes it worthless, nothing is added.
pub fn issue(token: &OneTimeToken, now: Timestamp) -> Vec<Statement> {
    let older = Statement::new(
        "DELETE FROM one_time_tokens WHERE user_id = ?1 AND purpose = ?2 AND id < ?3 AND used_at IS NULL AND ?4",
    )
    .bind(&token.user_id)
    .bind(token.purpose.as_str())
    .bind(&token.id)
    .bind(token.purpose.only_the_newest());
    let insert = Statement::new(
        "INSERT INTO one_time_tokens (id, purpose, user_id, email, hash, created_at, expires_at) \
         SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7 WHERE NOT (?8 AND EXISTS (SELECT 1 FROM one_time_tokens \
           WHERE user_id = ?3 AND purpose = ?2 AND id > ?1)) \
         ON CONFLICT (id) DO UPDATE SET expires_at = excluded.expires_at WHERE used_at IS NULL",
    )
    .bind(&token.id)
    .bind(token.purpose.as_str())
    .bind(&token.user_id)
    .bind(token.email.as_str())
    .bind(token.hash.as_str())
    .bind(now)
    .bind(now.plus(token.purpose.lifetime()))
    .bind(token.purpose.only_the_newest());
    vec![older, insert]
}

/// Puts another hash in place of the one that no key of now makes.
pub fn replace_hash(id: &JobId, hash: &str) -> Statement {
    Statement::new("UPDATE one_time_tokens SET hash = ?2 WHERE id = ?1").bind(id).bind(hash)
}

/// Answers the `hash` of a job's token.
pub fn hash_of(id: &JobId) -> Statement {
    Statement::new("SELECT hash FROM one_time_tokens WHERE id = ?1").bind(id)
}

/// The token with this hash that can be used now, whatever for.
pub async fn find_usable(
    database: &dyn Database,
    hash: &str,
    now: Timestamp,
) -> Result<Option<OneTimeToken>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM one_time_tokens WHERE hash = ?1 AND used_at IS NULL AND expires_at > ?2"
    );
    let rows = database.query(Statement::new(sql).bind(hash).bind(now)).await?;
    Ok(rows.first().map(read).transpose()?)
}

/// Uses a token up. Aborts its batch unless this is its first use, in time and for its purpose: of two at once, one works.
pub fn consume(hash: &str, purpose: Purpose, now: Timestamp) -> [Statement; 2] {
    let condition = "EXISTS (SELECT 1 FROM one_time_tokens WHERE hash = ?1 AND purpose = ?2 AND used_at IS NULL \
         AND expires_at > ?3)";
    let params = vec![Value::from(hash), Value::from(purpose.as_str()), Value::from(now)];
    let update = Statement::new(
        "UPDATE one_time_tokens SET used_at = ?3 WHERE hash = ?1 AND purpose = ?2 AND used_at IS NULL \
         AND expires_at > ?3",
    );
    [guards::holds(condition, params), update.bind(hash).bind(purpose.as_str()).bind(now)]
}

/// Removes a user's tokens that were not used: those for one purpose, or all.
pub fn revoke(user: &UserId, purpose: Option<Purpose>) -> Statement {
    Statement::new(
        "DELETE FROM one_time_tokens WHERE user_id = ?1 AND (?2 IS NULL OR purpose = ?2) AND used_at IS NULL",
    )
    .bind(user)
    .bind(purpose.map(Purpose::as_str))
}

/// Removes tokens that have had their time, a bounded number.
pub fn prune(now: Timestamp, limit: u32) -> Statement {
    Statement::new(
        "DELETE FROM one_time_tokens WHERE id IN (SELECT id FROM one_time_tokens WHERE expires_at <= ?1 \
         ORDER BY expires_at LIMIT ?2)",
    )
    .bind(now)
    .bind(limit)
}

fn read(row: Row<'_>) -> Result<OneTimeToken, DatabaseError> {
    Ok(OneTimeToken {
        id: row.get("id")?,
        purpose: row.get("purpose")?,
        user_id: row.get("user_id")?,
        email: row.get("email")?,
        hash: row.get("hash")?,
    })
}
