//! Every query that is planned: all conditions that a resource allows, alone and in pairs, in all orders of one field.

use anyhow::{Context as _, Result};
use edge::openapi::Document;
use shared::ids::{Id as _, UserId};
use shared::query::{ListQuery, Resource};
use shared::repositories::{api_keys, posts};

use crate::queries::values;

/// A list: a route and what it reads.
#[derive(Debug, Clone, Copy)]
pub(super) struct List {
    /// The route's path.
    pub(super) path: &'static str,
    /// What it reads.
    pub(super) resource: &'static Resource,
    /// The conditions that its service adds.
    pub(super) within: Within,
}

/// What a service keeps a list within.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Within {
    /// Nothing.
    All,
    /// The posts of who asks.
    OwnPosts,
    /// The keys of who asks.
    OwnKeys,
}

/// Parameters of a query.
pub(super) type Pairs = Vec<(String, String)>;

/// Every list of the route table.
pub(super) fn lists() -> Vec<List> {
    let operations = Document::of_routes().operations;
    let of = |resource: &Resource| match resource.table {
        "posts" => Within::OwnPosts,
        "api_keys" => Within::OwnKeys,
        _ => Within::All,
    };
    operations
        .iter()
        .filter_map(|operation| {
            let resource = operation.listed?;
            Some(List { path: operation.path, resource, within: of(resource) })
        })
        .collect()
}

impl List {
    /// The query of these parameters.
    ///
    /// # Errors
    /// When the parser refuses it.
    pub(super) fn query(&self, pairs: &Pairs) -> Result<ListQuery> {
        let query = ListQuery::parse(self.resource, pairs)
            .map_err(|error| anyhow::anyhow!("{} refuses {}: {error:?}", self.path, written(pairs)))?;
        let user = UserId::parse("019376a1-9c3b-7aaa-8bbb-000000000001").context("the id is malformed")?;
        Ok(match self.within {
            Within::All => query,
            Within::OwnPosts => query.within(posts::of_author(&user)),
            Within::OwnKeys => query.within(api_keys::of_user(&user)),
        })
    }

    /// Each condition alone.
    pub(super) fn conditions(&self) -> Pairs {
        let fields = self.resource.filtered();
        let of = |field: &'static shared::query::Field| {
            field.operators.iter().map(move |operator| {
                let name = match operator.word() {
                    "eq" => field.name.to_owned(),
                    word => format!("{}[{word}]", field.name),
                };
                (name, values::of_query(field, *operator))
            })
        };
        fields.flat_map(of).collect()
    }

    /// Each field that lists may be sorted by, in both directions; the default is among them.
    pub(super) fn orders(&self) -> Vec<String> {
        let both = |name: &str| [name.to_owned(), format!("-{name}")];
        self.resource.sortable().flat_map(|field| both(field.name)).collect()
    }
}

/// As a client writes it.
pub(super) fn written(pairs: &Pairs) -> String {
    let pairs: Vec<_> = pairs.iter().map(|(name, value)| format!("{name}={value}")).collect();
    format!("?{}", pairs.join("&"))
}

impl Within {
    /// As the document says it, after the table.
    pub(super) fn sentence(self) -> &'static str {
        match self {
            Self::All => "",
            Self::OwnPosts => ", of one author",
            Self::OwnKeys => ", of one user and not revoked",
        }
    }
}
