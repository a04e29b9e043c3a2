//! What a request brings along for the services that need more than the ports.

use crate::audit::{Action, Entry};
use crate::auth::CurrentUser;
use crate::caller::Caller;
use crate::config::Config;
use crate::ids::Id;
use crate::limits::Gate;
use crate::ports::Ports;

/// Ports, settings, limits and caller of one request.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The ports.
    pub ports: &'a Ports,
    /// The settings.
    pub config: &'a Config,
    /// What limits the request.
    pub gate: &'a Gate,
    /// Where the request comes from.
    pub caller: &'a Caller,
}

impl<'a> Context<'a> {
    /// An entry of the audit log about something that is done now.
    pub fn audit<I: Id + std::fmt::Display>(
        &self,
        actor: Option<&'a CurrentUser>,
        action: Action,
        target: &I,
    ) -> Entry<'a> {
        Entry::new(self.caller, self.ports.clock.now(), actor, action, target)
    }
}
