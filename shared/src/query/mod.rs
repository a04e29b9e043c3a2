//! The list grammar, the same for every resource: `?page=2&limit=10&sort=-price,name&price[gte]=500`.
//!
//! A resource declares its fields in one table ([`Resource`]); the parser, the SQL and the error texts come from
//! it. No SQL text ever comes from input: names select from the table, values are bound.

mod parse;
mod resource;
mod sql;

pub use parse::{CountMode, Direction, Filter, ListQuery, Operand, SortKey};
pub use resource::{AccessPath, Field, Kind, Operator, Resource};

/// The largest number of rows in a page.
pub const MAX_LIMIT: u32 = 100;
/// The number of rows in a page when the query does not say.
pub const DEFAULT_LIMIT: u32 = 20;
/// The last page that can be asked for by number.
pub const MAX_PAGE: u32 = 1_000_000;
/// Beyond this many rows, `count=capped` stops counting.
pub const COUNT_CAP: i64 = 10_000;
/// The most characters of a text that a condition compares with.
pub const MAX_TEXT: usize = 200;
/// The most values that `in` and `nin` take.
pub const MAX_SET: usize = 50;
/// The most values in all conditions of a query together: D1 binds 100, the page takes two, and what the service keeps
/// the list within up to two.
pub const MAX_VALUES: usize = 96;
