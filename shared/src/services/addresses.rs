//! E-mail addresses: showing that mail to them arrives, and having another one.

use crate::audit::Action;
use crate::auth::one_time::{self, Purpose};
use crate::auth::{InSession, Public};
use crate::error::{Error, Result};
use crate::events::{self, Event};
use crate::limits::operations::{MailRequest as MailSlots, TokenUse};
use crate::models::account::{EmailChange, EmailVerification, MailRequest, OneTimeToken};
use crate::ports::{DatabaseError, Statement};
use crate::repositories::{guards, one_time_tokens, users};
use crate::services::context::Context;
use crate::services::passwords;

/// The service of e-mail addresses.
pub struct Addresses<'a> {
    context: Context<'a>,
}

impl<'a> Addresses<'a> {
    /// The service for one request.
    pub fn new(context: Context<'a>) -> Self {
        Self { context }
    }

    /// Has another mail sent to verify an address, if it has an account that needs it. What is done here is the same in any
    /// case; the job looks whether there is anybody.
    ///
    /// # Errors
    /// [`Error::TooManyRequests`] when the client or the address has had its mails.
    pub async fn request_verification(&self, _: &Public, request: MailRequest) -> Result<()> {
        let event = Event::VerificationRequested { email: request.email.clone() };
        let (purpose, action) = (Purpose::VerifyEmail, Action::VerificationRequested);
        request_mail(&self.context, purpose, &request.email, &event, action).await
    }

    /// Uses the token of a mail to show that the mail arrived: the address is verified, or, when the token was for another
    /// one, it is the user's from now on.
    ///
    /// # Errors
    /// [`Error::InvalidToken`] when the token is unknown, used, out of time or for something else; [`Error::Taken`] when
    /// somebody else has the other address by now; [`Error::TooManyRequests`] when the client has tried too often.
    pub async fn verify(&self, _: &Public, verification: &EmailVerification) -> Result<()> {
        let Context { ports, gate, caller, .. } = self.context;
        drop(gate.admit(TokenUse::slots(&caller.network)).await?);
        let hash = one_time::hash(&verification.token);
        let token = one_time_tokens::find_usable(&*ports.database, &hash, ports.clock.now()).await?;
        match token {
            Some(token) if token.purpose == Purpose::VerifyEmail => self.verify_address(&token).await,
            Some(token) if token.purpose == Purpose::ChangeEmail => self.change_address(&token).await,
            _ => Err(Error::InvalidToken),
        }
    }

    async fn verify_address(&self, token: &OneTimeToken) -> Result<()> {
        let now = self.context.ports.clock.now();
        let mut batch: Vec<_> = one_time_tokens::consume(&token.hash, token.purpose, now).into();
        let entry = self.context.audit(None, Action::EmailVerified, &token.user_id);
        batch.extend([
            users::verify_email(&token.user_id, &token.email, now),
            one_time_tokens::revoke(&token.user_id, Some(Purpose::VerifyEmail)),
            entry.statement(),
        ]);
        self.commit(batch).await
    }

    /// The other tokens of the user went to the address of before, whose mailbox may have got into other hands.
    async fn change_address(&self, token: &OneTimeToken) -> Result<()> {
        let ports = self.context.ports;
        let user = users::find(&*ports.database, &token.user_id).await?.ok_or(Error::InvalidToken)?;
        let now = ports.clock.now();
        let mut batch: Vec<_> = one_time_tokens::consume(&token.hash, token.purpose, now).into();
        let entry = self.context.audit(None, Action::EmailChanged, &token.user_id);
        batch.extend([
            users::is_not_locked(&token.user_id),
            users::change_email(&token.user_id, &token.email, now),
            one_time_tokens::revoke(&token.user_id, None),
            entry.statement(),
        ]);
        let event = Event::EmailChanged { user_id: user.id, former: user.email };
        let (told, bell) = events::publish(ports, &event)?;
        batch.extend(told);
        self.commit(batch).await?;
        bell.ring(ports);
        Ok(())
    }

    async fn commit(&self, batch: Vec<Statement>) -> Result<()> {
        self.context.ports.database.batch(batch).await.map(drop).map_err(|error| match error {
            error if guards::is_violation(&error) => Error::InvalidToken,
            DatabaseError::UniqueViolation(columns) if columns == "users.email" => {
                Error::Taken { what: "account", field: "email" }
            }
            other => other.into(),
        })
    }

    /// Has a mail sent to another address of the signed-in user, whose token makes it theirs. An address that somebody has
    /// already gets no mail, and the answer is the same.
    ///
    /// # Errors
    /// [`Error::WrongPassword`]; [`Error::TooManyRequests`] when wrong passwords or mails are used up.
    pub async fn request_change(&self, who: &InSession, change: EmailChange) -> Result<()> {
        let Context { ports, gate, caller, .. } = self.context;
        let user = passwords::confirm(&self.context, who, &change.password).await?;
        drop(gate.admit(MailSlots::slots(&caller.network, &change.email, Purpose::ChangeEmail)).await?);
        let entry = self.context.audit(Some(who.user()), Action::EmailChangeRequested, &user.id);
        let event = Event::EmailChangeRequested { user_id: user.id.clone(), email: change.email };
        let (told, bell) = events::publish(ports, &event)?;
        let mut batch = vec![users::password_is_still_that_of(&user), entry.statement()];
        batch.extend(told);
        ports.database.batch(batch).await.map_err(|error| {
            if guards::is_violation(&error) { Error::WrongPassword } else { error.into() }
        })?;
        bell.ring(ports);
        Ok(())
    }
}

/// Tells of a request for a mail to an address that anybody may name: one batch of the same statements, whoever has it.
pub(super) async fn request_mail(
    context: &Context<'_>,
    purpose: Purpose,
    email: &str,
    event: &Event,
    action: Action,
) -> Result<()> {
    let Context { ports, gate, caller, .. } = context;
    drop(gate.admit(MailSlots::slots(&caller.network, email, purpose)).await?);
    let (mut batch, bell) = events::publish(ports, event)?;
    batch.extend(bell.first_job().map(|job| context.audit(None, action, job).statement()));
    ports.database.batch(batch).await?;
    bell.ring(ports);
    Ok(())
}
