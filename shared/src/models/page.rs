//! Where a page is in its list.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

/// Facts about a page.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(example = json!({
    "page": 1, "limit": 20, "total": 1, "total_exact": true, "total_pages": 1, "has_more": false, "next": null, "prev": null,
}))]
pub struct PageMeta {
    /// The page, from 1.
    pub page: u32,
    /// Rows in a page.
    pub limit: u32,
    /// Rows in the list; null when they were not counted.
    pub total: Option<i64>,
    /// False when there are more than `total` says.
    pub total_exact: bool,
    /// Pages of this size that `total` makes.
    pub total_pages: Option<i64>,
    /// Whether there is a next page.
    pub has_more: bool,
    /// The query string of the next page.
    pub next: Option<String>,
    /// The query string of the page before.
    pub prev: Option<String>,
}
