//! What the mail sink remembers.

use std::collections::{HashMap, VecDeque};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::resend::{ApiError, Mail};
use crate::process::lock;
use crate::random;

/// Older mails make room for new ones beyond this number.
const CAPACITY: usize = 10_000;

/// How long the provider remembers an idempotency key.
const KEY_LIFETIME: Duration = Duration::from_hours(24);

/// A mail that was accepted.
#[derive(Debug, Clone, Serialize)]
pub struct Message {
    /// The id that the sender got.
    pub id: String,
    /// The sender, as written.
    pub from: String,
    /// The recipients' addresses.
    pub to: Vec<String>,
    /// The subject.
    pub subject: String,
    /// The HTML part.
    pub html: Option<String>,
    /// The plain-text part.
    pub text: Option<String>,
    /// Further headers.
    pub headers: Map<String, Value>,
    /// The key that it was sent with.
    pub idempotency_key: Option<String>,
    /// When it was accepted, RFC 3339 in UTC.
    pub created_at: String,
}

/// A failure to simulate.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// How many calls fail; one when absent.
    #[serde(default = "one")]
    pub times: u32,
    /// The status that they answer.
    pub status: u16,
    /// The error's name; `application_error` when absent.
    #[serde(default = "application_error")]
    pub name: String,
    /// Seconds for a `retry-after` header.
    #[serde(default)]
    pub retry_after: Option<u32>,
    /// Milliseconds to wait before the answer.
    #[serde(default)]
    pub delay_ms: u64,
    /// True: the mail is accepted all the same, and only the answer is lost.
    #[serde(default)]
    pub accept: bool,
    /// Only calls with a mail to this address fail; any call when absent.
    #[serde(default)]
    pub to: Option<String>,
}

impl Fault {
    /// The next call with a mail to this address answers this status.
    pub fn for_recipient(address: &str, status: u16) -> Self {
        let to = Some(address.to_owned());
        Self {
            times: 1,
            status,
            name: application_error(),
            retry_after: None,
            delay_ms: 0,
            accept: false,
            to,
        }
    }
}

fn one() -> u32 {
    1
}

fn application_error() -> String {
    "application_error".to_owned()
}

#[derive(Debug, Default)]
struct Inner {
    messages: VecDeque<Message>,
    keys: HashMap<String, Remembered>,
    faults: VecDeque<Fault>,
}

/// The first call with an idempotency key.
#[derive(Debug)]
struct Remembered {
    payload: Value,
    ids: Vec<String>,
    at: Instant,
}

/// Mails, idempotency keys and faults, behind one lock.
#[derive(Debug, Default)]
pub(super) struct Store {
    inner: Mutex<Inner>,
    changed: Condvar,
}

impl Store {
    /// Takes mails in and returns their ids; a repeated call with the same key gets the first one's.
    pub(super) fn accept(
        &self,
        mails: &[Mail],
        key: Option<&str>,
        payload: Value,
    ) -> Result<Vec<String>, ApiError> {
        let mut inner = lock(&self.inner);
        inner.keys.retain(|_, remembered| remembered.at.elapsed() < KEY_LIFETIME);
        if let Some(first) = key.and_then(|key| inner.keys.get(key)) {
            return if first.payload == payload {
                Ok(first.ids.clone())
            } else {
                Err(ApiError::key_reused())
            };
        }
        let created_at = humantime::format_rfc3339_millis(SystemTime::now()).to_string();
        let mut ids = Vec::with_capacity(mails.len());
        for mail in mails {
            let id = random::hex(16).map_err(|error| ApiError::internal(&error.to_string()))?;
            inner.messages.push_back(mail.accepted(id.clone(), key, created_at.clone()));
            ids.push(id);
        }
        while inner.messages.len() > CAPACITY {
            inner.messages.pop_front();
        }
        if let Some(key) = key {
            inner.keys.insert(key.to_owned(), Remembered { payload, ids: ids.clone(), at: Instant::now() });
        }
        self.changed.notify_all();
        Ok(ids)
    }

    pub(super) fn messages(&self) -> Vec<Message> {
        lock(&self.inner).messages.iter().cloned().collect()
    }

    pub(super) fn message(&self, id: &str) -> Option<Message> {
        lock(&self.inner).messages.iter().find(|message| message.id == id).cloned()
    }

    /// Asks `found` after every change until it answers or the time is over.
    pub(super) fn wait_until<T>(&self, limit: Duration, found: impl Fn() -> Option<T>) -> Option<T> {
        let deadline = Instant::now() + limit;
        loop {
            if let Some(answer) = found() {
                return Some(answer);
            }
            // A change between the question and the wait is caught by the short interval.
            let left = deadline.saturating_duration_since(Instant::now()).min(Duration::from_millis(100));
            if left.is_zero() {
                return None;
            }
            let inner = lock(&self.inner);
            drop(self.changed.wait_timeout(inner, left).unwrap_or_else(PoisonError::into_inner));
        }
    }

    pub(super) fn inject(&self, fault: Fault) {
        lock(&self.inner).faults.push_back(fault);
    }

    /// The first fault that meets a call with these mails, if there is one.
    pub(super) fn next_fault(&self, mails: &[Mail]) -> Option<Fault> {
        let mut inner = lock(&self.inner);
        let meets =
            |fault: &Fault| fault.to.as_ref().is_none_or(|to| mails.iter().any(|mail| mail.is_to(to)));
        let index = inner.faults.iter().position(meets)?;
        let fault = inner.faults.get_mut(index)?;
        fault.times = fault.times.saturating_sub(1);
        let current = fault.clone();
        if fault.times == 0 {
            inner.faults.remove(index);
        }
        Some(current)
    }

    pub(super) fn clear(&self) {
        *lock(&self.inner) = Inner::default();
    }
}
