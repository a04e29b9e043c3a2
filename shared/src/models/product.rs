//! Products: what a shop sells.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use validator::Validate;

use crate::ids::{ProductId, UserId};
use crate::models::bulk::BulkItem;
use crate::models::field::{Field, without_defaults};
use crate::time::Timestamp;
use crate::validation::{self, patterns};

/// Where a product is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
#[serde(rename_all = "snake_case")]
pub enum ProductStatus {
    /// Being prepared.
    #[default]
    Draft,
    /// On sale.
    Active,
    /// No longer on sale.
    Archived,
}

impl ProductStatus {
    /// Every status by its name in JSON and SQL.
    pub const NAMES: &[&str] = &["draft", "active", "archived"];

    /// The name in JSON and SQL.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Active => "active",
            Self::Archived => "archived",
        }
    }

    /// Reads a name.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Draft, Self::Active, Self::Archived].into_iter().find(|status| status.as_str() == text)
    }
}

/// A product.
#[derive(Debug, Clone)]
pub struct Product {
    /// The id.
    pub id: ProductId,
    /// The name.
    pub name: String,
    /// The description.
    pub description: String,
    /// The category.
    pub category: String,
    /// The price in minor units (cents).
    pub price: i64,
    /// The price before a reduction, in minor units.
    pub compare_at_price: Option<i64>,
    /// Pieces in stock.
    pub stock: i64,
    /// Where it is in its life.
    pub status: ProductStatus,
    /// Raised by each change.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// What a new product says.
#[derive(Debug, Deserialize, Validate, JsonSchema)]
#[schemars(example = json!({ "name": "Desk lamp", "description": "Warm light, dimmable.", "category": "lighting", "price": 4900, "compare_at_price": 5900, "stock": 12, "status": "active" }))]
#[serde(deny_unknown_fields)]
pub struct NewProduct {
    /// The name, 1 to 200 characters.
    #[serde(deserialize_with = "validation::normalised")]
    #[validate(length(min = 1, max = 200), custom(function = "validation::one_line"))]
    #[schemars(transform = patterns::one_line)]
    pub name: String,
    /// The description, up to 2,000 characters.
    #[serde(default, deserialize_with = "validation::normalised")]
    #[validate(length(max = 2000), custom(function = "validation::many_lines"))]
    #[schemars(transform = patterns::many_lines)]
    pub description: String,
    /// The category, 1 to 50 characters.
    #[serde(deserialize_with = "validation::normalised")]
    #[validate(length(min = 1, max = 50), custom(function = "validation::one_line"))]
    #[schemars(transform = patterns::one_line)]
    pub category: String,
    /// The price in minor units (cents), up to 2,147,483,647.
    #[validate(range(min = 0, max = 2_147_483_647))]
    pub price: i64,
    /// The price before a reduction, in minor units; null when there is none.
    #[serde(default)]
    #[validate(range(min = 0, max = 2_147_483_647))]
    pub compare_at_price: Option<i64>,
    /// Pieces in stock, up to 2,147,483,647.
    #[serde(default)]
    #[validate(range(min = 0, max = 2_147_483_647))]
    pub stock: i64,
    /// Where it is in its life; a draft by default.
    #[serde(default)]
    pub status: ProductStatus,
}

impl BulkItem for NewProduct {}

/// What changes in a product; what is absent stays as it is.
#[derive(Debug, Default, Deserialize, Validate, JsonSchema)]
#[schemars(example = json!({ "price": 4500, "compare_at_price": null }), transform = without_defaults)]
#[serde(deny_unknown_fields)]
pub struct ProductPatch {
    /// The name, 1 to 200 characters.
    #[serde(default, deserialize_with = "validation::normalised")]
    #[schemars(with = "String")]
    #[validate(length(min = 1, max = 200), custom(function = "validation::one_line"))]
    #[schemars(transform = patterns::one_line)]
    pub name: Option<String>,
    /// The description, up to 2,000 characters.
    #[serde(default, deserialize_with = "validation::normalised")]
    #[schemars(with = "String")]
    #[validate(length(max = 2000), custom(function = "validation::many_lines"))]
    #[schemars(transform = patterns::many_lines)]
    pub description: Option<String>,
    /// The category, 1 to 50 characters.
    #[serde(default, deserialize_with = "validation::normalised")]
    #[schemars(with = "String")]
    #[validate(length(min = 1, max = 50), custom(function = "validation::one_line"))]
    #[schemars(transform = patterns::one_line)]
    pub category: Option<String>,
    /// The price in minor units (cents), up to 2,147,483,647.
    #[serde(default, deserialize_with = "validation::not_null")]
    #[schemars(with = "i64")]
    #[validate(range(min = 0, max = 2_147_483_647))]
    pub price: Option<i64>,
    /// The price before a reduction, in minor units; null when there is none.
    #[serde(default)]
    #[schemars(with = "Option<i64>")]
    #[validate(range(min = 0, max = 2_147_483_647))]
    pub compare_at_price: Field<i64>,
    /// Pieces in stock, up to 2,147,483,647.
    #[serde(default, deserialize_with = "validation::not_null")]
    #[schemars(with = "i64")]
    #[validate(range(min = 0, max = 2_147_483_647))]
    pub stock: Option<i64>,
    /// Where it is in its life.
    #[serde(default, deserialize_with = "validation::not_null")]
    #[schemars(with = "ProductStatus")]
    pub status: Option<ProductStatus>,
}

/// A product as clients see it.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Product", example = json!({
    "id": "019376a1-9c3b-7aaa-8bbb-0123456789ab", "name": "Desk lamp", "description": "Warm light, dimmable.",
    "category": "lighting", "price": 4900, "compare_at_price": 5900, "stock": 12, "status": "active", "version": 1,
    "created_at": "2026-01-31T12:00:00.000Z", "updated_at": "2026-01-31T12:00:00.000Z",
}))]
pub struct ProductView {
    /// The id.
    pub id: ProductId,
    /// The name.
    pub name: String,
    /// The description.
    pub description: String,
    /// The category.
    pub category: String,
    /// The price in minor units (cents).
    pub price: i64,
    /// The price before a reduction, in minor units.
    pub compare_at_price: Option<i64>,
    /// Pieces in stock.
    pub stock: i64,
    /// Where it is in its life.
    pub status: ProductStatus,
    /// Raised by each change.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// What a search found in it, in lists if `snippets` asks for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub snippet: Option<String>,
}

impl From<Product> for ProductView {
    fn from(product: Product) -> Self {
        Self {
            id: product.id,
            name: product.name,
            description: product.description,
            category: product.category,
            price: product.price,
            compare_at_price: product.compare_at_price,
            stock: product.stock,
            status: product.status,
            version: product.version,
            created_at: product.created_at,
            updated_at: product.updated_at,
            snippet: None,
        }
    }
}

/// Products that were deleted, in the list of those.
#[derive(Debug)]
pub enum DeletedProduct {}

/// A deleted product as clients see it.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "DeletedProduct", example = json!({
    "id": "019376a1-9c3b-7aaa-8bbb-0123456789ab", "name": "Desk lamp", "description": "Warm light, dimmable.",
    "category": "lighting", "price": 4900, "compare_at_price": 5900, "stock": 12, "status": "active", "version": 1,
    "created_at": "2026-01-31T12:00:00.000Z", "updated_at": "2026-01-31T12:00:00.000Z",
    "deleted_by": "019376a1-9c3b-7aaa-8bbb-0123456789ac", "deleted_at": "2026-01-31T12:00:00.000Z",
}))]
pub struct DeletedProductView {
    /// What it was.
    #[serde(flatten)]
    pub product: ProductView,
    /// Who deleted it.
    pub deleted_by: Option<UserId>,
    /// When it was deleted.
    pub deleted_at: Timestamp,
}
