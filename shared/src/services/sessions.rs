//! Sessions: signing in and out, and who a session stands for.

mod opening;
mod refresh;

use std::time::Duration;

use serde_json::json;

use crate::audit::Action;
use crate::auth::token::ACCESS_LIFETIME;
use crate::auth::{
    Authenticated, Claims, InSession, KeySet, Public, RefreshToken, device, password, sign_session,
};
use crate::error::{Error, Result, SignedOut};
use crate::ids::{Id as _, SessionId};
use crate::limits::operations::Login;
use crate::models::session::{NewSession, Session, SessionView, TokensIn, TokensMeta, TokensView};
use crate::models::user::UserView;
use crate::repositories::{self, guards};
use crate::services::context::Context;
use crate::services::rehash;
use crate::time::Timestamp;

/// The service of sessions.
pub struct Sessions<'a> {
    context: Context<'a>,
}

/// Fresh tokens of a session.
#[derive(Debug)]
pub struct Issued {
    /// The access token.
    pub access_token: String,
    /// How long it lasts.
    pub access_lifetime: Duration,
    /// The refresh token.
    pub refresh_token: String,
    /// How long it lasts unless it is used.
    pub refresh_lifetime: Duration,
    /// Where the client wants them.
    pub tokens_in: TokensIn,
}

/// What a login answers.
#[derive(Debug)]
pub struct SignedIn {
    /// Who signed in.
    pub user: UserView,
    /// The tokens of the new session.
    pub issued: Issued,
    /// The cookie that the device is known by from now on.
    pub device: String,
}

/// What a refresh answers.
#[derive(Debug)]
pub struct Refreshed {
    /// The session.
    pub session: SessionView,
    /// Its new tokens.
    pub issued: Issued,
}

impl Issued {
    /// The tokens for the answer's body, if they are wanted there.
    pub fn meta(&self) -> TokensMeta {
        match self.tokens_in {
            TokensIn::Cookie => TokensMeta::Cookie {},
            TokensIn::Body => TokensMeta::Body(TokensView {
                access_token: self.access_token.clone(),
                token_type: "Bearer",
                expires_in: self.access_lifetime.as_secs(),
                refresh_token: self.refresh_token.clone(),
                refresh_expires_in: self.refresh_lifetime.as_secs(),
            }),
        }
    }
}

impl<'a> Sessions<'a> {
    /// The service for one request.
    pub fn new(context: Context<'a>) -> Self {
        Self { context }
    }

    /// Opens a session for the right address and password. `device` is the cookie of an earlier login.
    ///
    /// An attempt takes its slots before the password is hashed, so that a refused one costs nothing, and gives them
    /// back unless the password was wrong. An unknown address costs the same time and says the same words.
    ///
    /// # Errors
    /// [`Error::TooManyRequests`] when the attempts of this client or on this account are used up;
    /// [`SignedOut::WrongCredentials`] when the address or the password is wrong; [`Error::EmailNotVerified`] when both are
    /// right, and the service lets in only users whose address is verified.
    pub async fn sign_in(
        &self,
        _: &Public,
        keys: &KeySet,
        new: NewSession,
        device: Option<&str>,
    ) -> Result<SignedIn> {
        let Context { ports, gate, caller, .. } = self.context;
        let now = ports.clock.now();
        let known = device.and_then(|cookie| device::recognise(keys, &new.email, cookie, now));
        let attempt = gate.admit(Login::slots(&caller.network, &new.email, known.as_ref())).await?;
        let opened = self.open(keys, new).await;
        if !matches!(opened, Err(Error::SignedOut(_))) {
            gate.give_back(attempt);
        }
        opened
    }

    async fn open(&self, keys: &KeySet, new: NewSession) -> Result<SignedIn> {
        let Context { ports, config, .. } = self.context;
        let user = repositories::users::find_by_email(&*ports.database, &new.email).await?;
        let right = password::verify(
            &new.password,
            user.as_ref().map(|user| user.password_hash.as_str()),
            config.password_cost,
        )?;
        let Some(user) = user.filter(|user| right && user.locked_at.is_none()) else {
            return Err(Error::SignedOut(SignedOut::WrongCredentials));
        };
        if config.verification_required && user.email_verified_at.is_none() {
            return Err(Error::EmailNotVerified);
        }
        let now = ports.clock.now();
        let device = device::issue(keys, &new.email, now, &*ports.entropy)?;
        let opening = self.prepare(keys, &user.id, new.tokens, now)?;
        // A reset ends the sessions that there are, and this one would come after it.
        let mut batch = vec![repositories::users::password_is_still_that_of(&user)];
        batch.extend(opening.statements);
        ports.database.batch(batch).await.map_err(|error| {
            let changed = guards::is_violation(&error);
            if changed { Error::SignedOut(SignedOut::WrongCredentials) } else { error.into() }
        })?;
        rehash::if_outdated(ports, config, &user, new.password);
        Ok(SignedIn { user: user.into(), issued: opening.issued, device })
    }

    /// A fresh access token beside the refresh token in force.
    fn issue(
        &self,
        keys: &KeySet,
        session: &Session,
        refresh: &RefreshToken,
        tokens_in: TokensIn,
        now: Timestamp,
    ) -> Result<Issued> {
        let claims = Claims { user_id: session.user_id.clone(), session_id: session.id.clone() };
        let access_token = sign_session(keys, &self.context.config.public_url, &claims, now)?;
        Ok(Issued {
            access_token,
            access_lifetime: ACCESS_LIFETIME,
            refresh_token: refresh.text(keys)?,
            refresh_lifetime: session.idle_expires_at.since(now),
            tokens_in,
        })
    }

    /// The user's sessions that are alive, the last used first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn list(&self, who: &InSession) -> Result<Vec<SessionView>> {
        let Context { ports, .. } = self.context;
        let live = repositories::sessions::live(&*ports.database, &who.user().id, ports.clock.now()).await?;
        Ok(live.into_iter().map(|session| SessionView::new(session, &who.session().id)).collect())
    }

    /// Ends the session that asks.
    ///
    /// # Errors
    /// When the database does not answer; the session is still alive then.
    pub async fn sign_out(&self, who: &InSession) -> Result<()> {
        match self.end(who, &who.session().id).await {
            // It has ended meanwhile, as it should.
            Err(Error::NotFound(_)) => Ok(()),
            ended => ended,
        }
    }

    /// Ends a session of the user.
    ///
    /// # Errors
    /// [`Error::NotFound`] when it is over, somebody else's, or none at all.
    pub async fn end(&self, who: &InSession, id: &SessionId) -> Result<()> {
        let Context { ports, .. } = self.context;
        let now = ports.clock.now();
        let guard = repositories::sessions::guard_alive(id, &who.user().id, now);
        let revoke = repositories::sessions::revoke(id, now);
        let entry = self.context.audit(Some(who.user()), Action::SessionEnded, id);
        match ports.database.batch(vec![guard, revoke, entry.statement()]).await {
            Err(error) if guards::is_violation(&error) => Err(Error::NotFound(SessionId::NOUN)),
            ended => Ok(ended.map(drop)?),
        }
    }

    /// Ends all sessions of the user but the one that asks.
    ///
    /// # Errors
    /// When the database does not answer; none has ended then.
    pub async fn end_others(&self, who: &InSession) -> Result<()> {
        self.end_all_but(who, Some(&who.session().id)).await
    }

    /// Ends all sessions of the user.
    ///
    /// # Errors
    /// When the database does not answer; none has ended then.
    pub async fn end_all(&self, who: &InSession) -> Result<()> {
        self.end_all_but(who, None).await
    }

    async fn end_all_but(&self, who: &InSession, except: Option<&SessionId>) -> Result<()> {
        let (ports, user) = (self.context.ports, who.user());
        let revoke = repositories::sessions::revoke_all(&user.id, except, ports.clock.now());
        let entry = self.context.audit(Some(user), Action::SessionsEnded, &user.id);
        let entry = entry.with(json!({ "except": except }));
        ports.database.batch(vec![revoke, entry.statement()]).await?;
        Ok(())
    }

    /// The user whom a verified token stands for, read from the database: a session that was ended or a role that
    /// was taken away counts from the next request on.
    ///
    /// # Errors
    /// [`SignedOut::InvalidSession`] when the session or its user is gone.
    pub async fn load_user(&self, claims: &Claims) -> Result<Authenticated> {
        let Context { ports, .. } = self.context;
        let user = repositories::sessions::load_user(&*ports.database, claims, ports.clock.now()).await?;
        user.map(Authenticated::new).ok_or(Error::SignedOut(SignedOut::InvalidSession))
    }
}
