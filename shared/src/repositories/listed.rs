//! What a resource must tell for its lists to follow the list grammar.

use serde::Serialize;

use crate::ports::{DatabaseError, Row};
use crate::query::Resource;

/// An entity that can be listed.
pub trait Listed: 'static {
    /// What clients see of it.
    type View: Serialize;
    /// The columns that [`Listed::view`] reads. Lists do without both: SQLite writes their rows as JSON, by the table of
    /// fields, which tests hold to the view.
    const COLUMNS: &'static str;

    /// The table of fields.
    fn resource() -> &'static Resource;

    /// Reads a row of [`Listed::COLUMNS`].
    ///
    /// # Errors
    /// When the row is not what the migrations promise.
    fn view(row: Row<'_>) -> Result<Self::View, DatabaseError>;
}
