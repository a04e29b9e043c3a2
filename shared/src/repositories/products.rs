//! Products.

use crate::error::Result;
use crate::ids::ProductId;
use crate::models::product::{Product, ProductPatch, ProductStatus, ProductView};
use crate::ports::{Database, DatabaseError, Row, Statement};
use crate::query::{AccessPath, Field, Kind, Operator, Resource};
use crate::repositories::Listed;
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
};

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

/// Changes what the patch names, and answers the product of the next version.
pub fn update(id: &ProductId, patch: &ProductPatch, now: Timestamp) -> Statement {
    let (reprice, compare_at_price) = patch.compare_at_price.to_change();
    Statement::new(format!(
        "UPDATE products SET name = COALESCE(?2, name), description = COALESCE(?3, description), \
         category = COALESCE(?4, category), price = COALESCE(?5, price), \
         compare_at_price = CASE WHEN ?6 THEN ?7 ELSE compare_at_price END, stock = COALESCE(?8, stock), \
         status = COALESCE(?9, status), version = version + 1, updated_at = ?10 WHERE id = ?1 RETURNING {COLUMNS}"
    ))
    .bind(id)
    .bind(patch.name.as_deref())
    .bind(patch.description.as_deref())
    .bind(patch.category.as_deref())
    .bind(patch.price)
    .bind(reprice)
    .bind(compare_at_price)
    .bind(patch.stock)
    .bind(patch.status.map(ProductStatus::as_str))
    .bind(now)
}

/// Deletes a product.
pub fn delete(id: &ProductId) -> Statement {
    Statement::new("DELETE FROM products WHERE id = ?1").bind(id)
}

/// The product with this id.
pub async fn find(database: &dyn Database, id: &ProductId) -> Result<Option<Product>> {
    let statement = Statement::new(format!("SELECT {COLUMNS} FROM products WHERE id = ?1")).bind(id);
    let rows = database.query(statement).await?;
    Ok(rows.first().map(read).transpose()?)
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
