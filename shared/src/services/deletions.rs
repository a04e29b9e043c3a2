//! Deleting what can be restored, restoring it, and deleting it for good.

use crate::auth::CurrentUser;
use crate::error::{Error, Result};
use crate::idempotency::Made;
use crate::ids::Id;
use crate::ports::{DatabaseError, Ports, Statement, Value};
use crate::precondition::Precondition;
use crate::repositories::deleted_rows::{self, Restorable};
use crate::repositories::guards;
use crate::services::once::Once;
use crate::services::writes::{self, Written};

/// Deletes the row of `T` with this id, if it is at a version that the precondition allows.
///
/// # Errors
/// [`Error::NotFound`] when there is no such row, [`Error::Changed`] when it is at another version.
pub(super) async fn remove<T: Restorable, I: Id>(
    ports: &Ports,
    who: &CurrentUser,
    id: &I,
    precondition: &Precondition,
) -> Result<Written<()>>
where
    for<'a> &'a I: Into<Value>,
{
    let table = T::resource().table;
    let mut batch = vec![guards::at_version(table, id, precondition)];
    batch.extend(deleted_rows::remove::<T>(id, &who.id, ports.clock.now()));
    match writes::commit::<T>(ports, batch).await {
        Ok(written) => Ok(Written { value: (), seen: written.seen }),
        Err(error) if guards::is_violation(&error) => Err(writes::refused(ports, table, id).await?),
        Err(error) => Err(error.into()),
    }
}

/// Runs the batch that puts a row back; `insert` is what does it, and `take` what takes it from among the deleted ones.
///
/// # Errors
/// [`Error::NotFound`] when it is not deleted any more, [`Error::Taken`] when its id lives again.
pub(super) async fn restore<T: Restorable, V>(
    ports: &Ports,
    once: Once<'_>,
    made: Made<V>,
    take: [Statement; 2],
    insert: Statement,
) -> Result<Written<Made<V>>> {
    let batch = take.into_iter().chain([insert]).collect();
    match writes::try_make::<T, V>(ports, once, made, batch).await? {
        Ok(written) => Ok(written),
        Err(error) if guards::is_violation(&error) => Err(Error::NotFound(T::DELETED)),
        Err(DatabaseError::UniqueViolation(column)) if column == format!("{}.id", T::resource().table) => {
            Err(Error::Taken { what: T::NOUN, field: "id" })
        }
        Err(error) => Err(error.into()),
    }
}

/// Deletes a deleted row of `T` for good.
///
/// # Errors
/// [`Error::NotFound`] when there is none with this id.
pub(super) async fn purge<T: Restorable>(ports: &Ports, id: impl Into<Value>) -> Result<()> {
    let rows = ports.database.query(deleted_rows::purge::<T>(id)).await?;
    if rows.is_empty() { Err(Error::NotFound(T::DELETED)) } else { Ok(()) }
}
