//! What the reader finds, code by code, and that it finds all of it.

mod codes;
mod json;
mod placeholders;
mod random;
mod words;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use shared::error::Violation;
use shared::models::field::Field;
use shared::validation;
use validator::Validate;

use super::{Node, read};

#[derive(Debug, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
struct Order {
    #[serde(deserialize_with = "validation::normalised")]
    #[validate(length(min = 1, max = 10), custom(function = "validation::one_line"))]
    name: String,
    #[validate(custom(function = "validation::email"))]
    email: Option<String>,
    #[validate(nested)]
    address: Address,
    #[validate(nested, length(min = 1, max = 4))]
    items: Vec<Item>,
    #[serde(default)]
    status: Status,
    #[serde(default, deserialize_with = "validation::normalised")]
    #[validate(length(max = 5))]
    note: Field<String>,
    #[serde(default, deserialize_with = "validation::not_null")]
    #[validate(range(min = 1, max = 9))]
    rank: Option<i64>,
}

#[derive(Debug, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
struct Address {
    #[validate(length(min = 1))]
    street: String,
    #[validate(length(equal = 4))]
    zip: String,
}

// Rules on a list keep the list, so its items are serialised.
#[derive(Debug, Deserialize, Serialize, Validate)]
#[serde(deny_unknown_fields)]
struct Item {
    #[validate(length(min = 1, max = 5))]
    sku: String,
    #[validate(range(min = 0, max = 1000))]
    price: i64,
    #[serde(default)]
    tags: Vec<String>,
    #[serde(default)]
    gift: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Status {
    #[default]
    Open,
    Paid,
}

const GOOD: &str = r#"{"name":" Zoë ","email":"z@b.example","address":{"street":"Road 1","zip":"1234"},
    "items":[{"sku":"a","price":1},{"sku":"b","price":2,"tags":["x","y"],"gift":true}],"status":"paid","rank":3}"#;

fn json(text: &str) -> Node {
    Node::from_json(text.as_bytes()).unwrap()
}

/// The fields and codes of what is wrong.
fn found<T: DeserializeOwned + Validate>(node: &Node) -> Vec<(String, &'static str)> {
    let violations = read::<T>(node).err().unwrap_or_default();
    violations.into_iter().map(|found| (found.field, found.code.as_str())).collect()
}

#[track_caller]
fn assert_found<T: DeserializeOwned + Validate>(text: &str, expected: &[(&str, &'static str)]) {
    let expected: Vec<_> = expected.iter().map(|(field, code)| ((*field).to_owned(), *code)).collect();
    assert_eq!(found::<T>(&json(text)), expected, "{text}");
}

/// The only violation.
#[track_caller]
fn only<T: DeserializeOwned + Validate>(node: &Node) -> Violation {
    let mut violations = read::<T>(node).err().unwrap();
    assert_eq!(violations.len(), 1, "{violations:?}");
    violations.remove(0)
}
