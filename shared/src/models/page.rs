//! Where a page is in its list.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

/// Facts about a page.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(example = json!({
    "page": 1, "limit": 20, "total": 1, "total_exact": true, "total_pages": 1, "has_more": false, "next": null, "prev": null,
    "next_cursor": null, "prev_cursor": null,
}))]
pub struct PageMeta {
    /// The page, from 1; null beside a cursor.
    pub page: Option<u32>,
    /// Rows in a page.
    pub limit: u32,
    /// Rows in the whole list; null when they were not counted.
    pub total: Option<i64>,
    /// False when there are, or may be, more than `total` says.
    pub total_exact: bool,
    /// Pages of this size that `total` makes.
    pub total_pages: Option<i64>,
    /// Whether there is a next page.
    pub has_more: bool,
    /// The query string of the next page.
    pub next: Option<String>,
    /// The query string of the page before.
    pub prev: Option<String>,
    /// What `after` takes for the rows that follow; null when there are none.
    pub next_cursor: Option<String>,
    /// What `before` takes for the rows that lead up to this page; null when there are none.
    pub prev_cursor: Option<String>,
}
