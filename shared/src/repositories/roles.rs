//! Roles.

use crate::auth::{Capabilities, capability_names};
use crate::error::Result;
use crate::ids::RoleId;
use crate::models::role::{Role, RolePatch, RoleView};
use crate::ports::{Database, DatabaseError, Row, Statement};
use crate::query::{AccessPath, Field, Kind, Operator, Resource};
use crate::repositories::{Listed, access};
use crate::time::Timestamp;

const COLUMNS: &str = "id, name, description, grants_all, built_in, version, created_at, updated_at, \
    (SELECT json_group_array(c.capability) FROM role_capabilities c WHERE c.role_id = roles.id) AS capabilities";

/// What lists of roles show, and may filter and sort by.
pub static RESOURCE: Resource = Resource {
    table: "roles",
    fields: &[
        Field::new("id", Kind::Text),
        Field::new("name", Kind::Text).filtered(&[Operator::Eq, Operator::Prefix]).sortable(),
        Field::new("description", Kind::Text),
        Field::new("capabilities", Kind::Json).sql(CAPABILITIES),
        Field::new("built_in", Kind::Truth),
        Field::new("version", Kind::Integer),
        Field::new("created_at", Kind::Time).sortable(),
        Field::new("updated_at", Kind::Time),
    ],
    default_sort: "name",
    paths: &[
        AccessPath::new("sqlite_autoindex_roles_2", &["name"]).unique(),
        AccessPath::new("roles_by_created", &["created_at", "id"]),
    ],
};

/// What a role allows, by the names that there are, in their order.
const CAPABILITIES: &str = concat!(
    "SELECT json_group_array(k.value) FROM json_each('",
    capability_names!(),
    "') k WHERE k.value <> '' AND (grants_all \
     OR EXISTS (SELECT 1 FROM role_capabilities c WHERE c.role_id = roles.id AND c.capability = k.value))",
);

impl Listed for Role {
    type View = RoleView;
    const COLUMNS: &'static str = COLUMNS;

    fn resource() -> &'static Resource {
        &RESOURCE
    }

    fn view(row: Row<'_>) -> Result<RoleView, DatabaseError> {
        read(row).map(RoleView::from)
    }
}

/// Adds a role, without what it allows. A taken name is a unique violation of `roles.name`.
pub fn insert(role: &Role) -> Statement {
    Statement::new(
        "INSERT INTO roles (id, name, description, version, created_at, updated_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )
    .bind(&role.id)
    .bind(role.name.as_str())
    .bind(role.description.as_str())
    .bind(role.version)
    .bind(role.created_at)
    .bind(role.updated_at)
}

/// Changes name and description as the patch says, and raises the version.
pub fn update(id: &RoleId, patch: &RolePatch, now: Timestamp) -> Statement {
    Statement::new(
        "UPDATE roles SET name = COALESCE(?2, name), description = COALESCE(?3, description), version = version + 1, \
         updated_at = ?4 WHERE id = ?1",
    )
    .bind(id)
    .bind(patch.name.as_deref())
    .bind(patch.description.as_deref())
    .bind(now)
}

/// Makes this the set that a role allows.
pub fn allow(id: &RoleId, set: Capabilities) -> [Statement; 2] {
    [
        Statement::new("DELETE FROM role_capabilities WHERE role_id = ?1").bind(id),
        Statement::new(
            "INSERT INTO role_capabilities (role_id, capability) SELECT ?1, value FROM json_each(?2)",
        )
        .bind(id)
        .bind(access::names(set)),
    ]
}

/// Raises the version of everybody who has the role, for what takes it from them.
pub fn touch_members(id: &RoleId, now: Timestamp) -> Statement {
    Statement::new(
        "UPDATE users SET version = version + 1, updated_at = ?2 \
         WHERE id IN (SELECT user_id FROM user_roles WHERE role_id = ?1)",
    )
    .bind(id)
    .bind(now)
}

/// Deletes a role, and so takes it from its users.
pub fn delete(id: &RoleId) -> Statement {
    Statement::new("DELETE FROM roles WHERE id = ?1").bind(id)
}

/// Reads a role in a batch.
pub fn select(id: &RoleId) -> Statement {
    Statement::new(format!("SELECT {COLUMNS} FROM roles WHERE id = ?1")).bind(id)
}

/// The role with this id.
pub async fn find(database: &dyn Database, id: &RoleId) -> Result<Option<Role>> {
    let rows = database.query(select(id)).await?;
    Ok(rows.first().map(read).transpose()?)
}

/// Those of the ids that are no role.
pub async fn unknown(database: &dyn Database, ids: &[RoleId]) -> Result<Vec<RoleId>> {
    let statement = Statement::new(
        "SELECT value AS id FROM json_each(?1) WHERE NOT EXISTS (SELECT 1 FROM roles WHERE roles.id = value)",
    );
    let rows = database.query(statement.bind(access::array(ids))).await?;
    Ok(rows.iter().map(|row| row.get("id")).collect::<Result<_, _>>()?)
}

/// Reads a row of [`COLUMNS`]. Names of capabilities that no longer exist are passed over.
pub fn read(row: Row<'_>) -> Result<Role, DatabaseError> {
    let names: Vec<String> = serde_json::from_str(&row.get::<String>("capabilities")?)
        .map_err(|error| DatabaseError::Other(error.into()))?;
    let capabilities = if row.get("grants_all")? {
        Capabilities::EVERY
    } else {
        Capabilities::from_names(names.iter().map(String::as_str))
    };
    Ok(Role {
        id: row.get("id")?,
        name: row.get("name")?,
        description: row.get("description")?,
        capabilities,
        built_in: row.get("built_in")?,
        version: row.get("version")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}
