//! The list grammar, the same for every resource: `?page=2&limit=10&sort=-price,name&price[gte]=500`.
//!
//! A resource declares its fields and indexes in one table ([`Resource`]); the parser, the SQL, the OpenAPI document and
//! the error texts come from it. No SQL text ever comes from input: names select from the table, values are bound.
//!
//! | module | |
//! |---|---|
//! | `resource` | the table |
//! | `parse`, `filter` | from the pairs of a query string to a [`ListQuery`] |
//! | `list` | the query, its canonical form and links |
//! | `cursor`, `seek` | keyset pagination |
//! | `search` | full-text search |
//! | `expand` | related things |
//! | `stats` | figures |
//! | `plan` | which index serves the query, and what bounds it when none does |
//! | `export` | rows as lines of a file, along the key |
//! | `sql`, `count`, `condition`, `object` | one statement, which answers the page as one text |
//! | `answer` | that text |

mod advice;
mod answer;
mod condition;
mod count;
mod cursor;
mod expand;
mod export;
mod filter;
mod list;
mod object;
mod parse;
mod plan;
mod resource;
mod search;
mod seek;
mod sql;
mod stats;

pub use advice::advice_on_counting;
pub use answer::Answer;
pub use expand::{Expand, Related};
pub use export::{Format, Part};
pub use filter::{Filter, Operand};
pub use list::{CountMode, Direction, ListQuery, Place, Side, SortKey};
pub use plan::{Class, Plan};
pub use resource::{AccessPath, Field, Kind, Operator, Resource};
pub use search::{MARK_END, MARK_START, MATCH_CAP, MAX_TERMS, Search, Terms};
pub use stats::{MAX_CELLS, Stats, StatsQuery};

/// The largest number of rows in a page.
pub const MAX_LIMIT: u32 = 100;
/// The number of rows in a page when the query does not say.
pub const DEFAULT_LIMIT: u32 = 20;
/// The last page that can be asked for by number.
pub const MAX_PAGE: u32 = 100_001;
/// The most rows that are passed over to come to a page by its number; further on, cursors lead.
pub const MAX_OFFSET: u64 = 100_000;
/// Beyond this many rows, `count=capped` stops counting.
pub const COUNT_CAP: i64 = 10_000;
/// The most rows that are looked at for `count=exact`.
pub const EXACT_CAP: u32 = 1_000_000;
/// The most rows that are sorted for a query that no index serves.
pub const SORT_CAP: u32 = 10_000;
/// The most rows that are looked at, in the order of an index, for a query that no index serves.
pub const WALK_CAP: u32 = 50_000;
/// The most characters of a text that a condition compares with.
pub const MAX_TEXT: usize = 200;
/// The most values that `in` and `nin` take.
pub const MAX_SET: usize = 50;
/// The most fields in an order.
pub const MAX_SORT: usize = 4;
/// The most groups of alternatives.
pub const MAX_GROUPS: u32 = 4;
/// The most alternatives in a group.
pub const MAX_ALTERNATIVES: usize = 8;
/// The most parameters of a query.
pub const MAX_PARAMETERS: usize = 200;
/// The longest cursor, in characters.
pub const MAX_CURSOR: usize = 4096;
/// The most values in all conditions of a query together: D1 binds 100. A cursor takes one for each key of the order, the
/// page one or two, what the service keeps the list within up to two, and a search up to two.
pub const MAX_VALUES: usize = 90;
