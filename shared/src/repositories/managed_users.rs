//! Users, for those who administer them.

use crate::error::Result;
use crate::ids::{Id as _, RoleId, UserId};
use crate::models::managed_user::{ManagedUser, ManagedUserPatch, ManagedUserView};
use crate::ports::{Database, DatabaseError, Row, Statement};
use crate::query::{AccessPath, Field, Kind, Operator, Resource};
use crate::repositories::{Listed, access};
use crate::time::Timestamp;

const COLUMNS: &str = "id, email, email_verified_at IS NOT NULL AS email_verified, name, locked, version, created_at, \
    updated_at, (SELECT json_group_array(ur.role_id) FROM user_roles ur WHERE ur.user_id = users.id) AS roles";

const TEXT: &[Operator] = &[Operator::Eq, Operator::Prefix];
const ORDERED: &[Operator] = &[Operator::Gt, Operator::Gte, Operator::Lt, Operator::Lte];

/// What lists of users show, and may filter and sort by.
pub static RESOURCE: Resource = Resource {
    table: "users",
    fields: &[
        Field::new("id", Kind::Text),
        Field::new("email", Kind::Text).filtered(TEXT).sortable(),
        Field::new("email_verified", Kind::Truth).sql("email_verified_at IS NOT NULL"),
        Field::new("name", Kind::Text).filtered(TEXT).sortable(),
        Field::new("locked", Kind::Truth).filtered(&[Operator::Eq]),
        Field::new("roles", Kind::Json)
            .sql("SELECT json_group_array(ur.role_id) FROM user_roles ur WHERE ur.user_id = users.id"),
        Field::new("version", Kind::Integer),
        Field::new("created_at", Kind::Time).filtered(ORDERED).sortable(),
        Field::new("updated_at", Kind::Time),
    ],
    default_sort: "-created_at",
    paths: &[
        AccessPath::new("users_by_created", &["created_at", "id"]),
        AccessPath::new("users_by_name", &["name", "id"]),
        AccessPath::new("sqlite_autoindex_users_2", &["email"]).unique(),
        AccessPath::new("users_by_locked_created", &["locked", "created_at", "id"]),
        AccessPath::new("users_by_locked_name", &["locked", "name", "id"]),
        AccessPath::new("users_by_locked_email", &["locked", "email", "id"]),
    ],
};

impl Listed for ManagedUser {
    type View = ManagedUserView;
    const COLUMNS: &'static str = COLUMNS;

    fn resource() -> &'static Resource {
        &RESOURCE
    }

    fn view(row: Row<'_>) -> Result<ManagedUserView, DatabaseError> {
        read(row).map(ManagedUserView::from)
    }
}

/// The user with this id.
pub async fn find(database: &dyn Database, id: &UserId) -> Result<Option<ManagedUser>> {
    let rows = database.query(select(id)).await?;
    Ok(rows.first().map(read).transpose()?)
}

/// Reads a user in a batch.
pub fn select(id: &UserId) -> Statement {
    Statement::new(format!("SELECT {COLUMNS} FROM users WHERE id = ?1")).bind(id)
}

/// Changes what the patch names. A user who is locked already stays locked since then.
pub fn update(id: &UserId, patch: &ManagedUserPatch, now: Timestamp) -> Statement {
    Statement::new(
        "UPDATE users SET name = COALESCE(?2, name), \
         locked_at = CASE ?3 WHEN 1 THEN COALESCE(locked_at, ?4) WHEN 0 THEN NULL ELSE locked_at END, \
         version = version + 1, updated_at = ?4 WHERE id = ?1",
    )
    .bind(id)
    .bind(patch.name.as_deref())
    .bind(patch.locked)
    .bind(now)
}

/// Makes these the roles of a user. One that is no role is a foreign key violation.
pub fn set_roles(id: &UserId, roles: &[RoleId], now: Timestamp) -> [Statement; 3] {
    [
        Statement::new("DELETE FROM user_roles WHERE user_id = ?1").bind(id),
        Statement::new(
            "INSERT INTO user_roles (user_id, role_id) SELECT DISTINCT ?1, value FROM json_each(?2)",
        )
        .bind(id)
        .bind(access::array(roles)),
        Statement::new("UPDATE users SET version = version + 1, updated_at = ?2 WHERE id = ?1")
            .bind(id)
            .bind(now),
    ]
}

/// Reads a row of [`COLUMNS`].
pub fn read(row: Row<'_>) -> Result<ManagedUser, DatabaseError> {
    let roles: Vec<String> = serde_json::from_str(&row.get::<String>("roles")?)
        .map_err(|error| DatabaseError::Other(error.into()))?;
    Ok(ManagedUser {
        id: row.get("id")?,
        email: row.get("email")?,
        email_verified: row.get("email_verified")?,
        name: row.get("name")?,
        locked: row.get("locked")?,
        roles: roles.iter().filter_map(|id| RoleId::parse(id)).collect(),
        version: row.get("version")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}
