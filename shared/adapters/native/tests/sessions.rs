//! Sessions by a clock that stands still: their ends, the grace of a refresh, changed keys, what is logged and kept.

#![expect(clippy::unwrap_used, reason = "what a test is written in fails by panicking")]

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use edge::app::App;
use edge::http::Response;
use edge::http::body::RequestBody;
use native::{Instance, TestClock};
use queue_consumer::consumer::Consumer;
use serde_json::{Value, json};
use shared::config::Config;
use shared::ports::{Database, DatabaseError, Ports, Rows, Statement};
use shared::time::Timestamp;
use tokio::task::LocalSet;

const OLD_KEY: &str = "old:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
const NEW_KEY: &str = "new:HxscHRobGBkWFxQVEhMQEQ4PDA0KCwgJBgcEBQIDAAE";
const ACCESS: &str = "__Host-ashlar_access";
const REFRESH: &str = "__Host-ashlar_refresh";
const DEVICE: &str = "__Host-ashlar_device";
const DAY: Duration = Duration::from_hours(24);

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

fn config(keys: &str) -> Config {
    let setting = |name: &str| match name {
        "ENVIRONMENT" => Some("development".to_owned()),
        "JWT_KEYS" => Some(keys.to_owned()),
        // Nobody listens there.
        "MAIL_API_URL" => Some("http://127.0.0.1:9".to_owned()),
        _ => None,
    };
    Config::from_settings(setting).unwrap()
}

/// A database that fails the test with a statement about sessions that reads a whole table or sorts by itself.
struct Planning {
    database: Rc<dyn Database>,
    planned: RefCell<BTreeSet<String>>,
}

impl Planning {
    async fn plan(&self, statement: &Statement) {
        if !statement.sql.contains("sessions") {
            return;
        }
        let explained =
            Statement { sql: format!("EXPLAIN QUERY PLAN {}", statement.sql).into(), ..statement.clone() };
        let rows = self.database.query(explained).await.unwrap();
        for step in rows.iter().map(|row| row.get::<String>("detail").unwrap()) {
            let reads_all = step.starts_with("SCAN") && step != "SCAN CONSTANT ROW";
            assert!(!reads_all && !step.contains("TEMP B-TREE"), "{step}: {}", statement.sql);
        }
        self.planned.borrow_mut().insert(statement.sql.to_string());
    }
}

#[async_trait(?Send)]
impl Database for Planning {
    async fn query(&self, statement: Statement) -> Result<Rows, DatabaseError> {
        self.plan(&statement).await;
        self.database.query(statement).await
    }

    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Rows>, DatabaseError> {
        for statement in &statements {
            self.plan(statement).await;
        }
        self.database.batch(statements).await
    }
}

/// An application whose keys may change, over one database.
struct Probe {
    app: App,
    clock: Rc<TestClock>,
    ports: Ports,
}

/// What a browser keeps.
#[derive(Clone, Default)]
struct Jar(BTreeMap<String, String>);

impl Probe {
    async fn new() -> Self {
        // The tests of this program share the logger; each reads its own thread's lines.
        if log::set_logger(&Lines).is_ok() {
            log::set_max_level(log::LevelFilter::Warn);
        }
        let clock = Rc::new(TestClock::new(Timestamp::from_millis(1_800_000_000_000)));
        let instance = Instance::in_memory(Rc::<TestClock>::clone(&clock)).await.unwrap();
        let probe = Self { app: App::new(config(OLD_KEY)), clock, ports: instance.ports };
        let body =
            json!({ "email": "ada@example.test", "name": "Ada", "password": "a long enough password" });
        assert_eq!(
            probe.send("POST", "/api/v1/auth/signup", &mut Jar::default(), Some(&body)).await.status(),
            201
        );
        probe
    }

    async fn send(&self, method: &str, path: &str, jar: &mut Jar, body: Option<&Value>) -> Response {
        let pairs: Vec<_> = jar.0.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = http::Request::builder()
            .method(method)
            .uri(path)
            .header("content-type", "application/json")
            .header("cookie", pairs.join("; "))
            .header("x-request-id", "the-request-id");
        let body = body.map(Value::to_string).unwrap_or_default();
        let request = request.body(RequestBody::from(Bytes::from(body))).unwrap();
        let answer = self.app.handle(self.ports.clone(), request).await;
        for cookie in answer.headers().get_all("set-cookie") {
            let (name, rest) = cookie.to_str().unwrap().split_once('=').unwrap();
            jar.0.insert(name.to_owned(), rest.split(';').next().unwrap().to_owned());
        }
        answer
    }

    async fn login(&self, jar: &mut Jar) -> Response {
        let body = json!({ "email": "ada@example.test", "password": "a long enough password" });
        let answer = self.send("POST", "/api/v1/auth/login", jar, Some(&body)).await;
        assert_eq!(answer.status(), 200);
        answer
    }

    async fn signed_in(&self) -> Jar {
        let mut jar = Jar::default();
        self.login(&mut jar).await;
        jar
    }

    async fn refresh(&self, jar: &mut Jar) -> u16 {
        self.send("POST", "/api/v1/auth/refresh", jar, None).await.status().as_u16()
    }

    async fn me(&self, jar: &Jar) -> u16 {
        self.send("GET", "/api/v1/me", &mut jar.clone(), None).await.status().as_u16()
    }

    async fn texts(&self, sql: &'static str) -> Vec<String> {
        let rows = self.ports.database.query(Statement::new(sql)).await.unwrap();
        rows.iter().map(|row| row.get("text").unwrap()).collect()
    }
}

fn run(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    LocalSet::new().block_on(&runtime, test);
}

#[test]
fn a_session_ends_when_it_is_not_used_and_in_any_case_in_the_end() {
    run(async {
        let probe = Probe::new().await;
        let (mut used, mut idle) = (probe.signed_in().await, probe.signed_in().await);
        probe.clock.advance(13 * DAY);
        assert_eq!(probe.refresh(&mut used).await, 200);
        assert_eq!(probe.me(&used).await, 200);
        probe.clock.advance(DAY);
        assert_eq!(probe.refresh(&mut idle).await, 401, "after 14 days without use");
        probe.clock.advance(12 * DAY);
        let answer = probe.send("POST", "/api/v1/auth/refresh", &mut used, None).await;
        let cookie = answer.headers().get_all("set-cookie").iter().nth(1).unwrap().to_str().unwrap();
        let left = (4 * DAY).as_secs();
        assert!(cookie.contains(&format!("; Max-Age={left};")), "not beyond the end: {cookie}");
        probe.clock.advance(Duration::from_millis(4 * 86_400_000 - 1));
        assert_eq!(probe.refresh(&mut used.clone()).await, 200);
        probe.clock.advance(Duration::from_millis(1));
        assert_eq!(probe.refresh(&mut used).await, 401, "after 30 days");
    });
}

#[test]
fn the_grace_ends_to_the_millisecond_and_what_comes_later_ends_the_family() {
    run(async {
        let probe = Probe::new().await;
        let mut jar = probe.signed_in().await;
        let (mut late, mut too_late) = (jar.clone(), jar.clone());
        assert_eq!(probe.refresh(&mut jar).await, 200);
        probe.clock.advance(Duration::from_millis(9_999));
        assert_eq!(probe.refresh(&mut late).await, 200);
        assert_eq!(late.0[REFRESH], jar.0[REFRESH]);
        LINES.with_borrow_mut(Vec::clear);
        probe.clock.advance(Duration::from_millis(1));
        assert_eq!(probe.refresh(&mut too_late.clone()).await, 401);
        assert_eq!((probe.me(&jar).await, probe.refresh(&mut jar).await), (401, 401));
        assert_eq!(probe.refresh(&mut too_late).await, 401);
        let ended =
            "SELECT json_extract(details, '$.reason') AS text FROM audit_log WHERE action = 'session.ended'";
        assert_eq!(probe.texts(ended).await, ["refresh_token_reused"], "it is told once");
        let lines = LINES.take();
        let [line] = lines.as_slice() else { panic!("{lines:?}") };
        let line: Value = serde_json::from_str(line).unwrap();
        assert_eq!((&line["level"], &line["request_id"]), (&json!("warn"), &json!("the-request-id")));
        assert!(line["session_id"].is_string() && line["user_id"].is_string(), "{line}");
    });
}

#[test]
fn changed_keys_sign_nobody_out() {
    run(async {
        let mut probe = Probe::new().await;
        let mut jar = probe.signed_in().await;
        probe.app = App::new(config(&format!("{NEW_KEY},{OLD_KEY}")));
        assert_eq!(probe.me(&jar).await, 200, "the old key still verifies");
        let old = jar.0[ACCESS].clone();
        // The old key is gone, and with it every code that it made.
        probe.app = App::new(config(NEW_KEY));
        assert_eq!(probe.me(&jar).await, 401);
        let mut before = jar.clone();
        assert_eq!(probe.refresh(&mut jar).await, 200, "the refresh token is in force");
        assert_ne!(jar.0[ACCESS], old);
        assert_eq!(probe.me(&jar).await, 200);
        assert_eq!(probe.refresh(&mut before.clone()).await, 200, "and so is its grace");
        // What cannot be told from a guess ends nothing.
        probe.clock.advance(Duration::from_secs(11));
        assert_eq!(probe.refresh(&mut before).await, 401);
        assert_eq!(probe.me(&jar).await, 200);
    });
}

#[test]
fn a_device_is_forgotten_after_a_year() {
    run(async {
        let probe = Probe::new().await;
        let cookie = probe.signed_in().await.0[DEVICE].clone();
        let policies = async || {
            let mut jar = Jar([(DEVICE.to_owned(), cookie.clone())].into());
            probe.login(&mut jar).await.headers()["ratelimit-policy"].to_str().unwrap().to_owned()
        };
        probe.clock.advance(Duration::from_secs(365 * 86_400 - 1));
        assert!(policies().await.starts_with("\"login-device\";"));
        probe.clock.advance(Duration::from_secs(1));
        assert!(policies().await.starts_with("\"login\";"));
    });
}

#[test]
fn no_token_is_in_the_database() {
    run(async {
        let probe = Probe::new().await;
        let mut jar = probe.signed_in().await;
        let first = jar.clone();
        assert_eq!(probe.refresh(&mut jar).await, 200);
        let row = "SELECT json_array(refresh_hash, previous_hash, sealed_successor) AS text FROM sessions";
        let kept = probe.texts(row).await.concat();
        for token in [&first.0[REFRESH], &jar.0[REFRESH]] {
            // The secret's own letters, wherever they would begin.
            assert!((22..54).all(|at| !kept.contains(&token[at..at + 8])), "{kept}");
        }
    });
}

#[test]
fn sessions_are_deleted_a_week_after_their_end_and_a_few_at_a_time() {
    run(async {
        let probe = Probe::new().await;
        let mut ended = probe.signed_in().await;
        assert_eq!(probe.send("POST", "/api/v1/auth/logout", &mut ended, None).await.status(), 204);
        probe.signed_in().await;
        let many = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 600) \
            INSERT INTO sessions SELECT 'x' || i, user_id, methods, authenticated_at, created_at, last_used_at, expires_at, \
            idle_expires_at, address, user_agent, refresh_hash, NULL, NULL, NULL, NULL FROM n, sessions WHERE revoked_at IS NULL";
        probe.ports.database.query(Statement::new(many)).await.unwrap();
        probe.clock.advance(DAY);
        let mut alive = probe.signed_in().await;
        let count = async || probe.texts("SELECT 'x' AS text FROM sessions").await.len();
        assert_eq!(count().await, 603);
        let consumer = Consumer::new(config(OLD_KEY));
        probe.clock.advance(20 * DAY);
        consumer.sweep(&probe.ports).await;
        assert_eq!(count().await, 603, "a week has not passed");
        probe.clock.advance(Duration::from_millis(1));
        consumer.sweep(&probe.ports).await;
        assert_eq!(count().await, 603, "it does not look every time");
        probe.clock.advance(Duration::from_mins(5));
        consumer.sweep(&probe.ports).await;
        assert_eq!(count().await, 103);
        probe.clock.advance(Duration::from_mins(5));
        consumer.sweep(&probe.ports).await;
        assert_eq!(count().await, 1);
        // The one that is left ended by itself a week ago but for a day.
        assert_eq!(probe.refresh(&mut alive).await, 401);
    });
}

#[test]
fn every_statement_about_sessions_goes_by_an_index() {
    run(async {
        let mut probe = Probe::new().await;
        let plans =
            Rc::new(Planning { database: Rc::clone(&probe.ports.database), planned: RefCell::default() });
        probe.ports.database = Rc::<Planning>::clone(&plans);
        let (mut one, _) = (probe.signed_in().await, probe.signed_in().await);
        let mut late = one.clone();
        assert_eq!((probe.refresh(&mut one).await, probe.me(&one).await), (200, 200));
        let list = probe.send("GET", "/api/v1/auth/sessions", &mut one, None).await;
        let list: Value = serde_json::from_slice(list.body()).unwrap();
        let listed = list["data"].as_array().unwrap().iter().find(|session| session["current"] == false);
        let path = format!("/api/v1/auth/sessions/{}", listed.unwrap()["id"].as_str().unwrap());
        assert_eq!(probe.send("DELETE", &path, &mut one, None).await.status(), 204);
        probe.clock.advance(Duration::from_mins(1));
        assert_eq!(probe.refresh(&mut late).await, 401);
        let mut other = probe.signed_in().await;
        for path in ["/api/v1/auth/logout-others", "/api/v1/auth/logout-all"] {
            assert_eq!(probe.send("POST", path, &mut other, None).await.status(), 204);
            other = probe.signed_in().await;
        }
        Consumer::new(config(OLD_KEY)).sweep(&probe.ports).await;
        assert!(plans.planned.borrow().len() >= 10, "{:?}", plans.planned);
    });
}
