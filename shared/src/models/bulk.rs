//! Many items in one request, and what became of each.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use validator::Validate;

use crate::error::Violation;
use crate::validation;

/// The most items of a request.
pub const MAX_ITEMS: usize = 1000;

/// An item of such a request.
pub trait BulkItem {
    /// Whether such items are about what there is.
    const TARGETS: bool = false;

    /// The id of what the item is about, and the version that it must be at, when it is about something that there is.
    fn target(&self) -> Option<(&str, Option<i64>)> {
        None
    }
}

/// The items, each with what is wrong with it.
#[derive(Debug)]
pub struct Bulk<T> {
    /// Whether nothing is done unless all is. Then no item is wrong.
    pub atomic: bool,
    /// At least one, at most [`MAX_ITEMS`].
    pub items: Vec<Result<T, Vec<Violation>>>,
}

impl<T> Bulk<T> {
    /// The items that nothing is wrong with, each with its place.
    pub fn sound(&self) -> impl Iterator<Item = (usize, &T)> {
        self.items.iter().enumerate().filter_map(|(index, item)| item.as_ref().ok().map(|item| (index, item)))
    }
}

/// What such a request looks like: for the documentation, because its items are read one by one.
#[derive(Debug, JsonSchema)]
#[schemars(rename = "BulkOf{T}")]
#[serde(deny_unknown_fields)]
pub struct BulkBody<T> {
    /// Whether nothing is done unless all is. With false, each item is done or refused by itself.
    #[serde(default = "yes")]
    #[schemars(extend("examples" = [true]))]
    pub atomic: bool,
    /// The items, 1 to 1,000.
    #[schemars(length(min = 1, max = 1000))]
    pub items: Vec<T>,
}

fn yes() -> bool {
    true
}

/// What became of the items.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "BulkResult", example = json!({
    "succeeded": 1, "failed": 0,
    "results": [{ "index": 0, "status": 200, "id": "019376a1-9c3b-7aaa-8bbb-0123456789ab", "version": 1, "error": null }],
}))]
pub struct BulkView {
    /// How many were done.
    pub succeeded: usize,
    /// How many were refused.
    pub failed: usize,
    /// One for each item, in the order of the items.
    pub results: Vec<ItemView>,
}

impl BulkView {
    /// Counts the results.
    pub fn new(results: Vec<ItemView>) -> Self {
        let failed = results.iter().filter(|result| result.error.is_some()).count();
        Self { succeeded: results.len() - failed, failed, results }
    }
}

/// What became of an item.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "ItemResult")]
pub struct ItemView {
    /// Its place among the items, from 0.
    pub index: usize,
    /// The HTTP status that it alone would have been answered with.
    pub status: u16,
    /// The id of what it made, changed or deleted, or was to.
    pub id: Option<String>,
    /// The version that it left behind, or found; null where there is none.
    pub version: Option<i64>,
    /// Why it was refused; null when it was done.
    pub error: Option<ItemError>,
}

/// Why an item was refused.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ItemError {
    /// What went wrong, for programs: one of the codes of failed requests.
    pub code: &'static str,
    /// A sentence for people.
    pub error: &'static str,
    /// What is wrong in particular; fields are those of the item.
    #[schemars(with = "Vec<ItemViolation>")]
    pub details: Vec<Violation>,
}

/// One thing that is wrong with an item.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "only its schema is used, which that of `Violation` is not derived for")]
struct ItemViolation {
    /// Where in the item.
    field: String,
    /// What kind, as in the details of failed requests.
    code: String,
    /// A sentence for people.
    message: String,
}

/// What an item does when nothing is wrong with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Done {
    /// Makes something.
    Created,
    /// Changes something.
    Changed,
    /// Deletes something.
    Deleted,
}

impl ItemView {
    /// The item was done.
    pub fn done(index: usize, done: Done, id: &str, version: Option<i64>) -> Self {
        let status = match done {
            Done::Created => 201,
            Done::Changed => 200,
            Done::Deleted => 204,
        };
        Self { index, status, id: Some(id.to_owned()), version, error: None }
    }

    /// The item breaks rules.
    pub fn invalid(index: usize, details: Vec<Violation>) -> Self {
        let error =
            ItemError { code: "invalid_input", error: "The item breaks rules; see the details.", details };
        Self { index, status: 422, id: None, version: None, error: Some(error) }
    }

    /// There is nothing with the item's id.
    pub fn missing(index: usize, id: &str) -> Self {
        let error =
            ItemError { code: "not_found", error: "There is nothing with this id.", details: Vec::new() };
        Self { index, status: 404, id: Some(id.to_owned()), version: None, error: Some(error) }
    }

    /// What has the item's id is at another version.
    pub fn changed(index: usize, id: &str, version: i64) -> Self {
        let sentence = "It has changed since: `version` is where it is now.";
        let error = ItemError { code: "precondition_failed", error: sentence, details: Vec::new() };
        Self { index, status: 412, id: Some(id.to_owned()), version: Some(version), error: Some(error) }
    }
}

/// An item that deletes something.
#[derive(Debug, Deserialize, Validate, JsonSchema)]
#[schemars(rename = "DeletionOf{I}", example = json!({ "id": "019376a1-9c3b-7aaa-8bbb-0123456789ab", "version": 1 }))]
#[serde(deny_unknown_fields)]
pub struct Deletion<I> {
    /// What is deleted.
    pub id: I,
    /// The version that it must be at; any, when it is not given.
    #[serde(default, deserialize_with = "validation::not_null")]
    #[schemars(with = "i64", transform = crate::models::field::without_default)]
    #[validate(range(min = 1, max = 9_007_199_254_740_991_i64))]
    pub version: Option<i64>,
}

/// An item that changes something.
#[derive(Debug, Deserialize, Validate, JsonSchema)]
#[schemars(rename = "ChangeOf{P}")]
#[serde(deny_unknown_fields)]
pub struct Change<I, P: Validate> {
    /// What is changed.
    pub id: I,
    /// The version that it must be at; any, when it is not given.
    #[serde(default, deserialize_with = "validation::not_null")]
    #[schemars(with = "i64", transform = crate::models::field::without_default, extend("examples" = [1]))]
    #[validate(range(min = 1, max = 9_007_199_254_740_991_i64))]
    pub version: Option<i64>,
    /// What changes in it.
    #[validate(nested)]
    pub changes: P,
}

impl<I: AsRef<str>> BulkItem for Deletion<I> {
    const TARGETS: bool = true;

    fn target(&self) -> Option<(&str, Option<i64>)> {
        Some((self.id.as_ref(), self.version))
    }
}

impl<I: AsRef<str>, P: Validate> BulkItem for Change<I, P> {
    const TARGETS: bool = true;

    fn target(&self) -> Option<(&str, Option<i64>)> {
        Some((self.id.as_ref(), self.version))
    }
}
