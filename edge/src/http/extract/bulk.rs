//! Bodies with many items.

use std::collections::HashSet;

use async_trait::async_trait;
use schemars::JsonSchema;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Deserializer, Serialize};
use shared::error::{DetailCode, Error, MAX_VIOLATIONS, Violation};
use shared::models::bulk::{Bulk, BulkBody, BulkItem};
use validator::Validate;

use crate::app::Services;
use crate::http::extract::json;
use crate::http::failure::{Code, Failure};
use crate::http::input::{self, Node};
use crate::http::{Extract, Request, Result};
use crate::openapi::Operation;

/// A JSON body with many items, each read by itself. Where nothing shall be done unless all is, one that breaks rules
/// fails the request.
#[derive(Debug)]
pub struct Items<T>(pub Bulk<T>);

/// An item before it is read.
#[derive(Debug, Serialize)]
struct Anything;

impl<'de> Deserialize<'de> for Anything {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        IgnoredAny::deserialize(deserializer).map(|_| Self)
    }
}

/// What a body is before its items are read.
#[derive(Debug, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
struct Shape {
    #[serde(default = "yes")]
    atomic: bool,
    #[validate(length(min = 1, max = 1000))]
    items: Vec<Anything>,
}

fn yes() -> bool {
    true
}

#[async_trait(?Send)]
impl<T: DeserializeOwned + Validate + JsonSchema + BulkItem> Extract for Items<T> {
    async fn extract(services: &Services, request: &Request) -> Result<Self> {
        let body = json::read_body(request).await?;
        let atomic = input::read::<Shape>(&body).map_err(Error::Invalid)?.atomic;
        let items = nodes(body).iter().map(input::read).collect();
        let items = without_duplicates(items);
        if atomic {
            let wrong: Vec<_> =
                items.iter().enumerate().flat_map(|(index, item)| named(index, item)).collect();
            if !wrong.is_empty() {
                return Err(Error::Invalid(wrong.into_iter().take(MAX_VIOLATIONS).collect()).into());
            }
        }
        let bulk = Bulk { atomic, items };
        if services.config().precondition_required {
            require_versions(&bulk)?;
        }
        Ok(Self(bulk))
    }

    fn describe(operation: &mut Operation) {
        operation.reads::<BulkBody<T>>();
        operation.fails_with(&[
            Code::MalformedJson,
            Code::BodyTooLarge,
            Code::UnsupportedMediaType,
            Code::InvalidInput,
        ]);
        if T::TARGETS {
            operation.fails_with(&[Code::ItemsRefused, Code::PreconditionRequired]);
        }
    }
}

/// The items of a body that has been looked at.
fn nodes(body: Node) -> Vec<Node> {
    let Node::Object(members) = body else { return Vec::new() };
    let items = members.into_iter().find_map(|(name, node)| match node {
        Node::List(items) if name == "items" => Some(items),
        _ => None,
    });
    items.unwrap_or_default()
}

/// What is wrong with an item, by the names that the body has for it.
fn named<T>(index: usize, item: &Result<T, Vec<Violation>>) -> Vec<Violation> {
    let name = |violation: &Violation| {
        let field = match violation.field.as_str() {
            // The item itself.
            "body" => format!("items[{index}]"),
            field => format!("items[{index}].{field}"),
        };
        Violation { field, ..violation.clone() }
    };
    item.as_ref().err().map(|found| found.iter().map(name).collect()).unwrap_or_default()
}

/// Only the first item about each thing counts.
fn without_duplicates<T: BulkItem>(
    mut items: Vec<Result<T, Vec<Violation>>>,
) -> Vec<Result<T, Vec<Violation>>> {
    let mut known = HashSet::new();
    for item in &mut items {
        let id = item.as_ref().ok().and_then(|item| item.target()).map(|(id, _)| id.to_owned());
        if id.is_some_and(|id| !known.insert(id)) {
            let message = "An earlier item has the same id.";
            *item = Err(vec![Violation::new("id", DetailCode::Duplicate, message)]);
        }
    }
    items
}

/// Fails unless each item that is about something says at which version that must be.
fn require_versions<T: BulkItem>(bulk: &Bulk<T>) -> Result<()> {
    let lacking = bulk.sound().find(|(_, item)| item.target().is_some_and(|(_, version)| version.is_none()));
    lacking.map_or(Ok(()), |(index, _)| {
        let message = format!(
            "Say with items[{index}].version which version you want to change, and so with each item."
        );
        Err(Failure::new(Code::PreconditionRequired, message))
    })
}
