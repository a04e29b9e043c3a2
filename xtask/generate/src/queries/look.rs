//! What SQLite does for a query: the plans of its page and of its total, and their steps.

use anyhow::Result;
use rusqlite::Connection;
use shared::query::{Class, ListQuery, Plan};

use crate::queries::explain::{self, Explained};

/// What was found out about one query.
#[derive(Debug)]
pub(super) struct Seen {
    /// What the planner says.
    pub(super) class: Class,
    /// The plan of the page.
    pub(super) page: Explained,
    /// The plan of the total, where it is asked for.
    pub(super) count: Option<Explained>,
}

/// Plans a query.
///
/// # Errors
/// When it is none, or the database refuses.
pub(super) fn look(database: &Connection, query: &ListQuery) -> Result<Seen> {
    let plan = planned(query)?;
    let count = plan.count().map(|count| Explained::of(database, &count)).transpose()?;
    Ok(Seen { class: plan.class(), page: Explained::of(database, &plan.page())?, count })
}

/// The steps that SQLite takes for the page and for the total.
///
/// # Errors
/// When the query is none, or the database refuses.
pub(super) fn steps(database: &Connection, query: &ListQuery) -> Result<(i32, i32)> {
    let plan = planned(query)?;
    let count = plan.count().map(|count| explain::run(database, &count)).transpose()?;
    Ok((explain::run(database, &plan.page())?, count.unwrap_or(0)))
}

fn planned(query: &ListQuery) -> Result<Plan<'_>> {
    query.plan().map_err(|error| anyhow::anyhow!("{error:?}"))
}
