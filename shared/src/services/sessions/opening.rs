//! Opening a session for somebody who has just proved who they are.

use serde_json::json;

use super::{Issued, Sessions};
use crate::audit::Action;
use crate::auth::{KeySet, RefreshToken};
use crate::error::Result;
use crate::ids::{SessionId, UserId};
use crate::models::session::{PASSWORD, Session, TokensIn};
use crate::ports::Statement;
use crate::repositories;
use crate::services::context::Context;
use crate::time::Timestamp;

/// A session that is open as soon as its statements are run.
#[derive(Debug)]
pub(in crate::services) struct Opening {
    /// Adds it, makes room for it, and tells of it.
    pub(in crate::services) statements: [Statement; 3],
    /// Its tokens.
    pub(in crate::services) issued: Issued,
}

impl Sessions<'_> {
    /// A new session of a user. Nothing is written here: its statements go with what else their batch does.
    pub(in crate::services) fn prepare(
        &self,
        keys: &KeySet,
        user: &UserId,
        tokens_in: TokensIn,
        now: Timestamp,
    ) -> Result<Opening> {
        let Context { ports, config, caller, .. } = self.context;
        let id = SessionId::new(&*ports.clock, &*ports.entropy)?;
        let refresh = RefreshToken::new(id.clone(), &*ports.entropy)?;
        let expires_at = now.plus(config.sessions.lifetime);
        let session = Session {
            id,
            user_id: user.clone(),
            methods: PASSWORD.to_owned(),
            authenticated_at: now,
            created_at: now,
            last_used_at: now,
            expires_at,
            idle_expires_at: expires_at.min(now.plus(config.sessions.idle)),
            address: caller.address.clone(),
            user_agent: caller.user_agent.clone(),
            refresh_hash: refresh.hash(),
        };
        let entry = self.context.audit(None, Action::SignedIn, &session.id);
        let entry = entry.with(json!({ "user_id": user, "methods": session.methods }));
        let insert = repositories::sessions::insert(&session);
        let make_room = repositories::sessions::revoke_beyond_most(&session);
        let issued = self.issue(keys, &session, &refresh, tokens_in, now)?;
        Ok(Opening { statements: [insert, make_room, entry.statement()], issued })
    }
}
