//! Sessions: signing in and out, and who a session stands for.

use std::time::Duration;

use crate::auth::{Authenticated, Claims, KeySet, Public, password, sign_session};
use crate::config::Config;
use crate::error::{Error, Result, SignedOut};
use crate::ids::SessionId;
use crate::limits::Gate;
use crate::limits::policies::Login;
use crate::models::session::{NewSession, Session};
use crate::models::user::UserView;
use crate::ports::Ports;
use crate::repositories;

/// How long a session lasts: 30 days.
const SESSION_LIFETIME: Duration = Duration::from_hours(30 * 24);

/// The service of sessions.
pub struct Sessions<'a> {
    ports: &'a Ports,
    config: &'a Config,
    gate: &'a Gate,
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
    /// The service over these ports.
    pub fn new(ports: &'a Ports, config: &'a Config, gate: &'a Gate) -> Self {
        Self { ports, config, gate }
    }

    /// Opens a session for the right address and password. `client` is the network address that asks.
    ///
    /// An attempt takes its slots before the password is hashed, so that a refused one costs nothing, and gives them
    /// back unless the password was wrong. An unknown address costs the same time and says the same words.
    ///
    /// # Errors
    /// [`Error::TooManyRequests`] when the attempts of this client or on this account are used up;
    /// [`SignedOut::WrongCredentials`] when the address or the password is wrong.
    pub async fn sign_in(
        &self,
        _: &Public,
        keys: &KeySet,
        new: NewSession,
        client: &str,
    ) -> Result<SignedIn> {
        let attempt = self.gate.admit(Login::slots(client, &new.email)).await?;
        let opened = self.open(keys, new).await;
        if !matches!(opened, Err(Error::SignedOut(_))) {
            self.gate.give_back(attempt);
        }
        opened
    }

    async fn open(&self, keys: &KeySet, new: NewSession) -> Result<SignedIn> {
        let user = repositories::users::find_by_email(&*self.ports.database, &new.email).await?;
        let right = password::verify(&new.password, user.as_ref().map(|user| user.password_hash.as_str()))?;
        let Some(user) = user.filter(|_| right) else {
            return Err(Error::SignedOut(SignedOut::WrongCredentials));
        };
        let (ports, now) = (self.ports, self.ports.clock.now());
        let session = Session {
            id: SessionId::new(&*ports.clock, &*ports.entropy)?,
            user_id: user.id.clone(),
            created_at: now,
            expires_at: now.plus(SESSION_LIFETIME),
        };
        ports.database.query(repositories::sessions::insert(&session)).await?;
        let claims = Claims { user_id: session.user_id, session_id: session.id };
        let access_token = sign_session(keys, &self.config.public_url, &claims, now)?;
        Ok(SignedIn { user: user.into(), access_token })
    }

    /// Ends the session.
    ///
    /// # Errors
    /// When the database does not answer; the session is still alive then.
    pub async fn sign_out(&self, who: &Authenticated) -> Result<()> {
        let revoke = repositories::sessions::revoke(&who.user().session_id, self.ports.clock.now());
        self.ports.database.query(revoke).await?;
        Ok(())
    }

    /// The user whom a verified token stands for, read from the database: a session that was ended or a role that
    /// was taken away counts from the next request on.
    ///
    /// # Errors
    /// [`SignedOut::InvalidSession`] when the session or its user is gone.
    pub async fn load_user(&self, claims: &Claims) -> Result<Authenticated> {
        let now = self.ports.clock.now();
        let user = repositories::sessions::load_user(&*self.ports.database, claims, now).await?;
        user.map(Authenticated::new).ok_or(Error::SignedOut(SignedOut::InvalidSession))
    }
}
