//! Passwords: forgotten ones, changes, and showing once more that one knows one's own.

use serde_json::json;

use crate::audit::Action;
use crate::auth::one_time::{self, Purpose};
use crate::auth::{InSession, KeySet, Public, password, password_rules};
use crate::error::{Error, Result};
use crate::events::{self, Event};
use crate::limits::operations::{PasswordChange as ChangeSlots, PasswordCheck, TokenUse};
use crate::models::account::{MailRequest, PasswordChange, PasswordReset};
use crate::models::user::{User, UserView};
use crate::repositories::{api_keys, guards, one_time_tokens, sessions, users};
use crate::services::addresses;
use crate::services::context::Context;
use crate::services::sessions::{Issued, Sessions};

/// The service of passwords.
pub struct Passwords<'a> {
    context: Context<'a>,
}

/// What a change of the password answers.
#[derive(Debug)]
pub struct Changed {
    /// Whose it is.
    pub user: UserView,
    /// The tokens of the session that takes the place of all others.
    pub issued: Issued,
}

impl<'a> Passwords<'a> {
    /// The service for one request.
    pub fn new(context: Context<'a>) -> Self {
        Self { context }
    }

    /// Has a mail sent to set a password anew, if the address has an account. What is done here is the same in any case;
    /// the job looks whether there is anybody.
    ///
    /// # Errors
    /// [`Error::TooManyRequests`] when the client or the address has had its mails.
    pub async fn request_reset(&self, _: &Public, request: MailRequest) -> Result<()> {
        let event = Event::PasswordResetRequested { email: request.email.clone() };
        let (purpose, action) = (Purpose::ResetPassword, Action::PasswordResetRequested);
        addresses::request_mail(&self.context, purpose, &request.email, &event, action).await
    }

    /// Sets a password anew by the token of a mail, which also shows that mail arrives. Ends all sessions of the user and
    /// revokes all API keys: whoever lost the password may not be the only one who had it. The user is told.
    ///
    /// # Errors
    /// [`Error::InvalidToken`] when the token is unknown, used, out of time or for something else; [`Error::Invalid`] when
    /// the password contains the address; [`Error::TooManyRequests`] when the client has tried too often.
    pub async fn reset(&self, _: &Public, reset: &PasswordReset) -> Result<()> {
        let Context { ports, config, gate, caller } = self.context;
        drop(gate.admit(TokenUse::slots(&caller.network)).await?);
        let hash = one_time::hash(&reset.token);
        let token = one_time_tokens::find_usable(&*ports.database, &hash, ports.clock.now()).await?;
        let token =
            token.filter(|token| token.purpose == Purpose::ResetPassword).ok_or(Error::InvalidToken)?;
        password_rules::apart_from(&token.email, &reset.password, "password")?;
        let hash = password::hash(&reset.password, config.password_cost, &*ports.entropy)?;
        let now = ports.clock.now();
        let mut batch: Vec<_> = one_time_tokens::consume(&token.hash, token.purpose, now).into();
        let entry = self.context.audit(None, Action::PasswordReset, &token.user_id);
        let entry = entry.with(json!({ "revoked": ["sessions", "api_keys"] }));
        batch.extend([
            users::is_not_locked(&token.user_id),
            users::change_password(&token.user_id, &hash, now),
            users::verify_email(&token.user_id, &token.email, now),
            sessions::revoke_all(&token.user_id, None, now),
            api_keys::revoke_all(&token.user_id, now),
            one_time_tokens::revoke(&token.user_id, None),
            entry.statement(),
        ]);
        let event = Event::PasswordChanged { user_id: token.user_id.clone() };
        let (told, bell) = events::publish(ports, &event)?;
        batch.extend(told);
        ports
            .database
            .batch(batch)
            .await
            .map_err(|error| if guards::is_violation(&error) { Error::InvalidToken } else { error.into() })?;
        bell.ring(ports);
        Ok(())
    }

    /// Changes the password of the signed-in user, who is told. Ends all their sessions and opens another one for whoever
    /// asks: the one that asks may be in somebody else's hands as well, who may be the reason for the change. Links in mails
    /// of before do not work any more, either. API keys stay, so that programs go on working.
    ///
    /// # Errors
    /// [`Error::WrongPassword`] when the current one is another; [`Error::Invalid`] when the new one is the same or contains
    /// the address; [`Error::TooManyRequests`] when wrong passwords, or changes, are used up.
    pub async fn change(&self, who: &InSession, keys: &KeySet, change: &PasswordChange) -> Result<Changed> {
        let Context { ports, config, gate, .. } = self.context;
        password_rules::another(&change.current_password, &change.new_password, "new_password")?;
        password_rules::apart_from(&who.user().email, &change.new_password, "new_password")?;
        let user = confirm(&self.context, who, &change.current_password).await?;
        drop(gate.admit(ChangeSlots::slots(&user.id)).await?);
        let hash = password::hash(&change.new_password, config.password_cost, &*ports.entropy)?;
        let now = ports.clock.now();
        let opening = Sessions::new(self.context).prepare(keys, &user.id, change.tokens, now)?;
        let entry = self.context.audit(Some(who.user()), Action::PasswordChanged, &user.id);
        let mut batch = vec![
            users::password_is_still_that_of(&user),
            users::change_password(&user.id, &hash, now),
            sessions::revoke_all(&user.id, None, now),
            one_time_tokens::revoke(&user.id, None),
            entry.statement(),
        ];
        batch.extend(opening.statements);
        let event = Event::PasswordChanged { user_id: user.id.clone() };
        let (told, bell) = events::publish(ports, &event)?;
        batch.extend(told);
        ports.database.batch(batch).await.map_err(|error| {
            if guards::is_violation(&error) { Error::WrongPassword } else { error.into() }
        })?;
        bell.ring(ports);
        Ok(Changed { user: user.into(), issued: opening.issued })
    }
}

/// The signed-in user, if this is their password. A wrong one uses up a slot, so that whoever stole a session cannot guess;
/// the slot is taken before the password is hashed.
///
/// # Errors
/// [`Error::WrongPassword`] when it is not; [`Error::TooManyRequests`] when wrong ones are used up.
pub(super) async fn confirm(context: &Context<'_>, who: &InSession, password: &str) -> Result<User> {
    let attempt = context.gate.admit(PasswordCheck::slots(&who.user().id)).await?;
    let confirmed = compare(context, who, password).await;
    if !matches!(confirmed, Err(Error::WrongPassword)) {
        context.gate.give_back(attempt);
    }
    confirmed
}

async fn compare(context: &Context<'_>, who: &InSession, password: &str) -> Result<User> {
    let user = users::find(&*context.ports.database, &who.user().id).await?;
    let hash = user.as_ref().map(|user| user.password_hash.as_str());
    let right = password::verify(password, hash, context.config.password_cost)?;
    user.filter(|_| right).ok_or(Error::WrongPassword)
}
