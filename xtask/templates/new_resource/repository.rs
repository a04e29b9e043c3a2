//! Sample items.

use crate::ids::SampleItemId;
use crate::models::sample_item::{SampleItem, SampleItemPatch, SampleItemStatus, SampleItemView};
use crate::ports::{DatabaseError, Row, Statement};
use crate::query::{AccessPath, Field, Kind, Operator, Resource};
use crate::repositories::changes::Changes;
use crate::repositories::{Listed, generations};
use crate::time::Timestamp;

/// The columns of a sample item.
pub const COLUMNS: &str = "id, name, description, quantity, status, version, created_at, updated_at";

const EXACT: &[Operator] = &[Operator::Eq, Operator::Ne, Operator::In, Operator::Nin];
const ORDERED: &[Operator] =
    &[Operator::Eq, Operator::Ne, Operator::Gt, Operator::Gte, Operator::Lt, Operator::Lte, Operator::In];

/// What lists of sample items show, and may filter and sort by. Each order has its index in the migration.
pub static RESOURCE: Resource = Resource {
    table: "sample_items",
    fields: &[
        Field::new("id", Kind::Text),
        Field::new("name", Kind::Text).filtered(&[Operator::Eq, Operator::Prefix]).sortable(),
        Field::new("description", Kind::Text).nullable(),
        Field::new("quantity", Kind::Integer).filtered(ORDERED).sortable(),
        Field::new("status", Kind::Choice(SampleItemStatus::NAMES)).filtered(EXACT),
        Field::new("version", Kind::Integer),
        Field::new("created_at", Kind::Time).filtered(ORDERED).sortable(),
        Field::new("updated_at", Kind::Time),
    ],
    default_sort: "-created_at",
    paths: &[
        AccessPath::new("sample_items_by_created", &["created_at", "id"]),
        AccessPath::new("sample_items_by_name", &["name", "id"]),
        AccessPath::new("sample_items_by_quantity", &["quantity", "id"]),
        AccessPath::new("sample_items_by_status_created", &["status", "created_at", "id"]),
        AccessPath::new("sample_items_by_status_name", &["status", "name", "id"]),
        AccessPath::new("sample_items_by_status_quantity", &["status", "quantity", "id"]),
    ],
    search: None,
    relations: &[],
};

impl Listed for SampleItem {
    type View = SampleItemView;
    const COLUMNS: &'static str = COLUMNS;

    fn resource() -> &'static Resource {
        &RESOURCE
    }

    fn view(row: Row<'_>) -> Result<SampleItemView, DatabaseError> {
        read(row).map(SampleItemView::from)
    }
}

/// Adds a sample item.
pub fn insert(sample_item: &SampleItem) -> Statement {
    Statement::new(
        "INSERT INTO sample_items (id, name, description, quantity, status, version, created_at, updated_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )
    .bind(&sample_item.id)
    .bind(sample_item.name.as_str())
    .bind(sample_item.description.as_deref())
    .bind(sample_item.quantity)
    .bind(sample_item.status.as_str())
    .bind(sample_item.version)
    .bind(sample_item.created_at)
    .bind(sample_item.updated_at)
}

/// Changes what the patch names, and answers the sample item of the next version.
pub fn update(id: &SampleItemId, patch: &SampleItemPatch, now: Timestamp) -> Statement {
    let changes = Changes::default()
        .set("name", patch.name.as_deref())
        .set("description", patch.description.to_change())
        .set("quantity", patch.quantity)
        .set("status", patch.status.map(SampleItemStatus::as_str));
    let set = changes.assignments(3);
    Statement::new(format!(
        "UPDATE sample_items SET {set}version = version + 1, updated_at = ?2 WHERE id = ?1 RETURNING {COLUMNS}"
    ))
    .bind(id)
    .bind(now)
    .bind_all(changes.into_values())
}

/// Deletes a sample item.
pub fn delete(id: &SampleItemId) -> Statement {
    Statement::new("DELETE FROM sample_items WHERE id = ?1").bind(id)
}

/// The sample item with this id, beside the generation of sample items.
pub fn find(id: &SampleItemId) -> Statement {
    generations::beside(RESOURCE.table, RESOURCE.table, COLUMNS, id)
}

/// Reads a row of [`COLUMNS`].
pub fn read(row: Row<'_>) -> Result<SampleItem, DatabaseError> {
    let status: String = row.get("status")?;
    let status = SampleItemStatus::parse(&status)
        .ok_or_else(|| DatabaseError::Other(anyhow::anyhow!("unknown sample item status {status:?}")))?;
    Ok(SampleItem {
        id: row.get("id")?,
        name: row.get("name")?,
        description: row.get("description")?,
        quantity: row.get("quantity")?,
        status,
        version: row.get("version")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}
