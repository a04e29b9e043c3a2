//! Events: what happened, told in the batch of the write that did it. Whoever publishes does not know who listens; each
//! subscriber turns the events that concern it into jobs.

mod subscribers;

use crate::error::Result;
use crate::ids::{JobId, UserId};
use crate::jobs;
use crate::ports::{Ports, Statement};

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// An account was made.
    UserSignedUp {
        /// Whose.
        user_id: UserId,
    },
    /// Somebody wants to verify an address, which may have no account.
    VerificationRequested {
        /// The address.
        email: String,
    },
    /// Somebody has forgotten the password of an address, which may have no account.
    PasswordResetRequested {
        /// The address.
        email: String,
    },
    /// A password was changed, or set anew by a link.
    PasswordChanged {
        /// Whose.
        user_id: UserId,
    },
    /// A user wants another address, which may belong to somebody else.
    EmailChangeRequested {
        /// Who.
        user_id: UserId,
        /// The other address.
        email: String,
    },
    /// A user has another address.
    EmailChanged {
        /// Who.
        user_id: UserId,
        /// The address of before.
        former: String,
    },
    /// An account was deleted.
    UserDeleted {
        /// The address that it had.
        email: String,
        /// The name that it had.
        name: String,
    },
}

impl Event {
    /// Who may see the jobs that come of it: the user who caused it, where that is known and they stay.
    fn owner(&self) -> Option<&UserId> {
        match self {
            Self::UserSignedUp { user_id }
            | Self::PasswordChanged { user_id }
            | Self::EmailChangeRequested { user_id, .. }
            | Self::EmailChanged { user_id, .. } => Some(user_id),
            Self::VerificationRequested { .. }
            | Self::PasswordResetRequested { .. }
            | Self::UserDeleted { .. } => None,
        }
    }
}

/// Wakes those who listen, once the event's batch is committed.
#[derive(Debug)]
#[must_use = "the jobs of an event wait for the next sweep when nobody rings"]
pub struct Bell {
    job_ids: Vec<JobId>,
}

impl Bell {
    /// The job of the first subscriber.
    pub fn first_job(&self) -> Option<&JobId> {
        self.job_ids.first()
    }

    /// Rings, off the request's path.
    pub fn ring(self, ports: &Ports) {
        if !self.job_ids.is_empty() {
            jobs::ring(ports, self.job_ids.iter().map(JobId::to_string).collect());
        }
    }
}

/// Tells everybody who listens: the statements go into the batch of the write that caused the event, the bell rings after
/// the commit.
///
/// # Errors
/// Only when the runtime has no randomness.
pub fn publish(ports: &Ports, event: &Event) -> Result<(Vec<Statement>, Bell)> {
    let kinds = subscribers::ALL.iter().filter_map(|subscriber| subscriber(event));
    let jobs = kinds.map(|kind| jobs::enqueue(ports, &kind, event.owner()));
    let (job_ids, statements) = jobs.collect::<Result<Vec<_>>>()?.into_iter().unzip();
    Ok((statements, Bell { job_ids }))
}
