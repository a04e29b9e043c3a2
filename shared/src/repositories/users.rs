//! Users.

use crate::error::Result;
use crate::ids::UserId;
use crate::models::user::User;
use crate::ports::{Database, DatabaseError, Row, Statement, Value};
use crate::repositories::guards;
use crate::time::Timestamp;

const COLUMNS: &str = "id, email, email_verified_at, name, password_hash, password_changed_at, locked_at, version, created_at, updated_at";

/// Adds a user. A taken address is a unique violation of `users.email`.
pub fn insert(user: &User) -> Statement {
    Statement::new(
        "INSERT INTO users (id, email, email_verified_at, name, password_hash, created_at, updated_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)",
    )
    .bind(&user.id)
    .bind(user.email.as_str())
    .bind(user.email_verified_at)
    .bind(user.name.as_str())
    .bind(user.password_hash.as_str())
    .bind(user.created_at)
}

/// The user with this id.
pub async fn find(database: &dyn Database, id: &UserId) -> Result<Option<User>> {
    one(database, Statement::new(format!("SELECT {COLUMNS} FROM users WHERE id = ?1")).bind(id)).await
}

/// The user with this address, in lower case.
pub async fn find_by_email(database: &dyn Database, email: &str) -> Result<Option<User>> {
    one(database, Statement::new(format!("SELECT {COLUMNS} FROM users WHERE email = ?1")).bind(email)).await
}

/// Changes the name, when there is another. Answers `name` and `version` as they are then.
pub fn rename(id: &UserId, name: Option<&str>, now: Timestamp) -> Statement {
    Statement::new(
        "UPDATE users SET name = coalesce(?2, name), version = version + 1, updated_at = ?3 WHERE id = ?1 \
         RETURNING name, version",
    )
    .bind(id)
    .bind(name)
    .bind(now)
}

/// The address is verified, if it is still the user's and was not verified before.
pub fn verify_email(id: &UserId, email: &str, now: Timestamp) -> Statement {
    Statement::new(
        "UPDATE users SET email_verified_at = ?3, version = version + 1, updated_at = ?3 \
         WHERE id = ?1 AND email = ?2 AND email_verified_at IS NULL",
    )
    .bind(id)
    .bind(email)
    .bind(now)
}

/// The user has another address, which is verified. A taken one is a unique violation of `users.email`.
pub fn change_email(id: &UserId, email: &str, now: Timestamp) -> Statement {
    Statement::new(
        "UPDATE users SET email = ?2, email_verified_at = ?3, version = version + 1, updated_at = ?3 WHERE id = ?1",
    )
    .bind(id)
    .bind(email)
    .bind(now)
}

/// The user has another password.
pub fn change_password(id: &UserId, hash: &str, now: Timestamp) -> Statement {
    Statement::new(
        "UPDATE users SET password_hash = ?2, password_changed_at = ?3, version = version + 1, updated_at = ?3 \
         WHERE id = ?1",
    )
    .bind(id)
    .bind(hash)
    .bind(now)
}

/// Aborts its batch when the password was changed, or the user locked, after the user was read.
pub fn password_is_still_that_of(user: &User) -> Statement {
    let condition =
        "EXISTS (SELECT 1 FROM users WHERE id = ?1 AND password_changed_at IS ?2 AND locked_at IS NULL)";
    guards::holds(condition, vec![Value::from(&user.id), Value::from(user.password_changed_at)])
}

/// Aborts its batch when the user has another address or password than when they were read, or is locked.
pub fn may_still_have_mail(user: &User) -> Statement {
    let condition = "EXISTS (SELECT 1 FROM users WHERE id = ?1 AND password_changed_at IS ?2 AND email = ?3 \
         AND locked_at IS NULL)";
    let params =
        vec![Value::from(&user.id), Value::from(user.password_changed_at), Value::from(user.email.as_str())];
    guards::holds(condition, params)
}

/// Aborts its batch when an administrator keeps the user out, or there is none.
pub fn is_not_locked(id: &UserId) -> Statement {
    guards::holds("EXISTS (SELECT 1 FROM users WHERE id = ?1 AND locked_at IS NULL)", vec![Value::from(id)])
}

/// Puts another hash of the same password in place of `former`, unless the password was changed meanwhile.
pub fn rehash(id: &UserId, former: &str, hash: &str) -> Statement {
    Statement::new("UPDATE users SET password_hash = ?3 WHERE id = ?1 AND password_hash = ?2")
        .bind(id)
        .bind(former)
        .bind(hash)
}

/// Removes a user with everything that is theirs.
pub fn delete(id: &UserId) -> Statement {
    Statement::new("DELETE FROM users WHERE id = ?1").bind(id)
}

fn read(row: Row<'_>) -> Result<User, DatabaseError> {
    Ok(User {
        id: row.get("id")?,
        email: row.get("email")?,
        email_verified_at: row.get("email_verified_at")?,
        name: row.get("name")?,
        password_hash: row.get("password_hash")?,
        password_changed_at: row.get("password_changed_at")?,
        locked_at: row.get("locked_at")?,
        version: row.get("version")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}

async fn one(database: &dyn Database, statement: Statement) -> Result<Option<User>> {
    let rows = database.query(statement).await?;
    Ok(rows.first().map(read).transpose()?)
}
