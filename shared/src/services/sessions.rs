//! Sessions: signing in and out, and who a session stands for.

use std::time::Duration;

use sha2::{Digest as _, Sha256};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::auth::{Authenticated, Claims, KeySet, Public, password, sign_session};
use crate::config::Config;
use crate::error::{Error, Result, SignedOut};
use crate::ids::SessionId;
use crate::limits::Decision;
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
}

/// What a login answers.
#[derive(Debug)]
pub struct SignedIn {
    /// Who signed in.
    pub user: UserView,
    /// The access token for the new session.
    pub access_token: String,
    /// What the limiter said, for the response's headers.
    pub limit: Option<Decision>,
}

impl<'a> Sessions<'a> {
    /// The service over these ports.
    pub fn new(ports: &'a Ports, config: &'a Config) -> Self {
        Self { ports, config }
    }

    /// Opens a session for the right address and password. `client` is the network address that asks.
    ///
    /// An attempt takes its slot before the password is hashed, so that a refused one costs nothing, and gives it
    /// back when the password was right. An unknown address costs the same time and says the same words.
    ///
    /// # Errors
    /// [`Error::TooManyRequests`] when the attempts of this client on this account are used up;
    /// [`SignedOut::WrongCredentials`] when the address or the password is wrong.
    pub async fn sign_in(
        &self,
        _: &Public,
        keys: &KeySet,
        new: NewSession,
        client: &str,
    ) -> Result<SignedIn> {
        let key = attempts_key(&new.email, client);
        let limit = self.take_attempt(&key).await?;
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
        self.give_back_attempt(key);
        let claims = Claims { user_id: session.user_id, session_id: session.id };
        let access_token = sign_session(keys, &self.config.public_url, &claims, now)?;
        Ok(SignedIn { user: user.into(), access_token, limit })
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

    async fn take_attempt(&self, key: &str) -> Result<Option<Decision>> {
        if !self.config.limits_enabled {
            return Ok(None);
        }
        // Closed on failure: without a limiter, nobody may guess passwords.
        let decision = self.ports.limiter.take(key, self.config.login_quota).await?;
        if decision.admitted {
            Ok(Some(decision))
        } else {
            Err(Error::TooManyRequests { policy: "login", decision })
        }
    }

    fn give_back_attempt(&self, key: String) {
        if self.config.limits_enabled {
            let (limiter, quota) = (self.ports.limiter.clone(), self.config.login_quota);
            self.ports.background.spawn(Box::pin(async move {
                // A slot that stays taken comes back with time.
                let _ = limiter.give_back(&key, quota).await;
            }));
        }
    }
}

/// One key per account and client. Hashed: limiter keys may show in dashboards and addresses of people must not.
fn attempts_key(email: &str, client: &str) -> String {
    let digest = Sha256::new()
        .chain_update(email.as_bytes())
        .chain_update([0])
        .chain_update(client.as_bytes())
        .finalize();
    format!("login:{}", URL_SAFE_NO_PAD.encode(digest))
}
