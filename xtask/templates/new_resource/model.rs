//! Sample items.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use validator::Validate;

use crate::ids::SampleItemId;
use crate::models::field::{Field, without_defaults};
use crate::time::Timestamp;
use crate::validation::{self, patterns};

/// Where a sample item is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
#[serde(rename_all = "snake_case")]
pub enum SampleItemStatus {
    /// Being prepared.
    #[default]
    Draft,
    /// In use.
    Active,
    /// No longer in use.
    Archived,
}

impl SampleItemStatus {
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

/// A sample item.
#[derive(Debug, Clone)]
pub struct SampleItem {
    /// The id.
    pub id: SampleItemId,
    /// The name.
    pub name: String,
    /// The description, if there is one.
    pub description: Option<String>,
    /// How many there are.
    pub quantity: i64,
    /// Where it is in its life.
    pub status: SampleItemStatus,
    /// Raised by each change.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// What a new sample item says.
#[derive(Debug, Deserialize, Validate, JsonSchema)]
#[schemars(example = json!({ "name": "First", "description": "Made to try it out.", "quantity": 3, "status": "active" }))]
#[serde(deny_unknown_fields)]
pub struct NewSampleItem {
    /// The name, 1 to 200 characters.
    #[serde(deserialize_with = "validation::normalised")]
    #[validate(length(min = 1, max = 200), custom(function = "validation::one_line"))]
    #[schemars(transform = patterns::one_line)]
    pub name: String,
    /// The description, up to 2,000 characters; null when there is none.
    #[serde(default, deserialize_with = "validation::normalised")]
    #[schemars(with = "Option<String>")]
    #[validate(length(max = 2000), custom(function = "validation::many_lines"))]
    #[schemars(transform = patterns::many_lines)]
    pub description: Field<String>,
    /// How many there are, up to 2,147,483,647; none by default.
    #[serde(default)]
    #[validate(range(min = 0, max = 2_147_483_647))]
    pub quantity: i64,
    /// Where it is in its life; a draft by default.
    #[serde(default)]
    pub status: SampleItemStatus,
}

/// What changes in a sample item; what is absent stays as it is.
#[derive(Debug, Default, Deserialize, Validate, JsonSchema)]
#[schemars(example = json!({ "description": null, "quantity": 4 }), transform = without_defaults)]
#[serde(deny_unknown_fields)]
pub struct SampleItemPatch {
    /// The name, 1 to 200 characters.
    #[serde(default, deserialize_with = "validation::normalised")]
    #[schemars(with = "String")]
    #[validate(length(min = 1, max = 200), custom(function = "validation::one_line"))]
    #[schemars(transform = patterns::one_line)]
    pub name: Option<String>,
    /// The description, up to 2,000 characters; null to have none.
    #[serde(default, deserialize_with = "validation::normalised")]
    #[schemars(with = "Option<String>")]
    #[validate(length(max = 2000), custom(function = "validation::many_lines"))]
    #[schemars(transform = patterns::many_lines)]
    pub description: Field<String>,
    /// How many there are, up to 2,147,483,647.
    #[serde(default, deserialize_with = "validation::not_null")]
    #[schemars(with = "i64")]
    #[validate(range(min = 0, max = 2_147_483_647))]
    pub quantity: Option<i64>,
    /// Where it is in its life.
    #[serde(default, deserialize_with = "validation::not_null")]
    #[schemars(with = "SampleItemStatus")]
    pub status: Option<SampleItemStatus>,
}

/// A sample item as clients see it.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "SampleItem", example = json!({
    "id": "019376a1-9c3b-7aaa-8bbb-0123456789ab", "name": "First", "description": "Made to try it out.", "quantity": 3,
    "status": "active", "version": 1,
    "created_at": "2026-01-31T12:00:00.000Z", "updated_at": "2026-01-31T12:00:00.000Z",
}))]
pub struct SampleItemView {
    /// The id.
    pub id: SampleItemId,
    /// The name.
    pub name: String,
    /// The description; null when there is none.
    pub description: Option<String>,
    /// How many there are.
    pub quantity: i64,
    /// Where it is in its life.
    pub status: SampleItemStatus,
    /// Raised by each change.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl From<SampleItem> for SampleItemView {
    fn from(sample_item: SampleItem) -> Self {
        Self {
            id: sample_item.id,
            name: sample_item.name,
            description: sample_item.description,
            quantity: sample_item.quantity,
            status: sample_item.status,
            version: sample_item.version,
            created_at: sample_item.created_at,
            updated_at: sample_item.updated_at,
        }
    }
}
