//! What the statement of a page answers: one text, the rows as JSON objects, a line each.

use crate::query::list::{ListQuery, Side};
use crate::query::object::{HIDDEN, ROW_END};

/// What a statement answers in place of rows, or behind too few of them, when it would have to look at more.
pub(super) const TOO_BROAD: &str = "!";

/// The rows of a page, read from the text of [`Plan::page`](super::Plan::page).
#[derive(Debug)]
pub struct Answer<'a> {
    /// The rows as JSON objects, in the order that was asked for.
    pub rows: Vec<&'a str>,
    /// Whether there are more beyond the last row that was read.
    pub has_more: bool,
    /// JSON objects with the sort keys of the first and of the last row.
    pub ends: Option<(&'a str, &'a str)>,
}

impl<'a> Answer<'a> {
    /// Reads the text; `None` when the query is too broad.
    pub fn read(query: &ListQuery, text: &'a str) -> Option<Self> {
        if text.ends_with(TOO_BROAD) {
            return None;
        }
        let limit = usize::try_from(query.limit).unwrap_or(usize::MAX);
        let mut rows: Vec<&str> = Vec::with_capacity(limit + 1);
        rows.extend(text.split(ROW_END).filter(|row| !row.is_empty()));
        let has_more = rows.len() > limit;
        rows.truncate(limit);
        if matches!(query.cursor, Some((Side::Before, _))) {
            rows.reverse();
        }
        let ends = rows.first().copied().zip(rows.last().copied());
        let keys = |row: &'a str| row.split_once(HIDDEN).map_or(row, |(_, keys)| keys);
        let ends = ends.map(|(first, last)| (keys(first), keys(last)));
        if query.fields.is_some() {
            for row in &mut rows {
                *row = row.split_once(HIDDEN).map_or(*row, |(shown, _)| shown);
            }
        }
        Some(Self { rows, has_more, ends })
    }
}
