//! Products.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};

use crate::ids::ProductId;
use crate::models::product::{
    DeletedProduct, DeletedProductView, NewProduct, Product, ProductPatch, ProductStatus, ProductView,
};
use crate::ports::{DatabaseError, Row, Statement};
use crate::query::{AccessPath, Field, Kind, Operator, Resource, Search, Stats};
use crate::repositories::changes::Changes;
use crate::repositories::deleted_rows::Restorable;
use crate::repositories::{Counted, Listed, generations};
use crate::time::Timestamp;

/// The columns of a product.
pub const COLUMNS: &str = "id, name, description, category, price, compare_at_price, stock, status, version, created_at, updated_at";

const EXACT: &[Operator] = &[Operator::Eq, Operator::Ne, Operator::In, Operator::Nin];
const ORDERED: &[Operator] =
    &[Operator::Eq, Operator::Ne, Operator::Gt, Operator::Gte, Operator::Lt, Operator::Lte, Operator::In];

/// What lists of products show, and may filter and sort by.
pub static RESOURCE: Resource = Resource {
    table: "products",
    fields: &[
        Field::new("id", Kind::Text),
        Field::new("name", Kind::Text).filtered(&[Operator::Eq, Operator::Prefix]).sortable(),
        Field::new("description", Kind::Text),
        Field::new("category", Kind::Text).filtered(EXACT),
        Field::new("price", Kind::Integer).filtered(ORDERED).sortable(),
        Field::new("compare_at_price", Kind::Integer).nullable(),
        Field::new("stock", Kind::Integer),
        Field::new("status", Kind::Choice(ProductStatus::NAMES)).filtered(EXACT),
        Field::new("version", Kind::Integer),
        Field::new("created_at", Kind::Time).filtered(ORDERED).sortable(),
        Field::new("updated_at", Kind::Time),
    ],
    default_sort: "-created_at",
    paths: &[
        AccessPath::new("products_by_created", &["created_at", "id"]),
        AccessPath::new("products_by_price", &["price", "id"]),
        AccessPath::new("products_by_name", &["name", "id"]),
        AccessPath::new("products_by_category_created", &["category", "created_at", "id"]),
        AccessPath::new("products_by_category_price", &["category", "price", "id"]),
        AccessPath::new("products_by_status_created", &["status", "created_at", "id"]),
        AccessPath::new("products_by_status_price", &["status", "price", "id"]),
        AccessPath::new("products_by_category_name", &["category", "name", "id"]),
        AccessPath::new("products_by_status_name", &["status", "name", "id"]),
        AccessPath::new("products_by_category_status_created", &["category", "status", "created_at", "id"]),
        AccessPath::new("products_by_category_status_price", &["category", "status", "price", "id"]),
        AccessPath::new("products_by_category_status_name", &["category", "status", "name", "id"]),
        AccessPath::new("products_by_price_name", &["price", "name", "id"]),
        AccessPath::new("products_by_price_down_name", &["-price", "name", "id"]),
    ],
    search: Some(Search { columns: &[("name", 10), ("description", 1)] }),
    relations: &[],
};

/// How many products each category and status has, kept by triggers.
static CELLS: Resource = Resource {
    table: "products_stats",
    fields: &[
        Field::new("category", Kind::Text).filtered(EXACT).sortable(),
        Field::new("status", Kind::Choice(ProductStatus::NAMES)).filtered(EXACT),
    ],
    default_sort: "category",
    paths: &[],
    search: None,
    relations: &[],
};

static STATS: Stats = Stats { cells: &CELLS, table: "products", of: "price" };

impl Counted for Product {
    fn stats() -> &'static Stats {
        &STATS
    }
}

impl Listed for Product {
    type View = ProductView;
    const COLUMNS: &'static str = COLUMNS;

    fn resource() -> &'static Resource {
        &RESOURCE
    }

    fn view(row: Row<'_>) -> Result<ProductView, DatabaseError> {
        read(row).map(ProductView::from)
    }
}

impl Restorable for Product {
    const STORED: &'static [&'static str] = &[
        "id",
        "name",
        "description",
        "category",
        "price",
        "compare_at_price",
        "stock",
        "status",
        "version",
        "created_at",
        "updated_at",
    ];
    const NOUN: &'static str = "product";
    const DELETED: &'static str = "deleted product";
    const VIEW: &'static str = "deleted_products";
}

/// What lists of deleted products show, and may filter and sort by. It reads a view of what was deleted.
pub static DELETED: Resource = Resource {
    table: <Product as Restorable>::VIEW,
    fields: &[
        Field::new("id", Kind::Text),
        Field::new("name", Kind::Text),
        Field::new("description", Kind::Text),
        Field::new("category", Kind::Text),
        Field::new("price", Kind::Integer),
        Field::new("compare_at_price", Kind::Integer).nullable(),
        Field::new("stock", Kind::Integer),
        Field::new("status", Kind::Choice(ProductStatus::NAMES)),
        Field::new("version", Kind::Integer),
        Field::new("created_at", Kind::Time),
        Field::new("updated_at", Kind::Time),
        Field::new("deleted_by", Kind::Text).nullable(),
        Field::new("deleted_at", Kind::Time).filtered(ORDERED).sortable(),
    ],
    default_sort: "-deleted_at",
    paths: &[AccessPath::new("deleted_rows_by_resource_deleted", &["deleted_at", "id"]).behind_view()],
    search: None,
    relations: &[],
};

impl Listed for DeletedProduct {
    type View = DeletedProductView;
    const COLUMNS: &'static str = "id, name, description, category, price, compare_at_price, stock, status, version, \
        created_at, updated_at, deleted_by, deleted_at";

    fn resource() -> &'static Resource {
        &DELETED
    }

    fn view(row: Row<'_>) -> Result<DeletedProductView, DatabaseError> {
        let product = read(row)?.into();
        Ok(DeletedProductView {
            product,
            deleted_by: row.get("deleted_by")?,
            deleted_at: row.get("deleted_at")?,
        })
    }
}

/// Adds a product.
pub fn insert(product: &Product) -> Statement {
    Statement::new(
        "INSERT INTO products (id, name, description, category, price, compare_at_price, stock, status, version, \
         created_at, updated_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    )
    .bind(&product.id)
    .bind(product.name.as_str())
    .bind(product.description.as_str())
    .bind(product.category.as_str())
    .bind(product.price)
    .bind(product.compare_at_price)
    .bind(product.stock)
    .bind(product.status.as_str())
    .bind(product.version)
    .bind(product.created_at)
    .bind(product.updated_at)
}

/// A new product as an object for [`insert_all`].
pub fn new_row(id: Option<&ProductId>, new: &NewProduct) -> Json {
    json!({
        "id": id.map(ProductId::as_str), "name": new.name, "description": new.description, "category": new.category,
        "price": new.price, "compare_at_price": new.compare_at_price, "stock": new.stock, "status": new.status.as_str(),
    })
}

/// Adds products: a JSON text as [`bulk`](crate::repositories::bulk) has it.
pub fn insert_all(items: &str, now: Timestamp) -> Statement {
    Statement::new(
        "INSERT INTO products (id, name, description, category, price, compare_at_price, stock, status, version, \
         created_at, updated_at) SELECT i.value ->> '$.id', i.value ->> '$.name', i.value ->> '$.description', \
         i.value ->> '$.category', i.value ->> '$.price', i.value ->> '$.compare_at_price', i.value ->> '$.stock', \
         i.value ->> '$.status', 1, ?2, ?2 FROM json_each(?1) AS i",
    )
    .bind(items)
    .bind(now)
}

/// What a patch names.
pub fn changes(patch: &ProductPatch) -> Changes {
    Changes::default()
        .set("name", patch.name.as_deref())
        .set("description", patch.description.as_deref())
        .set("category", patch.category.as_deref())
        .set("price", patch.price)
        .set("compare_at_price", patch.compare_at_price.to_change())
        .set("stock", patch.stock)
        .set("status", patch.status.map(ProductStatus::as_str))
}

/// Changes what the items name, each some of these columns, in products that are at their versions. The items are the
/// [`changes`] as objects in a JSON text as [`bulk`](crate::repositories::bulk) has it.
pub fn update_all(items: &str, columns: &BTreeSet<&'static str>, now: Timestamp) -> Statement {
    let item = |name: &str| format!("i.value ->> '$.{name}'");
    let set = columns.iter().map(|column| {
        let (old, new) = (format!("products.{column}"), item(column));
        format!("{column} = CASE WHEN json_type(i.value, '$.{column}') IS NULL THEN {old} ELSE {new} END, ")
    });
    let (set, id, version) = (set.collect::<String>(), item("id"), item("version"));
    let sql = format!(
        "UPDATE products SET {set}version = version + 1, updated_at = ?2 FROM json_each(?1) AS i \
         WHERE products.id = {id} AND products.version = COALESCE({version}, products.version)"
    );
    Statement::new(sql).bind(items).bind(now)
}

/// Changes what the patch names, and answers the product of the next version.
pub fn update(id: &ProductId, patch: &ProductPatch, now: Timestamp) -> Statement {
    let changes = changes(patch);
    let set = changes.assignments(3);
    Statement::new(format!(
        "UPDATE products SET {set}version = version + 1, updated_at = ?2 WHERE id = ?1 RETURNING {COLUMNS}"
    ))
    .bind(id)
    .bind(now)
    .bind_all(changes.into_values())
}

/// The product with this id, beside the generation of products.
pub fn find(id: &ProductId) -> Statement {
    generations::beside(RESOURCE.table, "products", COLUMNS, id)
}

/// Reads a row of [`COLUMNS`].
pub fn read(row: Row<'_>) -> Result<Product, DatabaseError> {
    let status: String = row.get("status")?;
    let status = ProductStatus::parse(&status)
        .ok_or_else(|| DatabaseError::Other(anyhow::anyhow!("unknown product status {status:?}")))?;
    Ok(Product {
        id: row.get("id")?,
        name: row.get("name")?,
        description: row.get("description")?,
        category: row.get("category")?,
        price: row.get("price")?,
        compare_at_price: row.get("compare_at_price")?,
        stock: row.get("stock")?,
        status,
        version: row.get("version")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}
