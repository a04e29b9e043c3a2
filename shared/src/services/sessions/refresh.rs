//! Exchanging refresh tokens. A family has one token in force and never forks: whoever shows the one before it, within
//! the grace, gets the one in force again; whoever shows an older one, or that one later, ends the family, because two
//! parties hold its tokens then and nobody can tell which of them is the user.

use log::Level;
use serde_json::json;

use crate::audit::Action;
use crate::auth::refresh::Presented;
use crate::auth::{KeySet, Public, RefreshToken};
use crate::error::{Error, Result, SignedOut};
use crate::limits::operations::Refresh;
use crate::logging::Line;
use crate::models::session::{Session, SessionView, TokensIn};
use crate::repositories::guards;
use crate::repositories::sessions::{self as table, Family, Rotation};
use crate::services::context::Context;
use crate::services::sessions::{Refreshed, Sessions};
use crate::time::Timestamp;

const INVALID: Error = Error::SignedOut(SignedOut::InvalidSession);

impl Sessions<'_> {
    /// Exchanges a refresh token for the next one and an access token.
    ///
    /// # Errors
    /// [`Error::TooManyRequests`] when the client has used up its exchanges; [`SignedOut::NoSession`] without a token;
    /// [`SignedOut::InvalidSession`] when it does not count (any more) or its session is over.
    pub async fn refresh(
        &self,
        _: &Public,
        keys: &KeySet,
        text: Option<&str>,
        tokens_in: TokensIn,
    ) -> Result<Refreshed> {
        let Context { ports, gate, caller, .. } = self.context;
        drop(gate.admit(Refresh::slots(&caller.network)).await?);
        let text = text.ok_or(Error::SignedOut(SignedOut::NoSession))?;
        let shown = Presented::read(text).ok_or(INVALID)?;
        let now = ports.clock.now();
        let (session, successor) = match self.rotate(&shown.token, now).await? {
            Some(rotated) => rotated,
            None => self.recover(keys, &shown, now).await?,
        };
        let issued = self.issue(keys, &session, &successor, tokens_in, now)?;
        let id = session.id.clone();
        Ok(Refreshed { session: SessionView::new(session, &id), issued })
    }

    /// Replaces the token if it is in force.
    async fn rotate(&self, token: &RefreshToken, now: Timestamp) -> Result<Option<(Session, RefreshToken)>> {
        let Context { ports, config, caller, .. } = self.context;
        let successor = RefreshToken::new(token.session().clone(), &*ports.entropy)?;
        let rotation = Rotation {
            id: token.session(),
            hash: &token.hash(),
            next_hash: &successor.hash(),
            sealed_successor: &token.seal(&successor),
            now,
            idle_expires_at: now.plus(config.sessions.idle),
            address: &caller.address,
            user_agent: &caller.user_agent,
        };
        let session = table::rotate(&*ports.database, &rotation).await?;
        Ok(session.map(|session| (session, successor)))
    }

    /// What a token that is not in force is good for: the token in force, if it is the one before that and was
    /// exchanged a moment ago.
    async fn recover(
        &self,
        keys: &KeySet,
        shown: &Presented,
        now: Timestamp,
    ) -> Result<(Session, RefreshToken)> {
        let Context { ports, config, .. } = self.context;
        let token = &shown.token;
        let family = table::family(&*ports.database, token.session(), now).await?;
        let family = family.filter(|family| family.alive).ok_or(INVALID)?;
        let recent = family.rotated_at.is_some_and(|at| now.since(at) < config.sessions.refresh_grace);
        if recent && family.previous_hash.as_ref() == Some(&token.hash()) {
            let successor = family.sealed_successor.as_deref().and_then(|sealed| token.unseal(sealed));
            let successor = successor.filter(|token| token.hash() == family.session.refresh_hash);
            let successor =
                successor.ok_or_else(|| Error::internal("the sealed token is not the one in force"))?;
            return Ok((family.session, successor));
        }
        // The token in force was not used before; its user was locked a moment ago, and is not any more.
        if shown.is_genuine(keys) && token.hash() != family.session.refresh_hash {
            self.end_family(family, now).await?;
        }
        Err(INVALID)
    }

    /// Ends a session whose old token came again.
    async fn end_family(&self, Family { session, .. }: Family, now: Timestamp) -> Result<()> {
        let Context { ports, caller, .. } = self.context;
        let entry = self.context.audit(None, Action::SessionEnded, &session.id);
        let entry = entry.with(json!({ "user_id": session.user_id, "reason": "refresh_token_reused" }));
        let guard = table::guard_alive(&session.id, &session.user_id, now);
        let batch = vec![guard, table::revoke(&session.id, now), entry.statement()];
        match ports.database.batch(batch).await {
            // Somebody else has ended it meanwhile.
            Err(error) if guards::is_violation(&error) => return Ok(()),
            ended => drop(ended?),
        }
        Line::new(Level::Warn, "a refresh token came again, and its session was ended")
            .at(now)
            .with("request_id", &caller.request_id)
            .with("session_id", &session.id)
            .with("user_id", &session.user_id)
            .write();
        Ok(())
    }
}
