//! Users.

use crate::error::Result;
use crate::ids::UserId;
use crate::models::user::User;
use crate::ports::{Database, DatabaseError, Row, Statement};

const COLUMNS: &str =
    "id, email, email_verified_at, name, password_hash, locked_at, version, created_at, updated_at";

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

async fn one(database: &dyn Database, statement: Statement) -> Result<Option<User>> {
    let rows = database.query(statement).await?;
    Ok(rows.first().map(read).transpose()?)
}

fn read(row: Row<'_>) -> Result<User, DatabaseError> {
    Ok(User {
        id: row.get("id")?,
        email: row.get("email")?,
        email_verified_at: row.get("email_verified_at")?,
        name: row.get("name")?,
        password_hash: row.get("password_hash")?,
        locked_at: row.get("locked_at")?,
        version: row.get("version")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}
