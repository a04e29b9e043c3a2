//! Products: what a shop sells.

use serde::{Deserialize, Serialize};
use validator::Validate;

use crate::ids::ProductId;
use crate::time::Timestamp;
use crate::validation;

/// Where a product is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", try_from = "String")]
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

/// From a text and nothing else: a derived enum would also be read from `{"draft":null}`.
impl TryFrom<String> for ProductStatus {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).ok_or_else(|| format!("must be one of {}", Self::NAMES.join(", ")))
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
#[derive(Debug, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
pub struct NewProduct {
    /// The name, 1 to 200 characters.
    #[serde(deserialize_with = "validation::normalised")]
    #[validate(length(min = 1, max = 200), custom(function = "validation::one_line"))]
    pub name: String,
    /// The description, up to 2,000 characters.
    #[serde(default, deserialize_with = "validation::normalised")]
    #[validate(length(max = 2000), custom(function = "validation::many_lines"))]
    pub description: String,
    /// The category, 1 to 50 characters.
    #[serde(deserialize_with = "validation::normalised")]
    #[validate(length(min = 1, max = 50), custom(function = "validation::one_line"))]
    pub category: String,
    /// The price in minor units (cents), up to 2,147,483,647.
    #[validate(range(min = 0, max = 2_147_483_647))]
    pub price: i64,
    /// Pieces in stock, up to 2,147,483,647.
    #[serde(default)]
    #[validate(range(min = 0, max = 2_147_483_647))]
    pub stock: i64,
    /// Where it is in its life; a draft by default.
    #[serde(default)]
    pub status: ProductStatus,
}

/// A product as clients see it.
#[derive(Debug, Serialize)]
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

impl From<Product> for ProductView {
    fn from(product: Product) -> Self {
        Self {
            id: product.id,
            name: product.name,
            description: product.description,
            category: product.category,
            price: product.price,
            stock: product.stock,
            status: product.status,
            version: product.version,
            created_at: product.created_at,
            updated_at: product.updated_at,
        }
    }
}
