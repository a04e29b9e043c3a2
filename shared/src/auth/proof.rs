//! Proofs of authorisation. Only this crate makes them, from a user that the database confirmed; handlers and
//! services take them as arguments, so that code without the check does not compile.

use std::marker::PhantomData;

use crate::auth::capability::{Capabilities, Capability};
use crate::auth::{ApiKeyHash, Claims};
use crate::error::{Error, Result};
use crate::ids::{ApiKeyId, SessionId, UserId};
use crate::time::Timestamp;

/// Anybody, signed in or not.
#[derive(Debug, Clone, Copy)]
pub struct Public;

/// What a request shows to say who it is from, before the database was asked about it.
#[derive(Debug, Clone)]
pub enum Presented {
    /// A genuine access token.
    Session(Claims),
    /// A well-formed API key.
    ApiKey(ApiKeyHash),
}

/// What a request showed to say who it is from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credential {
    /// An access token of a session.
    Session(CurrentSession),
    /// An API key.
    ApiKey(ApiKeyId),
}

impl Credential {
    /// The id of the session or the key.
    pub fn id(&self) -> &str {
        match self {
            Self::Session(session) => session.id.as_str(),
            Self::ApiKey(id) => id.as_str(),
        }
    }
}

/// The session that a request belongs to. Second factors have their place here: what was proved, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CurrentSession {
    /// The id.
    pub id: SessionId,
    /// How the user proved who they are: names of RFC 8176, separated by spaces.
    pub methods: String,
    /// When they last did.
    pub authenticated_at: Timestamp,
}

/// The user of a live session or API key, as the database knew them when the request came.
#[derive(Debug, Clone)]
pub struct CurrentUser {
    /// The user's id.
    pub id: UserId,
    /// What the request showed.
    pub credential: Credential,
    /// The user's e-mail address.
    pub email: String,
    /// Whether the user has shown that mail to the address reaches them.
    pub email_verified: bool,
    /// The user's name.
    pub name: String,
    /// What the user's roles allow, together; with an API key only what the key is for.
    pub capabilities: Capabilities,
    /// Counts the changes to the account.
    pub version: i64,
    /// When the account was made.
    pub created_at: Timestamp,
}

impl CurrentUser {
    /// Whether the user holds a capability.
    pub fn can<C: Capability>(&self) -> bool {
        self.capabilities.has::<C>()
    }
}

/// Anybody; of whoever is signed in it is known who they are.
#[derive(Debug, Clone)]
pub struct Visitor {
    user: Option<CurrentUser>,
}

impl Visitor {
    /// Who it is, when they are signed in.
    pub fn user(&self) -> Option<&CurrentUser> {
        self.user.as_ref()
    }
}

impl From<Option<Authenticated>> for Visitor {
    fn from(who: Option<Authenticated>) -> Self {
        Self { user: who.map(|who| who.user) }
    }
}

/// Somebody is signed in, by a session or an API key.
#[derive(Debug, Clone)]
pub struct Authenticated {
    user: CurrentUser,
}

impl Authenticated {
    /// The proof for a user whom `load_user` of the sessions or of the API keys found.
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

    /// Turns into the proof of a session.
    ///
    /// # Errors
    /// [`Error::SessionRequired`] when the request showed an API key.
    pub fn in_session(self) -> Result<InSession> {
        match self.user.credential.clone() {
            Credential::Session(session) => Ok(InSession { user: self.user, session }),
            Credential::ApiKey(_) => Err(Error::SessionRequired),
        }
    }
}

/// Somebody is signed in by a session: a person at a device, not a program with an API key. What concerns the
/// account itself asks for it.
#[derive(Debug, Clone)]
pub struct InSession {
    user: CurrentUser,
    session: CurrentSession,
}

impl InSession {
    /// Who it is.
    pub fn user(&self) -> &CurrentUser {
        &self.user
    }

    /// The session.
    pub fn session(&self) -> &CurrentSession {
        &self.session
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
