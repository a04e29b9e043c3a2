//! API keys, and the one query that turns one into a user with capabilities.

use crate::auth::{ApiKeyHash, Credential, CurrentUser, capability_names};
use crate::error::Result;
use crate::ids::{ApiKeyId, UserId};
use crate::models::api_key::{ApiKeyRecord, ApiKeyView};
use crate::ports::{Database, DatabaseError, Row, Statement, Value};
use crate::query::{AccessPath, Field, Filter, Kind, Operator, Resource};
use crate::repositories::{Listed, access, current_user, guards};
use crate::time::Timestamp;

const ORDERED: &[Operator] = &[Operator::Gt, Operator::Gte, Operator::Lt, Operator::Lte];

/// What lists of API keys show, and may filter and sort by.
pub static RESOURCE: Resource = Resource {
    table: "api_keys",
    fields: &[
        Field::new("id", Kind::Text),
        Field::new("name", Kind::Text),
        Field::new("hint", Kind::Text),
        Field::new("capabilities", Kind::Json).sql(CAPABILITIES),
        Field::new("created_at", Kind::Time).filtered(ORDERED).sortable(),
        Field::new("expires_at", Kind::Time),
        Field::new("last_used_at", Kind::Time).nullable(),
    ],
    default_sort: "-created_at",
    paths: &[AccessPath::new("api_keys_live", &["user_id", "created_at", "id"]).where_null("revoked_at")],
};

/// What a key may do, by the names that there are, in their order.
const CAPABILITIES: &str = concat!(
    "SELECT json_group_array(k.value) FROM json_each('",
    capability_names!(),
    "') k WHERE k.value IN (SELECT s.value FROM json_each(api_keys.capabilities) s)",
);

static USER_ID: Field = Field::new("user_id", Kind::Text);
static REVOKED_AT: Field = Field::new("revoked_at", Kind::Time).nullable();

impl Listed for ApiKeyRecord {
    type View = ApiKeyView;
    const COLUMNS: &'static str =
        "id, user_id, name, hint, capabilities, created_at, expires_at, last_used_at";

    fn resource() -> &'static Resource {
        &RESOURCE
    }

    fn view(row: Row<'_>) -> Result<ApiKeyView, DatabaseError> {
        read(row).map(ApiKeyView::from)
    }
}

/// The conditions of a user's own list: their keys, but for revoked ones.
pub fn of_user(user: &UserId) -> [Filter; 2] {
    [Filter::equals(&USER_ID, user), Filter::is_null(&REVOKED_AT)]
}

/// Adds a key.
pub fn insert(key: &ApiKeyRecord, hash: &ApiKeyHash) -> Statement {
    Statement::new(
        "INSERT INTO api_keys (id, user_id, name, hash, hint, capabilities, created_at, expires_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )
    .bind(&key.id)
    .bind(&key.user_id)
    .bind(key.name.as_str())
    .bind(hash)
    .bind(key.hint.as_str())
    .bind(access::names(key.capabilities))
    .bind(key.created_at)
    .bind(key.expires_at)
}

/// Aborts the batch unless the user has fewer live keys than `most`.
pub fn fewer_than(most: u32, user: &UserId, now: Timestamp) -> Statement {
    let condition =
        "(SELECT count(*) FROM api_keys WHERE user_id = ?1 AND revoked_at IS NULL AND expires_at > ?2) < ?3";
    guards::holds(condition, vec![Value::from(user), Value::from(now), Value::from(most)])
}

/// Aborts the batch unless the user has this key and has not revoked it.
pub fn is_of(id: &ApiKeyId, user: &UserId) -> Statement {
    let condition = "EXISTS (SELECT 1 FROM api_keys WHERE id = ?1 AND user_id = ?2 AND revoked_at IS NULL)";
    guards::holds(condition, vec![Value::from(id), Value::from(user)])
}

/// Revokes the user's key.
pub fn revoke(id: &ApiKeyId, user: &UserId, now: Timestamp) -> Statement {
    Statement::new(
        "UPDATE api_keys SET revoked_at = ?3 WHERE id = ?1 AND user_id = ?2 AND revoked_at IS NULL",
    )
    .bind(id)
    .bind(user)
    .bind(now)
}

/// Revokes all keys of a user.
pub fn revoke_all(user: &UserId, now: Timestamp) -> Statement {
    Statement::new("UPDATE api_keys SET revoked_at = ?2 WHERE user_id = ?1 AND revoked_at IS NULL")
        .bind(user)
        .bind(now)
}

/// Deletes up to `limit` keys that were revoked or expired before this moment.
pub fn prune(before: Timestamp, limit: u32) -> Statement {
    // Just as in the index.
    let end = "min(expires_at, ifnull(revoked_at, expires_at))";
    Statement::new(format!(
        "DELETE FROM api_keys WHERE id IN (SELECT id FROM api_keys WHERE {end} < ?1 ORDER BY {end} LIMIT ?2)"
    ))
    .bind(before)
    .bind(limit)
}

/// Notes that the key is used, unless somebody noted that since it was last `known`.
pub fn touch(id: &ApiKeyId, now: Timestamp, known: Option<Timestamp>) -> Statement {
    Statement::new("UPDATE api_keys SET last_used_at = ?2 WHERE id = ?1 AND last_used_at IS ?3")
        .bind(id)
        .bind(now)
        .bind(known)
}

/// A user who came with an API key.
#[derive(Debug, Clone)]
pub struct KeyUser {
    /// Who it is, with what key and user may do both.
    pub user: CurrentUser,
    /// The key.
    pub key: ApiKeyId,
    /// When its use was last noted.
    pub last_used_at: Option<Timestamp>,
}

/// The user of a live key, with what both may do.
pub async fn load_user(
    database: &dyn Database,
    hash: &ApiKeyHash,
    now: Timestamp,
) -> Result<Option<KeyUser>> {
    let statement = Statement::new(format!(
        "SELECT {}, k.id AS key_id, k.capabilities AS scope, k.last_used_at FROM api_keys k JOIN users u ON u.id = k.user_id \
         WHERE k.hash = ?1 AND k.revoked_at IS NULL AND k.expires_at > ?2 AND u.locked_at IS NULL",
        current_user::COLUMNS
    ));
    let rows = database.query(statement.bind(hash).bind(now)).await?;
    Ok(rows.first().map(read_user).transpose()?)
}

fn read_user(row: Row<'_>) -> Result<KeyUser, DatabaseError> {
    let key: ApiKeyId = row.get("key_id")?;
    let mut user = current_user::read(row, Credential::ApiKey(key.clone()))?;
    user.capabilities = user.capabilities.intersection(current_user::names(&row.get::<String>("scope")?)?);
    Ok(KeyUser { user, key, last_used_at: row.get("last_used_at")? })
}

fn read(row: Row<'_>) -> Result<ApiKeyRecord, DatabaseError> {
    Ok(ApiKeyRecord {
        id: row.get("id")?,
        user_id: row.get("user_id")?,
        name: row.get("name")?,
        hint: row.get("hint")?,
        capabilities: current_user::names(&row.get::<String>("capabilities")?)?,
        created_at: row.get("created_at")?,
        expires_at: row.get("expires_at")?,
        last_used_at: row.get("last_used_at")?,
    })
}
