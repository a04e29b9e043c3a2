//! Figures for dashboards.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// The figures of the rows that have one value in common.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(example = json!({ "value": "lighting", "count": 3, "min": 1900, "max": 4900, "avg": 3233 }))]
pub struct Figures {
    /// The value.
    pub value: String,
    /// How many rows have it.
    pub count: i64,
    /// The least of them.
    pub min: i64,
    /// The greatest of them.
    pub max: i64,
    /// Their average, rounded to the nearest whole number, halves upwards.
    pub avg: i64,
}

/// Facts about figures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(example = json!({ "by": "category", "of": "price" }))]
pub struct StatsMeta {
    /// What the rows of a group have in common.
    pub by: &'static str,
    /// What the least, the greatest and the average are of.
    pub of: &'static str,
}
