//! Writes that an idempotency key is given for: the key is taken and the answer kept in the write's own batch.

use crate::auth::CurrentUser;
use crate::error::{Error, Result};
use crate::idempotency::{IdempotencyKey, Made};
use crate::ports::{Ports, Rows, Statement};
use crate::repositories::idempotency_keys;

pub(super) use crate::repositories::idempotency_keys::is_taken;

/// Who asks, and the key that they gave, if they did.
#[derive(Debug, Clone, Copy)]
pub struct Once<'a> {
    /// Whose key it is.
    pub user: &'a CurrentUser,
    /// The key.
    pub key: Option<&'a IdempotencyKey>,
}

impl<'a> Once<'a> {
    /// A request of this user's.
    pub fn new(user: &'a CurrentUser, key: Option<&'a IdempotencyKey>) -> Self {
        Self { user, key }
    }

    /// Puts in front of a batch what takes the key.
    pub(super) fn begin<V>(self, ports: &Ports, made: &Made<V>, batch: Vec<Statement>) -> Vec<Statement> {
        let Some(key) = self.key else { return batch };
        let claim = idempotency_keys::claim(&self.user.id, key, made, ports.clock.now());
        claim.into_iter().chain(batch).collect()
    }

    /// Whether the key is taken, for what can only be looked up as long as it was not done.
    pub(super) async fn is_taken(self, ports: &Ports) -> Result<bool> {
        let Some(key) = self.key else { return Ok(false) };
        let find = idempotency_keys::find_alive(&self.user.id, key, ports.clock.now());
        Ok(!ports.database.query(find).await?.is_empty())
    }

    /// What the key was taken for, after a batch failed because [`is_taken`]. `also` is run with it, for its rows.
    ///
    /// # Errors
    /// [`Error::KeyReused`] when the key was given for something else.
    pub(super) async fn replay<V>(
        self,
        ports: &Ports,
        also: Option<Statement>,
    ) -> Result<(Made<V>, Vec<Rows>)> {
        let key = self.key.ok_or_else(|| Error::internal("a batch without a key found it taken"))?;
        let mut batch = vec![idempotency_keys::find(&self.user.id, key)];
        batch.extend(also);
        let mut answers = ports.database.batch(batch).await?.into_iter();
        let kept = answers.next().map_or(Ok(None), |rows| idempotency_keys::read(&rows))?;
        match kept {
            Some((fingerprint, made)) if fingerprint == key.fingerprint() => Ok((made, answers.collect())),
            Some(_) => Err(Error::KeyReused),
            // Its time ended, or its user's, between the two batches.
            None => Err(Error::Unavailable(anyhow::anyhow!("the idempotency key went away meanwhile"))),
        }
    }
}
