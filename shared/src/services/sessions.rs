//! Sessions: signing in and out, and who a session stands for.

use std::time::Duration;

use serde_json::json;

use crate::audit::Action;
use crate::auth::{Authenticated, Claims, InSession, KeySet, Public, password, sign_session};
use crate::error::{Error, Result, SignedOut};
use crate::ids::SessionId;
use crate::limits::policies::Login;
use crate::models::session::{NewSession, PASSWORD, Session};
use crate::models::user::UserView;
use crate::repositories;
use crate::services::context::Context;
use crate::services::rehash;

/// How long a session lasts: 30 days.
const SESSION_LIFETIME: Duration = Duration::from_hours(30 * 24);

/// The service of sessions.
pub struct Sessions<'a> {
    context: Context<'a>,
}

/// What a login answers.
#[derive(Debug)]
pub struct SignedIn {
    /// Who signed in.
    pub user: UserView,
    /// The access token for the new session.
    pub access_token: String,
}

impl<'a> Sessions<'a> {
    /// The service for one request.
    pub fn new(context: Context<'a>) -> Self {
        Self { context }
    }

    /// Opens a session for the right address and password.
    ///
    /// An attempt takes its slots before the password is hashed, so that a refused one costs nothing, and gives them
    /// back unless the password was wrong. An unknown address costs the same time and says the same words.
    ///
    /// # Errors
    /// [`Error::TooManyRequests`] when the attempts of this client or on this account are used up;
    /// [`SignedOut::WrongCredentials`] when the address or the password is wrong; [`Error::EmailNotVerified`] when both are
    /// right, and the service lets in only users whose address is verified.
    pub async fn sign_in(&self, _: &Public, keys: &KeySet, new: NewSession) -> Result<SignedIn> {
        let Context { gate, caller, .. } = self.context;
        let attempt = gate.admit(Login::slots(&caller.network, &new.email)).await?;
        let opened = self.open(keys, new).await;
        if !matches!(opened, Err(Error::SignedOut(_))) {
            gate.give_back(attempt);
        }
        opened
    }

    async fn open(&self, keys: &KeySet, new: NewSession) -> Result<SignedIn> {
        let Context { ports, config, caller, .. } = self.context;
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
        let session = Session {
            id: SessionId::new(&*ports.clock, &*ports.entropy)?,
            user_id: user.id.clone(),
            methods: PASSWORD.to_owned(),
            authenticated_at: now,
            created_at: now,
            last_used_at: now,
            expires_at: now.plus(SESSION_LIFETIME),
            idle_expires_at: now.plus(SESSION_LIFETIME),
            address: caller.address.clone(),
            user_agent: caller.user_agent.clone(),
            refresh_hash: String::new(),
        };
        let entry = self.context.audit(None, Action::SignedIn, &session.id);
        let entry = entry.with(json!({ "user_id": user.id, "methods": session.methods }));
        ports.database.batch(vec![repositories::sessions::insert(&session), entry.statement()]).await?;
        rehash::if_outdated(ports, config, &user, new.password);
        let claims = Claims { user_id: session.user_id, session_id: session.id };
        let access_token = sign_session(keys, &config.public_url, &claims, now)?;
        Ok(SignedIn { user: user.into(), access_token })
    }

    /// Ends the session.
    ///
    /// # Errors
    /// When the database does not answer; the session is still alive then.
    pub async fn sign_out(&self, who: &InSession) -> Result<()> {
        let (ports, id) = (self.context.ports, &who.session().id);
        let revoke = repositories::sessions::revoke(id, ports.clock.now());
        let entry = self.context.audit(Some(who.user()), Action::SessionEnded, id);
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
