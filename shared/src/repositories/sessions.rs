//! Sessions, and the one query that turns a session into a user with capabilities.

use crate::auth::{Claims, Credential, CurrentSession, CurrentUser};
use crate::error::Result;
use crate::ids::{SessionId, UserId};
use crate::models::session::Session;
use crate::ports::{Database, DatabaseError, Row, Statement, Value};
use crate::repositories::{current_user, guards};
use crate::time::Timestamp;

/// The most sessions of a user that are alive at once.
pub const MAX_LIVE: u32 = 100;

const COLUMNS: &str = "id, user_id, methods, authenticated_at, created_at, last_used_at, expires_at, idle_expires_at, \
    address, user_agent, refresh_hash";

/// Why a refresh token that could not be exchanged may be what it is.
#[derive(Debug)]
pub struct Family {
    /// The session as it is now.
    pub session: Session,
    /// Whether it is alive.
    pub alive: bool,
    /// SHA-256 of the token before the one in force.
    pub previous_hash: Option<String>,
    /// When that one was exchanged.
    pub rotated_at: Option<Timestamp>,
    /// The token in force, encrypted with it.
    pub sealed_successor: Option<String>,
}

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
        "UPDATE sessions SET revoked_at = ?2 \
         WHERE user_id = ?1 AND revoked_at IS NULL AND (?3 IS NULL OR id <> ?3)",
    )
    .bind(user)
    .bind(now)
    .bind(except)
}

/// Makes room for a new session: ends the least recently used ones of its user as long as there are too many.
pub fn revoke_beyond_most(new: &Session) -> Statement {
    Statement::new(
        "UPDATE sessions SET revoked_at = ?3 WHERE id IN (SELECT id FROM sessions \
         WHERE user_id = ?1 AND id <> ?2 AND revoked_at IS NULL AND expires_at > ?3 AND idle_expires_at > ?3 \
         ORDER BY last_used_at DESC, id DESC LIMIT -1 OFFSET ?4)",
    )
    .bind(&new.user_id)
    .bind(&new.id)
    .bind(new.created_at)
    .bind(MAX_LIVE - 1)
}

/// Aborts its batch unless the session is alive, and of this user.
pub fn guard_alive(id: &SessionId, user: &UserId, now: Timestamp) -> Statement {
    let condition = "EXISTS (SELECT 1 FROM sessions WHERE id = ?1 AND user_id = ?2 \
        AND revoked_at IS NULL AND expires_at > ?3 AND idle_expires_at > ?3)";
    guards::holds(condition, vec![Value::from(id), Value::from(user), Value::from(now)])
}

/// The sessions of a user that are alive, the last used first.
pub async fn live(database: &dyn Database, user: &UserId, now: Timestamp) -> Result<Vec<Session>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM sessions WHERE user_id = ?1 AND revoked_at IS NULL AND expires_at > ?2 \
         AND idle_expires_at > ?2 ORDER BY last_used_at DESC, id DESC LIMIT ?3"
    );
    let rows = database.query(Statement::new(sql).bind(user).bind(now).bind(MAX_LIVE)).await?;
    Ok(rows.iter().map(read).collect::<Result<_, _>>()?)
}

/// What an exchange of the refresh token in force writes.
#[derive(Debug)]
pub struct Rotation<'a> {
    /// Whose token it is.
    pub id: &'a SessionId,
    /// SHA-256 of the token that was shown.
    pub hash: &'a str,
    /// SHA-256 of the one that comes after it.
    pub next_hash: &'a str,
    /// That one, encrypted with the one that was shown.
    pub sealed_successor: &'a str,
    /// The time.
    pub now: Timestamp,
    /// When the session ends unless it is used again.
    pub idle_expires_at: Timestamp,
    /// Where the request comes from.
    pub address: &'a str,
    /// What the client calls itself.
    pub user_agent: &'a str,
}

/// Exchanges the refresh token if it is in force and the session alive. Of two at once with the same token one succeeds.
pub async fn rotate(database: &dyn Database, rotation: &Rotation<'_>) -> Result<Option<Session>> {
    let sql = format!(
        "UPDATE sessions SET previous_hash = refresh_hash, refresh_hash = ?3, sealed_successor = ?4, rotated_at = ?5, \
         last_used_at = ?5, idle_expires_at = min(expires_at, ?6), address = ?7, user_agent = ?8 \
         WHERE id = ?1 AND refresh_hash = ?2 AND revoked_at IS NULL AND expires_at > ?5 AND idle_expires_at > ?5 \
         AND EXISTS (SELECT 1 FROM users u WHERE u.id = sessions.user_id AND u.locked_at IS NULL) \
         RETURNING {COLUMNS}"
    );
    let statement = Statement::new(sql)
        .bind(rotation.id)
        .bind(rotation.hash)
        .bind(rotation.next_hash)
        .bind(rotation.sealed_successor)
        .bind(rotation.now)
        .bind(rotation.idle_expires_at)
        .bind(rotation.address)
        .bind(rotation.user_agent);
    Ok(database.query(statement).await?.first().map(read).transpose()?)
}

/// The session with what is known of its refresh tokens, dead or alive.
pub async fn family(database: &dyn Database, id: &SessionId, now: Timestamp) -> Result<Option<Family>> {
    let sql = format!(
        "SELECT {COLUMNS}, previous_hash, rotated_at, sealed_successor, \
         revoked_at IS NULL AND expires_at > ?2 AND idle_expires_at > ?2 \
           AND EXISTS (SELECT 1 FROM users u WHERE u.id = sessions.user_id AND u.locked_at IS NULL) AS alive \
         FROM sessions WHERE id = ?1"
    );
    let rows = database.query(Statement::new(sql).bind(id).bind(now)).await?;
    let family = |row: Row<'_>| {
        Ok::<_, DatabaseError>(Family {
            session: read(row)?,
            alive: row.get("alive")?,
            previous_hash: row.get("previous_hash")?,
            rotated_at: row.get("rotated_at")?,
            sealed_successor: row.get("sealed_successor")?,
        })
    };
    Ok(rows.first().map(family).transpose()?)
}

/// Deletes up to `limit` sessions that came to their end by themselves before this moment, or would have.
pub fn prune(before: Timestamp, limit: u32) -> Statement {
    Statement::new(
        "DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE idle_expires_at < ?1 \
         ORDER BY idle_expires_at LIMIT ?2)",
    )
    .bind(before)
    .bind(limit)
}

fn read(row: Row<'_>) -> Result<Session, DatabaseError> {
    Ok(Session {
        id: row.get("id")?,
        user_id: row.get("user_id")?,
        methods: row.get("methods")?,
        authenticated_at: row.get("authenticated_at")?,
        created_at: row.get("created_at")?,
        last_used_at: row.get("last_used_at")?,
        expires_at: row.get("expires_at")?,
        idle_expires_at: row.get("idle_expires_at")?,
        address: row.get("address")?,
        user_agent: row.get("user_agent")?,
        refresh_hash: row.get("refresh_hash")?,
    })
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
