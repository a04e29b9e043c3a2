//! API keys: making and revoking them, and who one stands for.

use std::rc::Rc;
use std::time::Duration;

use serde_json::json;

use crate::audit::Action;
use crate::auth::{ApiKey, ApiKeyHash, Authenticated, Capabilities, CapabilityName, CurrentUser, InSession};
use crate::error::{DetailCode, Error, Result, SignedOut, Violation};
use crate::ids::ApiKeyId;
use crate::models::api_key::{ApiKeyRecord, IssuedApiKeyView, NewApiKey};
use crate::models::role::set_of;
use crate::models::user::User;
use crate::ports::DatabaseError;
use crate::query::ListQuery;
use crate::repositories::api_keys::{self, KeyUser};
use crate::repositories::{guards, users};
use crate::services::context::Context;
use crate::services::lists::PageText;
use crate::services::{lists, passwords};
use crate::time::Timestamp;

/// How many keys a user may have that are neither revoked nor expired.
pub const MOST: u32 = 50;

/// How long a key lasts that says nothing else: a year.
const LIFETIME: Duration = Duration::from_hours(365 * 24);

/// How long a key may last: two years, one of them a leap year.
const LONGEST: Duration = Duration::from_hours(731 * 24);

/// How exactly it is known when a key was last used.
const USE_INTERVAL: Duration = Duration::from_mins(1);

/// The service of API keys.
pub struct ApiKeys<'a> {
    context: Context<'a>,
}

impl<'a> ApiKeys<'a> {
    /// The service for one request.
    pub fn new(context: Context<'a>) -> Self {
        Self { context }
    }

    /// A page of the caller's keys: expired ones too, without those that were revoked.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn list(&self, who: &InSession, query: ListQuery) -> Result<PageText> {
        let query = query.within(api_keys::of_user(&who.user().id));
        lists::uncached::<ApiKeyRecord>(self.context.ports, &query).await
    }

    /// Makes a key, whose text is told here and never again. It asks for the password, so that whoever stole a session
    /// cannot leave a key behind, which lasts longer.
    ///
    /// # Errors
    /// [`Error::Invalid`] when it would end in the past or too late; [`Error::BeyondOwn`] when it would do what the
    /// caller may not; [`Error::WrongPassword`]; [`Error::TooManyRequests`] when wrong passwords are used up;
    /// [`Error::Full`] when the caller has [`MOST`] keys.
    pub async fn create(&self, who: &InSession, new: NewApiKey) -> Result<IssuedApiKeyView> {
        let Context { ports, .. } = self.context;
        let key = ApiKey::new(&*ports.entropy)?;
        let password = new.password.clone();
        let record = self.record(who.user(), &key, new)?;
        let owner = passwords::confirm(&self.context, who, &password).await?;
        let capabilities: Vec<_> = record.capabilities.names().collect();
        let details =
            json!({ "name": record.name, "capabilities": capabilities, "expires_at": record.expires_at });
        let entry = self.context.audit(Some(who.user()), Action::ApiKeyCreated, &record.id).with(details);
        let batch = vec![
            users::password_is_still_that_of(&owner),
            api_keys::fewer_than(MOST, &owner.id, record.created_at),
            api_keys::insert(&record, &key.hash()),
            entry.statement(),
        ];
        match ports.database.batch(batch).await {
            Err(error) if guards::is_violation(&error) => return Err(self.refused(&owner).await?),
            made => drop(made?),
        }
        Ok(IssuedApiKeyView {
            id: record.id,
            name: record.name,
            key: key.expose().to_owned(),
            hint: record.hint,
            capabilities,
            created_at: record.created_at,
            expires_at: record.expires_at,
        })
    }

    /// The row of a new key.
    fn record(&self, user: &CurrentUser, key: &ApiKey, new: NewApiKey) -> Result<ApiKeyRecord> {
        let Context { ports, .. } = self.context;
        let now = ports.clock.now();
        Ok(ApiKeyRecord {
            id: ApiKeyId::new(&*ports.clock, &*ports.entropy)?,
            user_id: user.id.clone(),
            name: new.name,
            hint: key.hint().to_owned(),
            capabilities: scope(user, &new.capabilities)?,
            created_at: now,
            expires_at: expiry(new.expires_at, now)?,
            last_used_at: None,
        })
    }

    /// Why a new key's guards did not hold: its owner's password is another by now, or they have as many as they may.
    async fn refused(&self, owner: &User) -> Result<Error> {
        let found = users::find(&*self.context.ports.database, &owner.id).await?;
        let same = found.filter(|user| user.locked_at.is_none());
        let same = same.is_some_and(|user| user.password_changed_at == owner.password_changed_at);
        Ok(if same { Error::Full { what: "API keys", most: MOST } } else { Error::WrongPassword })
    }

    /// Revokes one of the caller's keys: the next request with it is refused.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the caller has no such key.
    pub async fn revoke(&self, who: &InSession, id: &ApiKeyId) -> Result<()> {
        let (ports, user) = (self.context.ports, who.user());
        let entry = self.context.audit(Some(user), Action::ApiKeyRevoked, id);
        let batch = vec![
            api_keys::is_of(id, &user.id),
            api_keys::revoke(id, &user.id, ports.clock.now()),
            entry.statement(),
        ];
        ports.database.batch(batch).await.map(drop).map_err(unless(Error::NotFound("API key")))
    }

    /// The user whom a key stands for, read from the database: a key that was revoked or a role that was taken away
    /// counts from the next request on. That the key was used is noted off the request's path.
    ///
    /// # Errors
    /// [`SignedOut::InvalidApiKey`] when there is no such key, or not any more, or its user is locked out.
    pub async fn load_user(&self, hash: &ApiKeyHash) -> Result<Authenticated> {
        let Context { ports, .. } = self.context;
        let now = ports.clock.now();
        let found = api_keys::load_user(&*ports.database, hash, now).await?;
        let found = found.ok_or(Error::SignedOut(SignedOut::InvalidApiKey))?;
        self.note_use(&found, now);
        Ok(Authenticated::new(found.user))
    }

    fn note_use(&self, KeyUser { key, last_used_at, .. }: &KeyUser, now: Timestamp) {
        let Context { ports, .. } = self.context;
        if last_used_at.is_some_and(|noted| now.since(noted) < USE_INTERVAL) {
            return;
        }
        let (database, touch) = (Rc::clone(&ports.database), api_keys::touch(key, now, *last_used_at));
        // What was not noted now is noted with the next request.
        ports.background.spawn(Box::pin(async move { drop(database.query(touch).await) }));
    }
}

/// The capabilities with these names, if the user holds them all.
fn scope(user: &CurrentUser, names: &[CapabilityName]) -> Result<Capabilities> {
    let asked = set_of(names);
    let beyond: Vec<_> = asked.without(user.capabilities).names().collect();
    if beyond.is_empty() { Ok(asked) } else { Err(Error::BeyondOwn(beyond)) }
}

/// When the key ends.
fn expiry(asked: Option<Timestamp>, now: Timestamp) -> Result<Timestamp> {
    let ends = asked.unwrap_or_else(|| now.plus(LIFETIME));
    if now < ends && ends <= now.plus(LONGEST) {
        return Ok(ends);
    }
    let message = "Must be in the future, at most two years ahead.";
    Err(Error::Invalid(vec![Violation::new("expires_at", DetailCode::Range, message)]))
}

/// What it means when the batch's guard did not hold.
fn unless(refused: Error) -> impl FnOnce(DatabaseError) -> Error {
    move |error| if guards::is_violation(&error) { refused } else { error.into() }
}
