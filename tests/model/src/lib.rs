//! What a list query means, written a second time: rows in memory, every condition tried on every row, a plain sort.
//!
//! It shares no code with the application, so that a mistake there is not repeated here. Tables and queries are drawn
//! from a seed; whoever asks the application for its answers is a [`Lister`].

mod cell;
mod check;
mod draw;
mod evaluate;
mod query;
mod random;
mod shrink;
mod table;

pub use cell::Cell;
pub use check::{Lister, Outcome, Page, check, encoded};
pub use draw::{Shape, query, table, value};
pub use query::{Condition, Count, Operand, Query, SortKey, Walk};
pub use random::Random;
pub use shrink::shrink;
pub use table::{Column, Kind, Operator, Row, Table};
