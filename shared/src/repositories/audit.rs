//! The audit log: rows are added, never changed.

use crate::audit::Entry;
use crate::ports::Statement;

/// Adds an entry.
pub fn append(entry: &Entry<'_>) -> Statement {
    Statement::new(
        "INSERT INTO audit_log (at, action, actor_id, credential, target_kind, target_id, details, address, user_agent, \
         request_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )
    .bind(entry.at)
    .bind(entry.action.as_str())
    .bind(entry.actor.map(|user| &user.id))
    .bind(entry.actor.map(|user| user.credential.id()))
    .bind(entry.target_kind)
    .bind(entry.target_id.as_str())
    .bind(entry.details.to_string())
    .bind(entry.caller.address.as_str())
    .bind(entry.caller.user_agent.as_str())
    .bind(entry.caller.request_id.as_str())
}
