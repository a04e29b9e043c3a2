//! Who holds what, and the guards of batches that give, take or touch it.

use crate::auth::{Capabilities, CurrentUser};
use crate::error::Result;
use crate::ids::{RoleId, UserId};
use crate::ports::{Database, DatabaseError, Row, Statement, Value};
use crate::repositories::guards::{self, Guard};

/// Whether the user `?1` may do everything.
const HOLDS_ALL: &str = "EXISTS (SELECT 1 FROM user_roles a JOIN roles g ON g.id = a.role_id \
    WHERE a.user_id = ?1 AND g.grants_all = 1)";

/// What the roles of the user `?1` list.
const HELD: &str = "SELECT c.capability FROM user_roles a JOIN role_capabilities c ON c.role_id = a.role_id WHERE a.user_id = ?1";

/// Roles that a batch is about, as a query of `role_id`; its parameters follow those of the caller from `?4` on.
#[derive(Debug, Clone)]
pub struct Touched {
    query: &'static str,
    params: Vec<Value>,
}

impl Touched {
    /// One role.
    pub fn role(id: &RoleId) -> Self {
        Self { query: "SELECT ?4 AS role_id", params: vec![id.into()] }
    }

    /// Roles by id.
    pub fn roles<'a>(ids: impl IntoIterator<Item = &'a RoleId>) -> Self {
        Self { query: "SELECT value AS role_id FROM json_each(?4)", params: vec![array(ids)] }
    }

    /// Whatever the user has.
    pub fn user(id: &UserId) -> Self {
        Self { query: "SELECT role_id FROM user_roles WHERE user_id = ?4", params: vec![id.into()] }
    }

    /// Whatever those have who have the role, but for those who may do everything: they lose nothing by a role.
    pub fn members(id: &RoleId) -> Self {
        let query = "SELECT DISTINCT o.role_id FROM user_roles m JOIN user_roles o ON o.user_id = m.user_id \
            WHERE m.role_id = ?4 AND NOT EXISTS (SELECT 1 FROM user_roles x JOIN roles y ON y.id = x.role_id \
            WHERE x.user_id = m.user_id AND y.grants_all = 1)";
        Self { query, params: vec![id.into()] }
    }
}

/// Ids as a JSON array.
pub(super) fn array<'a>(ids: impl IntoIterator<Item = &'a RoleId>) -> Value {
    let ids: Vec<_> = ids.into_iter().map(|id| format!("\"{id}\"")).collect();
    Value::Text(format!("[{}]", ids.join(",")))
}

/// The names of a set as a JSON array.
pub(super) fn names(set: Capabilities) -> Value {
    let names: Vec<_> = set.names().map(|name| format!("\"{name}\"")).collect();
    Value::Text(format!("[{}]", names.join(",")))
}

/// As [`names`], but NULL for everything there is and will be.
fn bound(set: Capabilities) -> Value {
    if set == Capabilities::EVERY { Value::Null } else { names(set) }
}

/// Aborts the batch unless the caller is not locked, still holds the capability `needs`, and holds everything that the
/// roles at this point of the batch grant: by their own roles as they are now, and by what the request came in with,
/// which for an API key is less.
pub fn within_own(caller: &CurrentUser, needs: &'static str, touched: Touched) -> Statement {
    let query = touched.query;
    let condition = format!(
        "EXISTS (SELECT 1 FROM users WHERE id = ?1 AND locked_at IS NULL) AND ({HOLDS_ALL} OR ?3 IN ({HELD})) \
         AND NOT EXISTS (SELECT 1 FROM ({query}) q JOIN roles r ON r.id = q.role_id \
           LEFT JOIN role_capabilities t ON t.role_id = r.id \
           WHERE CASE WHEN r.grants_all = 1 THEN ?2 IS NOT NULL OR NOT {HOLDS_ALL} \
             ELSE t.capability IS NOT NULL AND ((?2 IS NOT NULL AND t.capability NOT IN (SELECT value FROM json_each(?2))) \
               OR NOT ({HOLDS_ALL} OR t.capability IN ({HELD}))) END)"
    );
    let mut params = vec![Value::from(&caller.id), bound(caller.capabilities), Value::from(needs)];
    params.extend(touched.params);
    guards::states(Guard::WithinOwn, &condition, params)
}

/// Aborts the batch unless somebody who is not locked may do everything, whatever becomes of this user: `keeps` are the
/// roles that they have afterwards, none if they are locked or deleted. A user who is no administrator is none to miss.
pub fn administrator_left<'a>(user: &UserId, keeps: impl IntoIterator<Item = &'a RoleId>) -> Statement {
    // CROSS JOIN keeps this order: else the planner may walk through everybody's roles.
    let condition = "NOT EXISTS (SELECT 1 FROM user_roles a JOIN roles g ON g.id = a.role_id JOIN users u ON u.id = a.user_id \
           WHERE a.user_id = ?1 AND g.grants_all = 1 AND u.locked_at IS NULL) \
         OR EXISTS (SELECT 1 FROM json_each(?2) k JOIN roles g ON g.id = k.value WHERE g.grants_all = 1) \
         OR EXISTS (SELECT 1 FROM roles g CROSS JOIN user_roles a ON a.role_id = g.id CROSS JOIN users u ON u.id = a.user_id \
           WHERE g.grants_all = 1 AND a.user_id <> ?1 AND u.locked_at IS NULL)";
    guards::states(Guard::AdministratorLeft, condition, vec![user.into(), array(keeps)])
}

/// Aborts the batch unless somebody who is not locked may do everything, also without this role. A role by which nobody
/// does is none to miss.
pub fn administrator_left_without(role: &RoleId) -> Statement {
    let condition = "NOT EXISTS (SELECT 1 FROM roles g CROSS JOIN user_roles a ON a.role_id = g.id \
           CROSS JOIN users u ON u.id = a.user_id WHERE g.id = ?1 AND g.grants_all = 1 AND u.locked_at IS NULL) \
         OR EXISTS (SELECT 1 FROM roles g CROSS JOIN user_roles a ON a.role_id = g.id CROSS JOIN users u ON u.id = a.user_id \
           WHERE g.grants_all = 1 AND g.id <> ?1 AND u.locked_at IS NULL)";
    guards::states(Guard::AdministratorLeft, condition, vec![role.into()])
}

/// What the user holds now.
pub async fn held_by(database: &dyn Database, user: &UserId) -> Result<Capabilities> {
    held_through(database, Touched::user(user)).await
}

/// What the roles grant together.
pub async fn held_through(database: &dyn Database, touched: Touched) -> Result<Capabilities> {
    let sql = format!(
        "SELECT r.grants_all, t.capability FROM ({}) q JOIN roles r ON r.id = q.role_id \
         LEFT JOIN role_capabilities t ON t.role_id = r.id",
        touched.query.replace("?4", "?1")
    );
    let rows = database.query(Statement { sql: sql.into(), params: touched.params }).await?;
    let held = |row: Row<'_>| -> Result<Capabilities, DatabaseError> {
        let name: Option<String> = row.get("capability")?;
        let all = row.get("grants_all")?;
        Ok(if all { Capabilities::EVERY } else { Capabilities::from_names(name.as_deref()) })
    };
    let held = rows.iter().map(held).collect::<Result<Vec<_>, _>>()?;
    Ok(held.into_iter().fold(Capabilities::default(), Capabilities::union))
}
