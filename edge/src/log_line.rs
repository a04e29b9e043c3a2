//! The one log line of each request; docs/LOGS.md lists its fields. What it tells is gathered on the request's way.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use http::{HeaderMap, Method, StatusCode};
use log::Level;
use shared::ids::UserId;
use shared::logging::{self, Line};
use shared::ports::{Clock, Ports};
use shared::time::Timestamp;

use crate::http::failure::Code;
use crate::middleware::request_id::request_id;
use crate::middleware::trace_context::{TraceContext, new_span, trace_context};

/// A request that took this long is logged whatever the sample is.
const SLOW: Duration = Duration::from_secs(1);

/// Recorded for a request whose client went away before the answer was there: a number that no response has.
const CLIENT_GONE: u16 = 499;

/// What is known of a request so far. Dropped without [`Trace::end`], it logs that nobody waits for an answer any more.
pub struct Trace {
    id: String,
    /// With the id of our own span.
    context: Option<(TraceContext, Option<String>)>,
    method: Method,
    started: Timestamp,
    clock: Rc<dyn Clock>,
    route: Cell<Option<&'static str>>,
    user: RefCell<Option<UserId>>,
    ended: Cell<bool>,
}

/// How a request was answered.
#[derive(Debug, Default)]
pub struct End {
    /// The status.
    pub status: StatusCode,
    /// The failure's code.
    pub code: Option<Code>,
    /// What the client must not see.
    pub cause: Option<anyhow::Error>,
}

impl Trace {
    /// A request comes in.
    pub fn start(method: &Method, headers: &HeaderMap, ports: &Ports) -> Self {
        Self {
            id: request_id(headers, ports),
            context: trace_context(headers).map(|context| (context, new_span(&*ports.entropy))),
            method: method.clone(),
            started: ports.clock.now(),
            clock: Rc::clone(&ports.clock),
            route: Cell::new(None),
            user: RefCell::new(None),
            ended: Cell::new(false),
        }
    }

    /// The request id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// How long the request has taken so far.
    pub fn elapsed(&self) -> Duration {
        self.clock.now().since(self.started)
    }

    /// Notes the route's template: ids and tokens in paths are not logged.
    pub fn note_route(&self, template: &'static str) {
        self.route.set(Some(template));
    }

    /// Notes who is signed in.
    pub fn note_user(&self, id: &UserId) {
        *self.user.borrow_mut() = Some(id.clone());
    }

    /// The request is answered. Of those that went well and fast, `sample` of 1 is logged.
    pub fn end(&self, end: &End, sample: f64) {
        self.ended.set(true);
        let now = self.clock.now();
        let well = end.status.as_u16() < 400 && now.since(self.started) < SLOW;
        if well && !logging::is_sampled(&self.id, sample) {
            return;
        }
        let line = self.line(level(end), end.status.as_u16(), end.code, now);
        match &end.cause {
            Some(cause) => line.error(cause).write(),
            None => line.write(),
        }
    }

    fn line(&self, level: Level, status: u16, code: Option<Code>, now: Timestamp) -> Line {
        let (method, route, code) = (self.method.as_str(), self.route.get(), code.map(Code::as_str));
        let message = format!("{method} {} {status}", route.unwrap_or("(no route)"));
        let message = code.map_or_else(|| message.clone(), |code| format!("{message} {code}"));
        let (context, span) =
            self.context.as_ref().map_or((None, None), |(context, span)| (Some(context), span.as_ref()));
        Line::new(level, &message)
            .at(now)
            .with("request_id", &self.id)
            .with_some("trace_id", context.map(|context| &context.trace_id))
            .with_some("span_id", span)
            .with_some("parent_id", context.map(|context| &context.parent_id))
            .with("method", method)
            .with_some("route", route)
            .with("status", &status)
            .with_some("code", code)
            .with("duration_ms", &u64::try_from(now.since(self.started).as_millis()).unwrap_or(u64::MAX))
            .with_some("user_id", self.user.borrow().as_ref())
    }
}

impl Drop for Trace {
    fn drop(&mut self) {
        if !self.ended.get() {
            self.line(Level::Info, CLIENT_GONE, None, self.clock.now()).write();
        }
    }
}

/// 5xx are ours to mend. What an attack looks like is worth a warning; other 4xx are the client's business.
fn level(end: &End) -> Level {
    let suspicious = matches!(end.status, StatusCode::FORBIDDEN | StatusCode::TOO_MANY_REQUESTS)
        || end.code == Some(Code::WrongCredentials);
    match end.status {
        status if status.is_server_error() => Level::Error,
        _ if suspicious => Level::Warn,
        _ => Level::Info,
    }
}
