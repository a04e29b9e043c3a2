//! What changes of users and roles have in common. They are put together from what was read, and a guard in their batch
//! states that it is still so; when it is not, they are put together again.

use crate::auth::{Capabilities, CurrentUser};
use crate::error::{Error, Result};
use crate::ports::{DatabaseError, Ports, Rows, Statement};
use crate::precondition::Precondition;
use crate::repositories::access;
use crate::repositories::guards::{self, Guard};

/// How often a change is put together anew. Each time, another change to the same row has gone through.
pub(super) const TRIES: u32 = 20;

/// What the lack of nothing in particular is called: who holds every single capability still cannot give a role that
/// also allows whatever is added later.
const EVERYTHING: &str = "every capability, those to come included,";

/// Why a batch of such a change wrote nothing.
#[derive(Debug)]
pub(super) enum Refused {
    /// What it was put together from has changed.
    Stale,
    /// It is about more than the caller holds.
    Beyond,
    /// Anything else.
    Failed(Error),
}

/// Runs the batch of a change.
pub(super) async fn run(ports: &Ports, batch: Vec<Statement>) -> Result<Vec<Rows>, Refused> {
    ports.database.batch(batch).await.map_err(refused)
}

/// Why the batch of such a change failed.
pub(super) fn refused(error: DatabaseError) -> Refused {
    match guards::violated(&error) {
        Some(Guard::Held) => Refused::Stale,
        Some(Guard::WithinOwn) => Refused::Beyond,
        Some(Guard::AdministratorLeft) => Refused::Failed(Error::LastAdministrator),
        None => Refused::Failed(match error {
            DatabaseError::UniqueViolation(columns) if columns == "roles.name" => {
                Error::Taken { what: "role", field: "name" }
            }
            other => other.into(),
        }),
    }
}

/// Fails unless the precondition allows the version.
pub(super) fn check(precondition: &Precondition, what: &'static str, version: i64) -> Result<()> {
    if precondition.allows(version) { Ok(()) } else { Err(Error::Changed { what, version }) }
}

/// The error for a caller who needs the capability `needs`, and `wanted` beside it.
pub(super) async fn beyond(
    ports: &Ports,
    caller: &CurrentUser,
    needs: &'static str,
    wanted: Capabilities,
) -> Result<Error> {
    let own = access::held_by(&*ports.database, &caller.id).await?.intersection(caller.capabilities);
    if !own.includes(Capabilities::from_names([needs])) {
        return Ok(Error::MissingCapability(needs));
    }
    let names: Vec<_> = wanted.without(own).names().collect();
    Ok(Error::BeyondOwn(if names.is_empty() { vec![EVERYTHING] } else { names }))
}
