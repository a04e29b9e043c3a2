//! Many items in one batch: with a constant number of statements, whatever their number.

use serde_json::{Value, json};

use crate::error::{DetailCode, Error, MAX_VIOLATIONS, Result, Violation};
use crate::idempotency::{IdempotencyKey, Made};
use crate::models::bulk::{Bulk, BulkItem, BulkView, Done, ItemView};
use crate::ports::{Ports, Statement};
use crate::repositories::{Listed, bulk, guards};
use crate::services::writes::{self, Written};

/// The JSON text of the sound items: `row` tells the members of each beside `index`, `id` and `version`.
///
/// # Errors
/// [`Error::Invalid`] when together they are more than a statement takes.
pub(super) fn text<T: BulkItem>(items: &Bulk<T>, row: impl Fn(usize, &T) -> Value) -> Result<String> {
    let rows = items.sound().map(|(index, item)| {
        let mut row = row(index, item);
        row["index"] = json!(index);
        if let Some((id, version)) = item.target() {
            row["id"] = json!(id);
            row["version"] = json!(version);
        }
        row
    });
    let text = Value::Array(rows.collect()).to_string();
    if text.len() > bulk::MAX_BYTES {
        let message = "The items are too long together. Send fewer of them at once.";
        return Err(Error::Invalid(vec![Violation::new("items", DetailCode::Length, message)]));
    }
    Ok(text)
}

/// The answer to many items, which a key is to keep if there is one.
///
/// # Errors
/// [`Error::Invalid`] when it is more than a statement takes: items that break many rules have long results.
pub(super) fn made(results: Vec<ItemView>, key: Option<&IdempotencyKey>) -> Result<Made<BulkView>> {
    let made = Made::other(&BulkView::new(results))?;
    if key.is_some() && made.data.len() > bulk::MAX_BYTES {
        let message = "So much is wrong with the items that the answer is too long to be kept for the key. \
            Send fewer of them at once.";
        return Err(Error::Invalid(vec![Violation::new("items", DetailCode::Length, message)]));
    }
    Ok(made)
}

/// Changes or deletes rows of `T`: those of all items, or else of the items that are sound and whose rows are at their
/// versions. `effects` are the statements that do it to such rows of the text.
///
/// # Errors
/// [`Error::Refused`] when all or nothing is asked for, and a row is missing or at another version.
pub(super) async fn change<T: Listed, I: BulkItem>(
    ports: &Ports,
    items: Bulk<I>,
    done: Done,
    row: impl Fn(&I) -> Value,
    effects: impl Fn(&str) -> Vec<Statement>,
) -> Result<Written<BulkView>> {
    let (table, text) = (T::resource().table, text(&items, |_, item| row(item))?);
    let guard = || items.atomic.then(|| bulk::all_meet(table, &text));
    let asked = usize::from(items.atomic);
    let batch = || guard().into_iter().chain([bulk::versions(table, &text)]).chain(effects(&text)).collect();
    let mut again = true;
    loop {
        match writes::commit::<T>(ports, batch()).await {
            Ok(Written { value, seen }) => {
                let versions = value.get(asked).map_or(Ok(Vec::new()), bulk::read_versions)?;
                return Ok(Written { value: BulkView::new(results(&items, &versions, done)), seen });
            }
            Err(error) if guards::is_violation(&error) => {
                let rows = ports.database.query(bulk::versions(table, &text)).await?;
                let results = results(&items, &bulk::read_versions(&rows)?, done);
                // Another writer may have made it right meanwhile.
                if !again || results.iter().any(|result| result.error.is_some()) {
                    return Err(refused(results));
                }
                again = false;
            }
            Err(error) => return Err(error.into()),
        }
    }
}

/// What became of each item, by the versions that the sound ones found in their turn.
fn results<I: BulkItem>(items: &Bulk<I>, versions: &[Option<i64>], done: Done) -> Vec<ItemView> {
    let mut versions = versions.iter().copied();
    let result = |(index, item): (usize, &Result<I, Vec<Violation>>)| {
        let item = match item {
            Ok(item) => item,
            Err(details) => return ItemView::invalid(index, details.clone()),
        };
        let (id, wanted) = item.target().unwrap_or_default();
        match versions.next().flatten() {
            None => ItemView::missing(index, id),
            Some(version) if wanted.is_some_and(|wanted| wanted != version) => {
                ItemView::changed(index, id, version)
            }
            Some(version) => ItemView::done(index, done, id, (done == Done::Changed).then_some(version + 1)),
        }
    };
    items.items.iter().enumerate().map(result).collect()
}

/// The failure of a request in which not every item can be done: names those that cannot.
fn refused(results: Vec<ItemView>) -> Error {
    let violations = results.into_iter().filter(|result| result.error.is_some()).map(|result| {
        let index = result.index;
        match result.version {
            None => Violation::new(
                format!("items[{index}].id"),
                DetailCode::Missing,
                "There is nothing with this id.",
            ),
            Some(version) => {
                let message = format!("It has changed since: it is at version {version} now.");
                Violation::new(format!("items[{index}].version"), DetailCode::Changed, message)
            }
        }
    });
    Error::Refused(violations.take(MAX_VIOLATIONS).collect())
}
