//! Limits to the millisecond, by a clock that stands still, and what becomes of requests when the limiter fails.

#![expect(clippy::unwrap_used, clippy::panic, reason = "what a test is written in fails by panicking")]

use std::cell::RefCell;
use std::net::IpAddr;
use std::rc::Rc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use edge::app::App;
use edge::http::Response;
use edge::http::body::{ClientAddress, RequestBody};
use http::StatusCode;
use native::{Instance, TestClock};
use serde_json::{Value, json};
use shared::config::Config;
use shared::config::table::Unset;
use shared::limits::policies::POLICIES;
use shared::limits::{Decision, Quota};
use shared::ports::{Database, DatabaseError, Limiter, LimiterError, Ports, Rows, Statement};
use shared::time::Timestamp;
use tokio::task::LocalSet;

const PASSWORD: &str = "a long enough password";
const EMAIL: &str = "ada@example.test";
const HERE: &str = "192.0.2.1";
const THERE: &str = "192.0.2.2";

/// The headers of a login with production's limits.
const LOGIN_POLICIES: &str = "\"login\";q=5;w=900, \"login-client\";q=50;w=900, \"login-account\";q=20;w=900";

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

/// A limiter that does not answer for keys that begin like this.
struct FailsFor(&'static str, Rc<dyn Limiter>);

#[async_trait(?Send)]
impl Limiter for FailsFor {
    async fn take(&self, key: &str, quota: Quota) -> Result<Decision, LimiterError> {
        if key.starts_with(self.0) {
            return Err(LimiterError(anyhow::anyhow!("the limiter is out of reach")));
        }
        self.1.take(key, quota).await
    }

    async fn give_back(&self, key: &str, quota: Quota) -> Result<(), LimiterError> {
        self.1.give_back(key, quota).await
    }
}

/// A database that may not be asked, or that does not answer.
enum Broken {
    Untouchable,
    Failing,
}

#[async_trait(?Send)]
impl Database for Broken {
    async fn query(&self, _: Statement) -> Result<Rows, DatabaseError> {
        match self {
            Self::Untouchable => panic!("nobody may ask here"),
            Self::Failing => Err(DatabaseError::Other(anyhow::anyhow!("the disk is gone"))),
        }
    }

    async fn batch(&self, _: Vec<Statement>) -> Result<Vec<Rows>, DatabaseError> {
        panic!("nobody may write here")
    }
}

/// An application over a native instance with settings of the test's own.
struct Probe {
    app: App,
    clock: Rc<TestClock>,
    ports: Ports,
}

impl Probe {
    async fn new(settings: &[(&str, &str)]) -> Self {
        // The tests of this program share the logger; each reads its own thread's lines.
        if log::set_logger(&Lines).is_ok() {
            log::set_max_level(log::LevelFilter::Info);
        }
        let config = Config::from_settings(|name| match name {
            "ENVIRONMENT" => Some("development".to_owned()),
            "JWT_KEYS" => Some("k:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8".to_owned()),
            _ => settings
                .iter()
                .find(|(known, _)| *known == name)
                .map_or_else(|| production_limit(name), |(_, value)| Some((*value).to_owned())),
        });
        let clock = Rc::new(TestClock::new(Timestamp::from_millis(1_800_000_000_000)));
        let instance = Instance::in_memory(Rc::<TestClock>::clone(&clock)).await.unwrap();
        Self { app: App::new(config.unwrap()), clock, ports: instance.ports }
    }

    async fn send(&self, path: &str, from: &str, cookie: &str, body: &Value) -> Response {
        let request = http::Request::post(path)
            .header("content-type", "application/json")
            .header("cookie", cookie)
            .header("x-request-id", "the-request-id")
            .extension(ClientAddress(from.parse::<IpAddr>().unwrap()));
        let request = request.body(RequestBody::from(Bytes::from(body.to_string()))).unwrap();
        let answer = self.app.handle(self.ports.clone(), request).await;
        settle().await;
        answer
    }

    async fn sign_up(&self, email: &str, from: &str) -> Response {
        let body = json!({ "email": email, "name": "Ada", "password": PASSWORD });
        self.send("/api/v1/auth/signup", from, "", &body).await
    }

    async fn login(&self, email: &str, password: &str, from: &str) -> Response {
        let body = json!({ "email": email, "password": password });
        self.send("/api/v1/auth/login", from, "", &body).await
    }

    /// A wrong password.
    async fn guess(&self, email: &str, from: &str) -> Response {
        self.login(email, "a wrong password", from).await
    }

    /// Somebody's cookie.
    async fn session(&self, email: &str) -> String {
        assert_eq!(self.sign_up(email, HERE).await.status(), StatusCode::CREATED);
        let answer = self.login(email, PASSWORD, HERE).await;
        let cookie = answer.headers()["set-cookie"].to_str().unwrap();
        cookie.split(';').next().unwrap().to_owned()
    }

    async fn log_out(&self, cookie: &str, from: &str) -> Response {
        self.send("/api/v1/auth/logout", from, cookie, &Value::Null).await
    }

    /// Runs something with a limiter that fails for some keys.
    fn without_limiter(&mut self, keys: &'static str) -> Rc<dyn Limiter> {
        let whole = Rc::clone(&self.ports.limiter);
        self.ports.limiter = Rc::new(FailsFor(keys, Rc::clone(&whole)));
        whole
    }
}

/// How much a policy admits in production, where the setting is one of a policy.
fn production_limit(name: &str) -> Option<String> {
    let policy = POLICIES.iter().find(|policy| policy.setting.name == name)?;
    if let Unset::Value(text) = policy.setting.production { Some(text.to_owned()) } else { None }
}

/// Lets tasks in the background run to their end.
async fn settle() {
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
}

fn header<'a>(answer: &'a Response, name: &str) -> Option<&'a str> {
    answer.headers().get(name).map(|value| value.to_str().unwrap())
}

fn left(answer: &Response) -> &str {
    header(answer, "ratelimit").unwrap_or_default()
}

#[track_caller]
fn expect(answer: &Response, status: u16, code: &str) {
    let json: Value = serde_json::from_slice(answer.body()).unwrap();
    assert_eq!((answer.status().as_u16(), json["code"].as_str()), (status, Some(code)), "{json}");
}

fn run(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    LocalSet::new().block_on(&runtime, test);
}

#[test]
fn headers_count_down_and_say_when_there_is_more() {
    run(async {
        let probe = Probe::new(&[]).await;
        let first = probe.guess(EMAIL, HERE).await;
        expect(&first, 401, "wrong_credentials");
        assert_eq!(header(&first, "ratelimit-policy"), Some(LOGIN_POLICIES));
        assert_eq!(
            left(&first),
            "\"login\";r=4;t=180, \"login-client\";r=49;t=18, \"login-account\";r=19;t=45"
        );
        assert_eq!(header(&first, "retry-after"), None);
        probe.clock.advance(Duration::from_millis(20_500));
        let second = probe.guess(EMAIL, HERE).await;
        assert_eq!(
            left(&second),
            "\"login\";r=3;t=160, \"login-client\";r=49;t=18, \"login-account\";r=18;t=25"
        );
        for _ in 0..3 {
            expect(&probe.guess(EMAIL, HERE).await, 401, "wrong_credentials");
        }
        let refused = probe.guess(EMAIL, HERE).await;
        expect(&refused, 429, "too_many_requests");
        assert_eq!(header(&refused, "ratelimit-policy"), Some(LOGIN_POLICIES), "those not asked, too");
        assert_eq!((left(&refused), header(&refused, "retry-after")), ("\"login\";r=0;t=160", Some("160")));
    });
}

#[test]
fn a_refused_login_asks_for_no_hash_and_the_right_password_is_refused_as_well() {
    run(async {
        let mut probe = Probe::new(&[("LOGIN_LIMIT", "1")]).await;
        probe.sign_up(EMAIL, HERE).await;
        expect(&probe.guess(EMAIL, HERE).await, 401, "wrong_credentials");
        // The hash to compare with comes from the database.
        probe.ports.database = Rc::new(Broken::Untouchable);
        expect(&probe.login(EMAIL, PASSWORD, HERE).await, 429, "too_many_requests");
    });
}

#[test]
fn a_refused_sign_up_touches_nothing() {
    run(async {
        let mut probe = Probe::new(&[("SIGNUP_LIMIT", "1")]).await;
        assert_eq!(probe.sign_up(EMAIL, HERE).await.status(), StatusCode::CREATED);
        let malformed = probe.send("/api/v1/auth/signup", THERE, "", &json!({})).await;
        expect(&malformed, 422, "invalid_input");
        assert_eq!(header(&malformed, "ratelimit-policy"), None, "it has not come to the limiter");
        probe.ports.database = Rc::new(Broken::Untouchable);
        let refused = probe.sign_up("grace@example.test", HERE).await;
        expect(&refused, 429, "too_many_requests");
        assert_eq!(
            (left(&refused), header(&refused, "retry-after")),
            ("\"signup\";r=0;t=3600", Some("3600"))
        );
    });
}

#[test]
fn a_right_password_gives_every_slot_back() {
    run(async {
        let probe = Probe::new(&[]).await;
        probe.sign_up(EMAIL, HERE).await;
        for _ in 0..60 {
            let answer = probe.login(EMAIL, PASSWORD, HERE).await;
            assert_eq!(answer.status(), StatusCode::OK);
            assert_eq!(left(&answer), "\"login\";r=5, \"login-client\";r=50, \"login-account\";r=20");
        }
        let wrong = probe.guess(EMAIL, HERE).await;
        assert!(left(&wrong).starts_with("\"login\";r=4;t=180, "), "{}", left(&wrong));
    });
}

#[test]
fn a_login_that_we_fail_uses_up_nothing() {
    run(async {
        let mut probe = Probe::new(&[]).await;
        probe.guess(EMAIL, HERE).await;
        let database = std::mem::replace(&mut probe.ports.database, Rc::new(Broken::Failing));
        let failed = probe.login(EMAIL, PASSWORD, HERE).await;
        expect(&failed, 500, "internal_error");
        probe.ports.database = database;
        assert!(left(&probe.guess(EMAIL, HERE).await).starts_with("\"login\";r=3;"));
    });
}

#[test]
fn a_refusal_by_the_account_uses_up_nothing_of_the_client() {
    run(async {
        let probe = Probe::new(&[("LOGIN_ACCOUNT_LIMIT", "1")]).await;
        expect(&probe.guess(EMAIL, THERE).await, 401, "wrong_credentials");
        for _ in 0..60 {
            let refused = probe.guess(EMAIL, HERE).await;
            expect(&refused, 429, "too_many_requests");
            assert_eq!(left(&refused), "\"login\";r=5, \"login-client\";r=50, \"login-account\";r=0;t=900");
            assert_eq!(header(&refused, "retry-after"), Some("900"));
        }
        let other = probe.guess("grace@example.test", HERE).await;
        expect(&other, 401, "wrong_credentials");
        assert!(left(&other).contains("\"login-client\";r=49;"), "{}", left(&other));
    });
}

#[test]
fn a_client_that_has_used_up_its_own_does_not_touch_accounts() {
    run(async {
        let probe = Probe::new(&[("LOGIN_CLIENT_LIMIT", "1")]).await;
        expect(&probe.guess("grace@example.test", HERE).await, 401, "wrong_credentials");
        for _ in 0..30 {
            let refused = probe.guess(EMAIL, HERE).await;
            expect(&refused, 429, "too_many_requests");
            assert_eq!(left(&refused), "\"login\";r=5, \"login-client\";r=0;t=900");
        }
        let elsewhere = probe.guess(EMAIL, THERE).await;
        assert!(left(&elsewhere).contains("\"login-account\";r=19;"), "{}", left(&elsewhere));
    });
}

#[test]
fn retry_after_is_enough_and_not_much_more() {
    run(async {
        let probe = Probe::new(&[("LOGIN_ACCOUNT_LIMIT", "7"), ("LOGIN_LIMIT", "100")]).await;
        for _ in 0..7 {
            probe.guess(EMAIL, HERE).await;
        }
        for _ in 0..5 {
            let refused = probe.guess(EMAIL, HERE).await;
            let seconds: u64 = header(&refused, "retry-after").unwrap().parse().unwrap();
            probe.clock.advance(Duration::from_secs(seconds - 1));
            expect(&probe.guess(EMAIL, HERE).await, 429, "too_many_requests");
            probe.clock.advance(Duration::from_secs(1));
            expect(&probe.guess(EMAIL, HERE).await, 401, "wrong_credentials");
        }
    });
}

#[test]
fn ipv6_clients_are_counted_by_their_56_bit_network() {
    run(async {
        let probe = Probe::new(&[("SIGNUP_LIMIT", "2")]).await;
        let sign_up = async |number: u8, from| {
            probe.sign_up(&format!("person{number}@example.test"), from).await.status().as_u16()
        };
        assert_eq!(sign_up(1, "2001:db8:1:200::1").await, 201);
        assert_eq!(sign_up(2, "2001:db8:1:2ff:aaaa::1").await, 201);
        assert_eq!(sign_up(3, "2001:db8:1:2a0::9").await, 429);
        assert_eq!(sign_up(4, "2001:db8:1:300::1").await, 201);
        assert_eq!(sign_up(5, "192.0.2.7").await, 201);
        assert_eq!(sign_up(6, "::ffff:192.0.2.7").await, 201);
        assert_eq!(sign_up(7, "192.0.2.7").await, 429, "an IPv4 address in the guise of IPv6 is the same");
    });
}

#[test]
fn writes_are_counted_by_client_and_by_user() {
    run(async {
        let probe = Probe::new(&[("WRITE_CLIENT_LIMIT", "3"), ("WRITE_LIMIT", "2")]).await;
        let (ada, grace) = (probe.session(EMAIL).await, probe.session("grace@example.test").await);
        let write = async |who: &str, from| {
            probe.send("/api/v1/products", from, who, &json!({ "name": "Lamp", "price": 1 })).await
        };
        let first = write(&ada, HERE).await;
        expect(&first, 403, "missing_capability");
        assert_eq!(
            header(&first, "ratelimit-policy"),
            Some("\"writes-client\";q=3;w=60, \"writes\";q=2;w=60")
        );
        assert_eq!(left(&first), "\"writes-client\";r=2;t=20, \"writes\";r=1;t=30");
        expect(&write(&ada, THERE).await, 403, "missing_capability");
        let user = write(&ada, HERE).await;
        expect(&user, 429, "too_many_requests");
        assert_eq!(left(&user), "\"writes-client\";r=2;t=20, \"writes\";r=0;t=30");
        assert_eq!(header(&user, "retry-after"), Some("30"));
        for _ in 0..2 {
            expect(&write(&grace, HERE).await, 403, "missing_capability");
        }
        let client = write(&grace, HERE).await;
        expect(&client, 429, "too_many_requests");
        assert_eq!(
            (left(&client), header(&client, "retry-after")),
            ("\"writes-client\";r=0;t=20", Some("20"))
        );
    });
}

#[test]
fn a_session_that_is_over_uses_up_its_clients_writes_only() {
    run(async {
        let probe = Probe::new(&[("WRITE_CLIENT_LIMIT", "2"), ("LOGIN_LIMIT", "1")]).await;
        let cookie = probe.session(EMAIL).await;
        assert_eq!(probe.log_out(&cookie, THERE).await.status(), StatusCode::NO_CONTENT);
        let over = probe.log_out(&cookie, HERE).await;
        expect(&over, 401, "invalid_session");
        assert_eq!(left(&over), "\"writes-client\";r=1;t=30");
        expect(&probe.log_out(&cookie, HERE).await, 401, "invalid_session");
        expect(&probe.log_out(&cookie, HERE).await, 429, "too_many_requests");
        expect(&probe.log_out("", HERE).await, 401, "unauthenticated");
    });
}

#[test]
fn without_a_limiter_nobody_signs_in_or_up() {
    run(async {
        let mut probe = Probe::new(&[]).await;
        probe.without_limiter("");
        probe.ports.database = Rc::new(Broken::Untouchable);
        for answer in [probe.login(EMAIL, PASSWORD, HERE).await, probe.sign_up(EMAIL, HERE).await] {
            expect(&answer, 503, "unavailable");
            assert_eq!((header(&answer, "ratelimit"), header(&answer, "retry-after")), (None, Some("1")));
        }
        let lines = LINES.with_borrow(Clone::clone);
        assert!(
            lines.iter().all(|line| line.contains("\"error\":\"the limiter is out of reach\"")),
            "{lines:?}"
        );
        assert_eq!(lines.len(), 2);
    });
}

#[test]
fn without_a_limiter_nobody_has_mails_sent_uses_tokens_or_shows_a_password() {
    run(async {
        let mut probe = Probe::new(&[]).await;
        let cookie = probe.session(EMAIL).await;
        let whole = probe.without_limiter("");
        let (mail, token) = (json!({ "email": EMAIL }), "A".repeat(43));
        let change = json!({ "current_password": PASSWORD, "new_password": "quite another password" });
        let requests = [
            ("forgot-password", &*cookie, mail.clone()),
            ("resend-verification", "", mail),
            ("verify-email", "", json!({ "token": token })),
            ("reset-password", "", json!({ "token": token, "password": PASSWORD })),
            ("change-password", &cookie, change.clone()),
            ("change-email", &cookie, json!({ "email": EMAIL, "password": PASSWORD })),
        ];
        for (path, cookie, body) in requests {
            let answer = probe.send(&format!("/api/v1/auth/{path}"), HERE, cookie, &body).await;
            expect(&answer, 503, "unavailable");
        }
        probe.ports.limiter = whole;
        probe.without_limiter("password-change:");
        let answer = probe.send("/api/v1/auth/change-password", HERE, &cookie, &change).await;
        expect(&answer, 503, "unavailable");
    });
}

#[test]
fn a_limiter_that_fails_half_way_has_used_up_nothing() {
    run(async {
        let mut probe = Probe::new(&[]).await;
        let whole = probe.without_limiter("login-account:");
        expect(&probe.guess(EMAIL, HERE).await, 503, "unavailable");
        probe.ports.limiter = whole;
        let answer = probe.guess(EMAIL, HERE).await;
        assert!(
            left(&answer).starts_with("\"login\";r=4;t=180, \"login-client\";r=49;"),
            "{}",
            left(&answer)
        );
    });
}

#[test]
fn without_a_limiter_writes_go_on_and_the_log_has_a_warning_for_each_policy() {
    run(async {
        let mut probe = Probe::new(&[]).await;
        let cookie = probe.session(EMAIL).await;
        probe.without_limiter("");
        LINES.with_borrow_mut(Vec::clear);
        let answer = probe.log_out(&cookie, HERE).await;
        assert_eq!(answer.status(), StatusCode::NO_CONTENT);
        assert_eq!(header(&answer, "ratelimit"), None);
        let policies = "\"writes-client\";q=600;w=60, \"writes\";q=300;w=60";
        assert_eq!(header(&answer, "ratelimit-policy"), Some(policies));
        let lines = LINES.with_borrow(Clone::clone);
        let lines: Vec<Value> = lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
        let warned = |policy| {
            lines.iter().any(|line| {
                line["level"] == "warn" && line["policy"] == policy && line["request_id"] == "the-request-id"
            })
        };
        assert!(warned("writes-client") && warned("writes") && lines.len() == 3, "{lines:?}");
    });
}

#[test]
fn switched_off_there_are_no_limits_and_no_headers() {
    run(async {
        let mut probe = Probe::new(&[("LIMITS", "off"), ("LOGIN_LIMIT", "1"), ("WRITE_LIMIT", "1")]).await;
        probe.without_limiter("");
        for _ in 0..3 {
            let answer = probe.guess(EMAIL, HERE).await;
            expect(&answer, 401, "wrong_credentials");
            assert_eq!((header(&answer, "ratelimit"), header(&answer, "ratelimit-policy")), (None, None));
        }
        let cookie = probe.session(EMAIL).await;
        assert_eq!(probe.log_out(&cookie, HERE).await.status(), StatusCode::NO_CONTENT);
    });
}
