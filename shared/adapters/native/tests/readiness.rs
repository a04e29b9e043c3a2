//! What the health routes answer and log when something behind the ports does not work.

#![expect(clippy::unwrap_used, clippy::panic, reason = "what a test is written in fails by panicking")]

use std::cell::RefCell;
use std::future::pending;
use std::rc::Rc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use edge::app::App;
use edge::http::Response;
use edge::http::body::RequestBody;
use native::{Instance, TestClock};
use shared::config::Config;
use shared::limits::{Decision, Quota};
use shared::ports::{
    Background, Clock, Database, DatabaseError, HttpClient, HttpClientError, KeyValue, KeyValueError,
    Limiter, LimiterError, LocalTask, Ports, Queue, QueueError, Rows, Statement,
};
use shared::services::health::Health;
use shared::time::Timestamp;
use tokio::task::LocalSet;

/// What no client may read.
const SECRET: &str = "SELECT hash FROM secrets at 10.0.0.7";

const REQUEST_ID: &str = "probe-2026_07.30";

/// A store or a queue that does not work.
#[derive(Clone, Copy)]
enum Broken {
    /// Never answers.
    Silent,
    /// Answers with an error.
    Failing,
    /// May not be asked.
    Untouchable,
}

impl Broken {
    async fn answer(self) -> anyhow::Error {
        match self {
            Self::Silent => pending().await,
            Self::Failing => anyhow::anyhow!(SECRET),
            Self::Untouchable => panic!("nobody may ask here"),
        }
    }
}

#[async_trait(?Send)]
impl Database for Broken {
    async fn query(&self, _: Statement) -> Result<Rows, DatabaseError> {
        Err(DatabaseError::Other(self.answer().await))
    }

    async fn batch(&self, _: Vec<Statement>) -> Result<Vec<Rows>, DatabaseError> {
        Err(DatabaseError::Other(self.answer().await))
    }
}

#[async_trait(?Send)]
impl KeyValue for Broken {
    async fn get(&self, _: &str) -> Result<Option<Vec<u8>>, KeyValueError> {
        Err(KeyValueError(self.answer().await))
    }

    async fn put(&self, _: &str, _: &[u8], _: Duration) -> Result<(), KeyValueError> {
        panic!("a check writes nothing")
    }

    async fn delete(&self, _: &str) -> Result<(), KeyValueError> {
        panic!("a check writes nothing")
    }
}

#[async_trait(?Send)]
impl Queue for Broken {
    async fn ring(&self, _: &[String]) -> Result<(), QueueError> {
        panic!("a check rings no bell")
    }

    async fn check(&self) -> Result<(), QueueError> {
        Err(QueueError(self.answer().await))
    }
}

#[async_trait(?Send)]
impl Limiter for Broken {
    async fn take(&self, _: &str, _: Quota) -> Result<Decision, LimiterError> {
        panic!("health has no limit")
    }

    async fn give_back(&self, _: &str, _: Quota) -> Result<(), LimiterError> {
        panic!("health has no limit")
    }
}

#[async_trait(?Send)]
impl HttpClient for Broken {
    async fn send(
        &self,
        _: http::Request<Bytes>,
        _: Duration,
    ) -> Result<http::Response<Bytes>, HttpClientError> {
        panic!("health calls nobody by itself")
    }
}

impl Background for Broken {
    fn spawn(&self, _: LocalTask) {
        panic!("a check leaves nothing running")
    }
}

/// A key-value store that takes its time.
struct Slow(Rc<TestClock>);

#[async_trait(?Send)]
impl KeyValue for Slow {
    async fn get(&self, _: &str) -> Result<Option<Vec<u8>>, KeyValueError> {
        self.0.sleep(Duration::from_millis(40)).await;
        Ok(None)
    }

    async fn put(&self, _: &str, _: &[u8], _: Duration) -> Result<(), KeyValueError> {
        panic!("a check writes nothing")
    }

    async fn delete(&self, _: &str) -> Result<(), KeyValueError> {
        panic!("a check writes nothing")
    }
}

thread_local! {
    /// The log lines of the test that runs on this thread.
    static LINES: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

struct Lines;

impl log::Log for Lines {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        LINES.with_borrow_mut(|lines| lines.push(record.args().to_string()));
    }

    fn flush(&self) {}
}

/// An application over a native instance, part of which a test replaces.
struct Probe {
    app: Rc<App>,
    clock: Rc<TestClock>,
    instance: Instance,
}

impl Probe {
    async fn new() -> Self {
        // The tests of this program share the logger; each reads its own thread's lines.
        if log::set_logger(&Lines).is_ok() {
            log::set_max_level(log::LevelFilter::Info);
        }
        let config = Config::from_settings(|name| (name == "ENVIRONMENT").then(|| "development".to_owned()));
        let clock = Rc::new(TestClock::new(Timestamp::from_millis(1_800_000_000_000)));
        let instance = Instance::in_memory(Rc::<TestClock>::clone(&clock)).await.unwrap();
        Self { app: Rc::new(App::new(config.unwrap())), clock, instance }
    }

    fn ports(&mut self) -> &mut Ports {
        &mut self.instance.ports
    }

    /// Sends a request, moves the clock by each of these steps while it is not answered, and answers with it.
    async fn send(&self, method: &str, path: &str, steps: &[Duration]) -> Response {
        let (app, ports) = (Rc::clone(&self.app), self.instance.ports.clone());
        let request = http::Request::builder().method(method).uri(path).header("x-request-id", REQUEST_ID);
        let request = request.body(RequestBody::from(Bytes::new())).unwrap();
        let answer = tokio::task::spawn_local(async move { app.handle(ports, request).await });
        for step in steps {
            settle().await;
            assert!(!answer.is_finished(), "answered before {step:?} more");
            self.clock.advance(*step);
        }
        settle().await;
        assert!(answer.is_finished(), "not answered after {steps:?}");
        answer.await.unwrap()
    }

    /// Fails unless a 503 comes with these details, whatever else holds for every 503.
    async fn expect_unready(&self, steps: &[Duration], details: &[(&str, &str)]) {
        let answer = self.send("GET", "/readyz", steps).await;
        assert_eq!(answer.status(), 503);
        assert_eq!(answer.headers()["cache-control"], "no-store");
        let text = String::from_utf8_lossy(answer.body());
        assert!(!text.contains("SELECT") && !text.contains("10.0.0.7"), "{text}");
        let json = json(&answer);
        assert_eq!((&json["success"], &json["code"]), (&false.into(), &"unavailable".into()));
        assert_eq!(json["request_id"], REQUEST_ID);
        let named = json["details"].as_array().unwrap();
        let named: Vec<_> =
            named.iter().map(|one| (one["field"].as_str().unwrap(), one["code"].as_str().unwrap())).collect();
        assert_eq!(named, details);
    }
}

/// Lets every task get as far as it can without the clock.
async fn settle() {
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
}

fn json(answer: &Response) -> serde_json::Value {
    serde_json::from_slice(answer.body()).unwrap()
}

/// The only log line of this test that tells of a request.
fn log_line() -> serde_json::Value {
    let lines = LINES.with_borrow(Clone::clone);
    assert_eq!(lines.len(), 1, "{lines:?}");
    serde_json::from_str(&lines[0]).unwrap()
}

fn run(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    LocalSet::new().block_on(&runtime, test);
}

/// All of the budget, in two steps: nothing is given up before its end.
const WHOLE_BUDGET: [Duration; 2] =
    [Health::BUDGET.saturating_sub(Duration::from_millis(1)), Duration::from_millis(1)];

#[test]
fn liveness_touches_no_port_but_the_clock_and_randomness() {
    run(async {
        let mut probe = Probe::new().await;
        let untouchable = Rc::new(Broken::Untouchable);
        let ports = probe.ports();
        ports.database = untouchable.clone();
        ports.key_value = untouchable.clone();
        ports.limiter = untouchable.clone();
        ports.queue = untouchable.clone();
        ports.http = untouchable.clone();
        ports.background = untouchable;
        for (method, body) in [("GET", true), ("HEAD", false)] {
            let answer = probe.send(method, "/healthz", &[]).await;
            assert_eq!(answer.status(), 200);
            assert_eq!(answer.headers()["cache-control"], "no-store");
            assert_eq!(!answer.body().is_empty(), body);
        }
    });
}

#[test]
fn checks_tell_their_names_and_how_long_they_took() {
    run(async {
        let mut probe = Probe::new().await;
        probe.ports().key_value = Rc::new(Slow(Rc::clone(&probe.clock)));
        let answer = probe.send("GET", "/readyz", &[Duration::from_millis(40)]).await;
        assert_eq!(answer.status(), 200);
        let check = |name, millis| serde_json::json!({ "name": name, "status": "ok", "duration_ms": millis });
        let checks = [check("database", 0), check("migrations", 0), check("cache", 40), check("queue", 0)];
        assert_eq!(json(&answer)["data"], serde_json::json!({ "status": "ok", "checks": checks }));
    });
}

#[test]
fn a_database_that_never_answers_is_given_up_and_the_others_are_still_told() {
    run(async {
        let mut probe = Probe::new().await;
        probe.ports().database = Rc::new(Broken::Silent);
        probe.expect_unready(&WHOLE_BUDGET, &[("database", "timed_out"), ("migrations", "timed_out")]).await;
        probe.ports().key_value = Rc::new(Broken::Failing);
        let details = [("database", "timed_out"), ("migrations", "timed_out"), ("cache", "failed")];
        probe.expect_unready(&WHOLE_BUDGET, &details).await;
    });
}

#[test]
fn checks_share_one_budget() {
    run(async {
        let mut probe = Probe::new().await;
        let silent = Rc::new(Broken::Silent);
        let ports = probe.ports();
        ports.database = silent.clone();
        ports.key_value = silent.clone();
        ports.queue = silent;
        let details = ["database", "migrations", "cache", "queue"].map(|name| (name, "timed_out"));
        probe.expect_unready(&WHOLE_BUDGET, &details).await;
    });
}

#[test]
fn what_fails_is_named_to_the_client_and_explained_in_the_log() {
    run(async {
        let mut probe = Probe::new().await;
        probe.ports().database = Rc::new(Broken::Failing);
        probe.ports().queue = Rc::new(Broken::Silent);
        let details = [("database", "failed"), ("migrations", "failed"), ("queue", "timed_out")];
        probe.expect_unready(&WHOLE_BUDGET, &details).await;
        let line = log_line();
        assert_eq!((&line["request_id"], &line["level"]), (&REQUEST_ID.into(), &"error".into()));
        let expected = format!("database: {SECRET}; migrations: {SECRET}; queue: no answer within 2s");
        assert_eq!(line["error"], expected);
    });
}

#[test]
fn a_cache_that_fails_is_named() {
    run(async {
        let mut probe = Probe::new().await;
        probe.ports().key_value = Rc::new(Broken::Failing);
        probe.expect_unready(&[], &[("cache", "failed")]).await;
    });
}

#[test]
fn a_queue_that_fails_is_named() {
    run(async {
        let mut probe = Probe::new().await;
        probe.ports().queue = Rc::new(Broken::Failing);
        probe.expect_unready(&[], &[("queue", "failed")]).await;
    });
}

#[test]
fn a_schema_that_is_behind_is_named_though_the_database_works() {
    run(async {
        let probe = Probe::new().await;
        let forget = Statement::new("DELETE FROM d1_migrations");
        probe.instance.ports.database.query(forget).await.unwrap();
        probe.expect_unready(&[], &[("migrations", "failed")]).await;
        let pending = shared::migrations::ALL.len();
        let expected = format!("migrations: {pending} of {pending} migrations are not applied");
        assert_eq!(log_line()["error"], expected);
    });
}

#[test]
fn head_tells_readiness_without_a_body() {
    run(async {
        let mut probe = Probe::new().await;
        let ready = probe.send("HEAD", "/readyz", &[]).await;
        assert_eq!((ready.status().as_u16(), ready.body().len()), (200, 0));
        probe.ports().queue = Rc::new(Broken::Failing);
        let unready = probe.send("HEAD", "/readyz", &[]).await;
        assert_eq!((unready.status().as_u16(), unready.body().len()), (503, 0));
        assert_eq!(unready.headers()["cache-control"], "no-store");
    });
}
