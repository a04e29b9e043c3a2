//! Whether what the application answers is what the query means.

use std::fmt::Write as _;

use serde_json::{Map, Value as Json, json};

use crate::query::{Count, Query, Walk};
use crate::table::{Row, Table};

/// The most that a capped count counts to.
const CAP: usize = 10_000;

/// A page as the application answers it.
#[derive(Debug, Clone)]
pub struct Page {
    /// The member `data`.
    pub rows: Vec<Json>,
    /// The member `meta`; `next_cursor` and `prev_cursor` in it lead on.
    pub meta: Json,
}

/// Who answers queries: the application, on whatever it runs.
pub trait Lister {
    /// The page for a query string, percent-encoded and without its question mark; `None` when the query is too broad.
    ///
    /// # Errors
    /// What the application says when it refuses for another reason.
    fn list(&mut self, query: &str) -> Result<Option<Page>, String>;

    /// Whether it may find a query too broad, and count fewer rows than there are.
    fn is_bounded(&self) -> bool {
        false
    }
}

/// What came of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Everything is as it should be.
    Same,
    /// A page was refused as too broad; what came before it is as it should be.
    Refused,
}

/// Asks for the query's pages and compares them with what the rows say.
///
/// # Errors
/// The first difference, in words.
pub fn check(lister: &mut dyn Lister, table: &Table, query: &Query) -> Result<Outcome, String> {
    let expected: Vec<_> = query.rows(table).into_iter().map(|row| show(table, query, row)).collect();
    match query.walk {
        Walk::Page(page) => by_number(lister, table, query, &expected, page),
        Walk::Cursors => by_cursors(lister, table, query, &expected),
    }
}

fn by_number(
    lister: &mut dyn Lister,
    table: &Table,
    query: &Query,
    expected: &[Json],
    page: usize,
) -> Result<Outcome, String> {
    let mut pairs = query.pairs(table);
    if page > 1 {
        pairs.push(("page".to_owned(), page.to_string()));
    }
    let text = encoded(&pairs);
    let Some(answer) = ask(lister, &text)? else { return Ok(Outcome::Refused) };
    let from = expected.len().min((page - 1) * query.limit);
    let to = expected.len().min(page * query.limit);
    same(&text, "data", &json!(answer.rows), &json!(expected[from..to]))?;
    same(&text, "meta.has_more", &answer.meta["has_more"], &json!(to < expected.len()))?;
    totals(lister, &text, query, &answer.meta, expected.len())?;
    Ok(Outcome::Same)
}

fn ask(lister: &mut dyn Lister, text: &str) -> Result<Option<Page>, String> {
    let page = lister.list(text)?;
    if page.is_none() && !lister.is_bounded() {
        return Err(format!("?{text}\n  is refused as too broad"));
    }
    Ok(page)
}

/// Goes from the first page to the last, and back again.
fn by_cursors(
    lister: &mut dyn Lister,
    table: &Table,
    query: &Query,
    expected: &[Json],
) -> Result<Outcome, String> {
    let first = query.pairs(table);
    let beside = |parameter: &str, cursor: &str| {
        let mut pairs = first.clone();
        pairs.push((parameter.to_owned(), cursor.to_owned()));
        encoded(&pairs)
    };
    let mut text = encoded(&first);
    let mut pages = 0;
    let last = loop {
        let Some(answer) = ask(lister, &text)? else { return Ok(Outcome::Refused) };
        let shown = &expected[expected.len().min(pages * query.limit)..];
        let shown = &shown[..shown.len().min(query.limit)];
        pages += 1;
        same(&text, "data", &json!(answer.rows), &json!(shown))?;
        same(&text, "meta.has_more", &answer.meta["has_more"], &json!(pages * query.limit < expected.len()))?;
        totals(lister, &text, query, &answer.meta, expected.len())?;
        match answer.meta["next_cursor"].as_str() {
            Some(cursor) if pages * query.limit < expected.len() => text = beside("after", cursor),
            Some(_) => return Err(format!("{text}: there is a cursor past the last page")),
            None => break answer,
        }
    };
    if pages * query.limit < expected.len() {
        return Err(format!("{text}: there is no cursor, and there are more rows"));
    }
    // Backwards the pages begin where the last one began.
    let mut end = expected.len() - last.rows.len();
    let mut cursor = last.meta["prev_cursor"].as_str().map(str::to_owned);
    while end > 0 {
        let Some(before) = cursor else { return Err(format!("{text}: no cursor leads back")) };
        text = beside("before", &before);
        let Some(answer) = ask(lister, &text)? else { return Ok(Outcome::Refused) };
        let start = end.saturating_sub(query.limit);
        same(&text, "data", &json!(answer.rows), &json!(expected[start..end]))?;
        totals(lister, &text, query, &answer.meta, expected.len())?;
        cursor = answer.meta["prev_cursor"].as_str().map(str::to_owned);
        end = start;
    }
    match cursor {
        Some(_) if pages > 1 => Err(format!("{text}: there is a cursor before the first page")),
        _ => Ok(Outcome::Same),
    }
}

fn totals(lister: &dyn Lister, text: &str, query: &Query, meta: &Json, rows: usize) -> Result<(), String> {
    let (total, exact) = match query.count {
        Count::None => (Json::Null, false),
        Count::Exact => (json!(rows), true),
        Count::Default | Count::Capped => (json!(rows.min(CAP)), rows <= CAP),
    };
    if lister.is_bounded() && meta["total_exact"] == json!(false) {
        let told = meta["total"].as_u64().and_then(|told| usize::try_from(told).ok());
        let too_many = told.is_some_and(|told| told > rows);
        return if too_many { Err(format!("?{text}\n  meta.total is {told:?} of {rows}")) } else { Ok(()) };
    }
    same(text, "meta.total", &meta["total"], &total)?;
    same(text, "meta.total_exact", &meta["total_exact"], &json!(exact))
}

fn show(table: &Table, query: &Query, row: &Row) -> Json {
    let every: Vec<_> = (0..table.columns.len()).collect();
    let shown = query.fields.as_ref().unwrap_or(&every);
    let mut members = Map::from_iter([("id".to_owned(), json!(row.id))]);
    members.extend(shown.iter().map(|index| {
        let column = &table.columns[*index];
        (column.name.to_owned(), column.show(&row.cells[*index]))
    }));
    Json::Object(members)
}

fn same(text: &str, what: &str, found: &Json, expected: &Json) -> Result<(), String> {
    if found == expected {
        return Ok(());
    }
    Err(format!("?{text}\n  {what} is {found}\n  and should be {expected}"))
}

/// The pairs as a query string.
pub fn encoded(pairs: &[(String, String)]) -> String {
    let one = |text: &str| {
        let mut encoded = String::new();
        for byte in text.bytes() {
            if byte.is_ascii_alphanumeric() {
                encoded.push(char::from(byte));
            } else {
                let _ = write!(encoded, "%{byte:02X}");
            }
        }
        encoded
    };
    pairs.iter().map(|(name, value)| format!("{}={}", one(name), one(value))).collect::<Vec<_>>().join("&")
}
