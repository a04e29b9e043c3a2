//! Full-text search: `q=warm lam`, of resources that declare what is searched.
//!
//! A migration makes the indexes and the triggers that keep them; they are named after the resource's table. The index of
//! words finds what is written with spaces. The index of trigrams has only the rows with scripts that are not, and finds any
//! part of their texts. docs/SEARCH.md tells of both, of what is found and of what it costs.

mod found;
mod plan;
mod terms;

pub(super) use found::Found;
pub use terms::{MAX_TERMS, Terms};

/// What is searched of a resource.
#[derive(Debug, Clone, Copy)]
pub struct Search {
    /// The columns of the indexes in their order, with how much a match in each counts.
    pub columns: &'static [(&'static str, u32)],
}

/// The most matches that are ranked, filtered or sorted: the newest.
pub const MATCH_CAP: u32 = 10_000;
/// The most places of one- and two-letter words of scripts without spaces that are looked at.
pub(super) const PLACES_CAP: u32 = 100_000;
/// Begins a match in a snippet. No text of a row has it: control characters are refused.
pub const MARK_START: char = '\u{2}';
/// Ends a match in a snippet.
pub const MARK_END: char = '\u{3}';
