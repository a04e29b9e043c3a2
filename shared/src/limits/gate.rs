//! Takes the slots of one request, and remembers what the limiter said for the answer's headers.

use std::cell::RefCell;
use std::rc::Rc;

use futures::future::join_all;
use log::Level;

use crate::config::Config;
use crate::error::{Error, Result};
use crate::limits::operations::Slot;
use crate::limits::policies::OnFailure;
use crate::limits::{Decision, Limits, Policy, Quota};
use crate::logging::Line;
use crate::ports::{Limiter, LimiterError, Ports};

/// What every request passes that is limited. One for each request.
pub struct Gate {
    ports: Ports,
    limits: Limits,
    enabled: bool,
    request_id: String,
    reports: RefCell<Vec<Report>>,
}

/// What is known of a policy that the request is under.
#[derive(Debug, Clone, Copy)]
pub struct Report {
    /// The policy.
    pub policy: &'static Policy,
    /// Its quota.
    pub quota: Quota,
    /// What the limiter said; `None` when it was not asked or did not answer.
    pub decision: Option<Decision>,
}

/// The slots that a request holds. Dropped, they stay used up until time gives them back.
#[must_use = "slots that are to be given back must be kept"]
#[derive(Debug, Default)]
pub struct Admission {
    slots: Vec<Slot>,
}

impl Gate {
    /// The gate for the request with this id.
    pub fn new(ports: &Ports, config: &Config, request_id: &str) -> Self {
        Self {
            ports: ports.clone(),
            limits: config.limits,
            enabled: config.limits_enabled,
            request_id: request_id.to_owned(),
            reports: RefCell::default(),
        }
    }

    /// Takes all of these slots, or none.
    ///
    /// They are taken one after the other. Were they taken at once, a request that one policy refuses would hold slots of
    /// the others meanwhile, and others would be refused for it: fewer than the quota would be admitted.
    ///
    /// # Errors
    /// [`Error::TooManyRequests`] by the first policy that refuses, [`Error::Unavailable`] when the limiter fails under a
    /// policy that is closed then.
    pub async fn admit(&self, slots: Vec<Slot>) -> Result<Admission> {
        self.admit_also(Admission::default(), slots).await
    }

    /// Takes all of these slots beside those that are held already, or gives those back.
    ///
    /// # Errors
    /// As [`Gate::admit`].
    pub async fn admit_also(&self, mut held: Admission, slots: Vec<Slot>) -> Result<Admission> {
        if !self.enabled {
            return Ok(held);
        }
        self.announce(&slots);
        for slot in slots {
            let quota = slot.policy.quota(&self.limits);
            match self.ports.limiter.take(&slot.key, quota).await {
                Ok(decision) => {
                    self.note(slot.policy, |_| Some(decision));
                    if !decision.admitted {
                        self.return_now(held).await;
                        let (policy, retry_after) = (slot.policy.name, decision.retry_after);
                        return Err(Error::TooManyRequests { policy, retry_after });
                    }
                    held.slots.push(slot);
                }
                Err(error) if slot.policy.on_failure == OnFailure::Open => self.warn(slot.policy, &error),
                Err(error) => {
                    self.return_now(held).await;
                    return Err(error.into());
                }
            }
        }
        Ok(held)
    }

    /// Gives the slots back, off the request's path.
    pub fn give_back(&self, held: Admission) {
        self.forget(&held);
        let (limiter, limits) = (Rc::clone(&self.ports.limiter), self.limits);
        if !held.slots.is_empty() {
            self.ports
                .background
                .spawn(Box::pin(async move { return_slots(&*limiter, &limits, &held).await }));
        }
    }

    /// The request that it is for.
    pub fn request_id(&self) -> &str {
        &self.request_id
    }

    /// What is known so far, in the order in which the slots are taken.
    pub fn reports(&self) -> Vec<Report> {
        self.reports.borrow().clone()
    }

    /// Before a refusal is answered, so that whoever reads it finds everything as it was.
    async fn return_now(&self, held: Admission) {
        self.forget(&held);
        return_slots(&*self.ports.limiter, &self.limits, &held).await;
    }

    fn announce(&self, slots: &[Slot]) {
        let report = |slot: &Slot| Report {
            policy: slot.policy,
            quota: slot.policy.quota(&self.limits),
            decision: None,
        };
        self.reports.borrow_mut().extend(slots.iter().map(report));
    }

    fn forget(&self, held: &Admission) {
        for slot in &held.slots {
            let quota = slot.policy.quota(&self.limits);
            self.note(slot.policy, |decision| Some(decision?.given_back(quota)));
        }
    }

    fn note(&self, policy: &Policy, change: impl Fn(Option<Decision>) -> Option<Decision>) {
        for report in self.reports.borrow_mut().iter_mut().filter(|report| report.policy.name == policy.name)
        {
            report.decision = change(report.decision);
        }
    }

    fn warn(&self, policy: &Policy, error: &LimiterError) {
        Line::new(Level::Warn, "the limiter failed, and the request went on without it")
            .at(self.ports.clock.now())
            .with("request_id", &self.request_id)
            .with("policy", policy.name)
            .error(error)
            .write();
    }
}

async fn return_slots(limiter: &dyn Limiter, limits: &Limits, held: &Admission) {
    let give_back = |slot: &Slot| {
        let (key, quota) = (slot.key.clone(), slot.policy.quota(limits));
        // A slot that stays taken comes back with time.
        async move { drop(limiter.give_back(&key, quota).await) }
    };
    join_all(held.slots.iter().map(give_back)).await;
}
