//! Sessions, and the one query that turns a session into a user with capabilities.

use crate::auth::{Capabilities, Claims, Credential, CurrentSession, CurrentUser};
use crate::error::Result;
use crate::ids::{SessionId, UserId};
use crate::models::session::Session;
use crate::ports::{Database, DatabaseError, Row, Statement};
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

/// Ends all sessions of a user, but for one if it is named.
pub fn revoke_all(user: &UserId, except: Option<&SessionId>, now: Timestamp) -> Statement {
    Statement::new(
        "UPDATE sessions SET revoked_at = ?2 WHERE user_id = ?1 AND revoked_at IS NULL AND (?3 IS NULL OR id <> ?3)",
    )
    .bind(user)
    .bind(now)
    .bind(except)
}

const LOAD_USER: &str = "\
    SELECT u.id, u.email, u.email_verified_at IS NOT NULL AS email_verified, u.name, u.version, u.created_at, \
      s.id AS session_id, s.methods, s.authenticated_at, \
      (SELECT json_group_array(c.capability) FROM user_roles r JOIN role_capabilities c ON c.role_id = r.role_id \
       WHERE r.user_id = u.id) AS capabilities, \
      EXISTS (SELECT 1 FROM user_roles ur JOIN roles r ON r.id = ur.role_id \
       WHERE ur.user_id = u.id AND r.grants_all = 1) AS grants_all \
    FROM sessions s JOIN users u ON u.id = s.user_id \
    WHERE s.id = ?1 AND s.user_id = ?2 AND s.revoked_at IS NULL AND s.expires_at > ?3 AND s.idle_expires_at > ?3 \
      AND u.locked_at IS NULL";

/// The user of a session that is alive, with what their roles allow.
pub async fn load_user(
    database: &dyn Database,
    claims: &Claims,
    now: Timestamp,
) -> Result<Option<CurrentUser>> {
    let statement = Statement::new(LOAD_USER).bind(&claims.session_id).bind(&claims.user_id).bind(now);
    let rows = database.query(statement).await?;
    Ok(rows.first().map(read_user).transpose()?)
}

fn read_user(row: Row<'_>) -> Result<CurrentUser, DatabaseError> {
    let names: Vec<String> = serde_json::from_str(&row.get::<String>("capabilities")?)
        .map_err(|error| DatabaseError::Other(error.into()))?;
    let capabilities = if row.get("grants_all")? {
        Capabilities::EVERY
    } else {
        Capabilities::from_names(names.iter().map(String::as_str))
    };
    Ok(CurrentUser {
        id: row.get("id")?,
        credential: Credential::Session(CurrentSession {
            id: row.get("session_id")?,
            methods: row.get("methods")?,
            authenticated_at: row.get("authenticated_at")?,
        }),
        email: row.get("email")?,
        email_verified: row.get("email_verified")?,
        name: row.get("name")?,
        capabilities,
        version: row.get("version")?,
        created_at: row.get("created_at")?,
    })
}
