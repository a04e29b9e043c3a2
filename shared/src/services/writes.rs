//! Writes to a resource whose lists are cached: each raises the resource's generation in its own batch, and hands the
//! writer what rules out everything older.

use crate::cache::{self, Seen};
use crate::error::{Error, Result};
use crate::idempotency::Made;
use crate::ids::Id;
use crate::ports::{DatabaseError, Ports, Rows, Statement, Value};
use crate::precondition::Precondition;
use crate::repositories::{Listed, generations, guards};
use crate::services::once::{self, Once};

/// What a write answers, and what its writer has seen from now on.
#[derive(Debug)]
pub struct Written<V> {
    /// The answer.
    pub value: V,
    /// The generation that the write made.
    pub seen: Seen,
}

/// Runs a batch that writes rows of `T`; answers the rows of its statements.
///
/// # Errors
/// When the database does not answer or refuses; nothing is written then.
pub(crate) async fn commit<T: Listed>(
    ports: &Ports,
    mut batch: Vec<Statement>,
) -> Result<Written<Vec<Rows>>, DatabaseError> {
    batch.push(generations::raise(T::resource().table));
    let mut answers = ports.database.batch(batch).await?;
    let seen = committed::<T>(ports, answers.pop().as_ref())?;
    Ok(Written { value: answers, seen })
}

/// What the writer has seen whose batch wrote rows of `T`, perhaps by a trigger alone, and ended with its generation.
pub(super) fn committed<T: Listed>(ports: &Ports, generation: Option<&Rows>) -> Result<Seen, DatabaseError> {
    let resource = T::resource().table;
    let generation = generation.map_or(Ok(0), generations::read)?;
    cache::committed(ports, resource, generation);
    Ok(Seen { resource, generation, at: ports.clock.now() })
}

/// Runs a batch that makes something of `T`, once for the key that was given for it.
///
/// # Errors
/// [`Error::KeyReused`] when the key was given for something else.
pub(crate) async fn make<T: Listed, V>(
    ports: &Ports,
    once: Once<'_>,
    made: Made<V>,
    batch: Vec<Statement>,
) -> Result<Written<Made<V>>> {
    Ok(try_make::<T, V>(ports, once, made, batch).await??)
}

/// The same where the batch may be refused for reasons of its own.
pub(super) async fn try_make<T: Listed, V>(
    ports: &Ports,
    once: Once<'_>,
    made: Made<V>,
    batch: Vec<Statement>,
) -> Result<Result<Written<Made<V>>, DatabaseError>> {
    match commit::<T>(ports, once.begin(ports, &made, batch)).await {
        Ok(written) => Ok(Ok(Written { value: made, seen: written.seen })),
        Err(error) if once::is_taken(&error) => replayed::<T, V>(ports, once).await.map(Ok),
        Err(error) => Ok(Err(error)),
    }
}

/// What the key was taken for.
pub(super) async fn replayed<T: Listed, V>(ports: &Ports, once: Once<'_>) -> Result<Written<Made<V>>> {
    let (value, rows) = once.replay(ports, Some(generations::current(T::resource().table))).await?;
    // Whoever asks again has seen the write, too.
    Ok(Written { value, seen: committed::<T>(ports, rows.first())? })
}

/// Runs a statement that writes the row of `T` with this id, if it is at a version that the precondition allows.
/// Answers the rows that the statement returns.
///
/// # Errors
/// [`Error::NotFound`] when there is no such row, [`Error::Changed`] when it is at another version.
pub(crate) async fn change<T: Listed, I: Id>(
    ports: &Ports,
    id: &I,
    precondition: &Precondition,
    statement: Statement,
) -> Result<Written<Rows>>
where
    for<'a> &'a I: Into<Value>,
{
    let table = T::resource().table;
    let guard = guards::at_version(table, id, precondition);
    match commit::<T>(ports, vec![guard, statement]).await {
        Ok(Written { mut value, seen }) => {
            let rows =
                value.pop().ok_or_else(|| Error::internal("the change's batch answered too little"))?;
            Ok(Written { value: rows, seen })
        }
        Err(error) if guards::is_violation(&error) => Err(refused(ports, table, id).await?),
        Err(error) => Err(error.into()),
    }
}

/// Why the guard did not hold.
pub(super) async fn refused<I: Id>(ports: &Ports, table: &'static str, id: &I) -> Result<Error>
where
    for<'a> &'a I: Into<Value>,
{
    let version = guards::version(&*ports.database, table, id).await?;
    Ok(version.map_or(Error::NotFound(I::NOUN), |version| Error::Changed { what: I::NOUN, version }))
}
