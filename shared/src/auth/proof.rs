//! Proofs of authorisation. Only this crate makes them, from a user that the database confirmed; handlers and
//! services take them as arguments, so that code without the check does not compile.

use std::marker::PhantomData;

use crate::auth::capability::{Capabilities, Capability};
use crate::error::{Error, Result};
use crate::ids::{SessionId, UserId};
use crate::time::Timestamp;

/// Anybody, signed in or not.
#[derive(Debug, Clone, Copy)]
pub struct Public;

/// The user of a live session, as the database knew them when the request came.
#[derive(Debug, Clone)]
pub struct CurrentUser {
    /// The user's id.
    pub id: UserId,
    /// The session that the request presented.
    pub session_id: SessionId,
    /// The user's e-mail address.
    pub email: String,
    /// The user's name.
    pub name: String,
    /// What the user's roles allow, together.
    pub capabilities: Capabilities,
    /// When the account was made.
    pub created_at: Timestamp,
}

impl CurrentUser {
    /// Whether the user holds a capability.
    pub fn can<C: Capability>(&self) -> bool {
        self.capabilities.has::<C>()
    }
}

/// Somebody is signed in.
#[derive(Debug, Clone)]
pub struct Authenticated {
    user: CurrentUser,
}

impl Authenticated {
    /// The proof for a user whom [`crate::services::sessions::Sessions::load_user`] found.
    pub(crate) fn new(user: CurrentUser) -> Self {
        Self { user }
    }

    /// Who it is.
    pub fn user(&self) -> &CurrentUser {
        &self.user
    }

    /// Turns into the proof of a capability.
    ///
    /// # Errors
    /// [`Error::MissingCapability`] when the user does not hold it.
    pub fn require<C: Capability>(self) -> Result<Granted<C>> {
        if self.user.can::<C>() {
            Ok(Granted { user: self.user, capability: PhantomData })
        } else {
            Err(Error::MissingCapability(C::NAME))
        }
    }
}

/// Somebody is signed in and holds the capability `C`.
#[derive(Debug, Clone)]
pub struct Granted<C> {
    user: CurrentUser,
    capability: PhantomData<C>,
}

impl<C> Granted<C> {
    /// Who it is.
    pub fn user(&self) -> &CurrentUser {
        &self.user
    }
}
