//! Sessions, and the one query that turns a session into a user with capabilities.

use crate::auth::{Claims, Credential, CurrentSession, CurrentUser};
use crate::error::Result;
use crate::ids::SessionId;
use crate::models::session::Session;
use crate::ports::{Database, DatabaseError, Row, Statement};
use crate::repositories::current_user;
use crate::time::Timestamp;

/// Adds a session.
pub fn insert(session: &Session) -> Statement {
    Statement::new(
        "INSERT INTO sessions (id, user_id, methods, authenticated_at, created_at, last_used_at, expires_at, idle_expires_at, \
         address, user_agent, refresh_hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    )
    .bind(&session.id)
    .bind(&session.user_id)
    .bind(session.methods.as_str())
    .bind(session.authenticated_at)
    .bind(session.created_at)
    .bind(session.last_used_at)
    .bind(session.expires_at)
    .bind(session.idle_expires_at)
    .bind(session.address.as_str())
    .bind(session.user_agent.as_str())
    .bind(session.refresh_hash.as_str())
}

/// Ends a session; one that has ended stays as it is.
pub fn revoke(id: &SessionId, now: Timestamp) -> Statement {
    Statement::new("UPDATE sessions SET revoked_at = ?2 WHERE id = ?1 AND revoked_at IS NULL")
        .bind(id)
        .bind(now)
}

/// The user of a session that is alive, with what their roles allow.
pub async fn load_user(
    database: &dyn Database,
    claims: &Claims,
    now: Timestamp,
) -> Result<Option<CurrentUser>> {
    let statement = Statement::new(format!(
        "SELECT {}, s.id AS session_id, s.methods, s.authenticated_at FROM sessions s JOIN users u ON u.id = s.user_id \
         WHERE s.id = ?1 AND s.user_id = ?2 AND s.revoked_at IS NULL AND s.expires_at > ?3 AND s.idle_expires_at > ?3 \
         AND u.locked_at IS NULL",
        current_user::COLUMNS
    ));
    let statement = statement.bind(&claims.session_id).bind(&claims.user_id).bind(now);
    let rows = database.query(statement).await?;
    let read = |row: Row<'_>| current_user::read(row, Credential::Session(read_current(row)?));
    Ok(rows.first().map(read).transpose()?)
}

fn read_current(row: Row<'_>) -> Result<CurrentSession, DatabaseError> {
    Ok(CurrentSession {
        id: row.get("session_id")?,
        methods: row.get("methods")?,
        authenticated_at: row.get("authenticated_at")?,
    })
}
