use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use app::{Answer, Client, PASSWORD, TestApp};
use harness::{Options, Runtime};
use serde_json::{Value, json};

/// A bound to fail by, not a time to wait.
const PATIENCE: Duration = Duration::from_secs(30);

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: &str = "00f067aa0ba902b7";

/// An id that no other request of this run has.
fn new_id() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    format!("logs-{:08}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// The log's lines with this id, as the application wrote them: wrangler paints some.
fn lines_with(app: &TestApp, field: &str, id: &str) -> Vec<String> {
    let log = std::fs::read_to_string(app.server().log()).unwrap();
    let objects =
        log.lines().filter_map(|line| Some(line.get(line.find('{')?..=line.rfind('}')?)?.to_owned()));
    objects.filter(|line| line.contains(&format!("\"{field}\":\"{id}\""))).collect()
}

fn lines(app: &TestApp, id: &str) -> Vec<String> {
    lines_with(app, "request_id", id)
}

async fn wait_for_line(app: &TestApp, id: &str) {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    while lines(app, id).is_empty() {
        assert!(tokio::time::Instant::now() < deadline, "no line with request id {id}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Waits until everything is in the log that was logged before: failures and the rest may take different ways.
async fn settle(app: &TestApp) {
    let (well, failed) = (new_id(), new_id());
    app.visitor().with_header("x-request-id", &well).get("/healthz").await.expect_status(200);
    wait_for_line(app, &well).await;
    if app.runtime() != Runtime::Spin {
        app.visitor().with_header("x-request-id", &failed).request("POST", "/__test/panic").await;
        wait_for_line(app, &failed).await;
    }
}

/// The one line of a request, as text and as JSON.
async fn only_line(app: &TestApp, id: &str) -> (String, Value) {
    wait_for_line(app, id).await;
    settle(app).await;
    let found = lines(app, id);
    assert_eq!(found.len(), 1, "{found:#?}");
    (found[0].clone(), serde_json::from_str(&found[0]).unwrap())
}

/// What a line must say beside its times.
struct Expected {
    level: &'static str,
    method: &'static str,
    route: Option<&'static str>,
    code: Option<&'static str>,
}

/// Checks the one line of an answered request, and that its fields keep their order.
async fn check(app: &TestApp, answer: &Answer, expected: Expected) -> Value {
    let id = answer.header("x-request-id").unwrap();
    let (text, line) = only_line(app, id).await;
    let Expected { level, method, route, code } = expected;
    let code_in_message = code.map(|code| format!(" {code}")).unwrap_or_default();
    let message = format!("{method} {} {}{code_in_message}", route.unwrap_or("(no route)"), answer.status);
    assert_eq!(
        (&line["level"], &line["message"], &line["method"]),
        (&json!(level), &json!(message), &json!(method)),
        "{text}"
    );
    assert_eq!(
        (&line["route"], &line["status"], &line["code"]),
        (&json!(route), &json!(answer.status), &json!(code)),
        "{text}"
    );
    assert!(line["duration_ms"].is_u64() && line["time"].as_str().unwrap().ends_with('Z'), "{text}");
    let order = [
        "level",
        "message",
        "time",
        "request_id",
        "trace_id",
        "span_id",
        "parent_id",
        "method",
        "route",
        "status",
        "code",
        "duration_ms",
        "user_id",
        "error",
    ];
    let places: Vec<_> = order.iter().filter_map(|field| text.find(&format!("\"{field}\":"))).collect();
    assert!(places.is_sorted(), "{text}");
    assert_eq!(places.len(), line.as_object().unwrap().len(), "no other fields: {text}");
    line
}

fn with_id(client: &Client) -> Client {
    client.clone().with_header("x-request-id", &new_id())
}

#[tokio::test]
async fn every_answered_request_has_exactly_one_line() {
    let app = TestApp::start().await;
    let (products, login) = (Some("/api/v1/products"), Some("/api/v1/auth/login"));
    let visitor = || with_id(&app.visitor());

    let answer = visitor().get("/api/v1/products?limit=1&name=somebody").await.expect_status(200);
    let line =
        check(&app, &answer, Expected { level: "info", method: "GET", route: products, code: None }).await;
    assert!(line["user_id"].is_null() && !line.to_string().contains("somebody"), "{line}");

    let answer = visitor().get("/api/v1/me").await.assert(401, "unauthenticated");
    let route = Some("/api/v1/me");
    check(&app, &answer, Expected { level: "info", method: "GET", route, code: Some("unauthenticated") })
        .await;

    let answer = visitor().get("/nowhere/at/all").await.assert(404, "not_found");
    check(&app, &answer, Expected { level: "info", method: "GET", route: None, code: Some("not_found") })
        .await;

    let path = "/api/v1/products/019376a1-9c3b-7aaa-8bbb-0123456789ab";
    let answer = visitor().get(path).await.assert(404, "not_found");
    let route = Some("/api/v1/products/{id}");
    check(&app, &answer, Expected { level: "info", method: "GET", route, code: Some("not_found") }).await;

    let answer = visitor().request("DELETE", "/api/v1/products").await.assert(405, "method_not_allowed");
    let code = Some("method_not_allowed");
    check(&app, &answer, Expected { level: "info", method: "DELETE", route: None, code }).await;

    let answer = visitor().post("/api/v1/auth/login", &json!({})).await.assert(422, "invalid_input");
    check(
        &app,
        &answer,
        Expected { level: "info", method: "POST", route: login, code: Some("invalid_input") },
    )
    .await;
}

#[tokio::test]
async fn what_an_attack_looks_like_is_a_warning() {
    let app = TestApp::start().await;
    let account = app.account().await;
    let answer = with_id(&app.visitor()).login(&account.email, "not the password").await;
    let answer = answer.assert(401, "wrong_credentials");
    let route = Some("/api/v1/auth/login");
    check(&app, &answer, Expected { level: "warn", method: "POST", route, code: Some("wrong_credentials") })
        .await;

    let member = app.sign_in(&account.email, PASSWORD).await;
    let answer =
        with_id(&member).post("/api/v1/products", &json!({})).await.assert(403, "missing_capability");
    let (route, code) = (Some("/api/v1/products"), Some("missing_capability"));
    let line = check(&app, &answer, Expected { level: "warn", method: "POST", route, code }).await;
    assert_eq!(line["user_id"], account.answer["data"]["id"], "refused, and still known: {line}");

    let slot = format!("/__test/limiter/{}", new_id());
    for _ in 0..5 {
        app.visitor().request("POST", &slot).await.expect_status(200);
    }
    let answer = with_id(&app.visitor()).request("POST", &slot).await.assert(429, "too_many_requests");
    let (route, code) = (Some("/__test/limiter/{name}"), Some("too_many_requests"));
    check(&app, &answer, Expected { level: "warn", method: "POST", route, code }).await;
}

#[tokio::test]
async fn a_panic_has_one_line_with_its_cause_and_its_place() {
    let app = TestApp::start().await;
    if app.runtime() == Runtime::Spin {
        // There it ends the instance: see docs/RUNTIMES.md.
        return;
    }
    let answer = with_id(&app.visitor()).request("POST", "/__test/panic").await.assert(500, "internal_error");
    let (route, code) = (Some("/__test/panic"), Some("internal_error"));
    let line = check(&app, &answer, Expected { level: "error", method: "POST", route, code }).await;
    let error = line["error"].as_str().unwrap();
    assert!(error.contains("a test asked for a panic") && error.contains("controllers/test.rs:"), "{line}");
}

#[tokio::test]
async fn the_line_of_a_signed_in_user_has_the_users_id() {
    let app = TestApp::start().await;
    let account = app.account().await;
    let member = app.sign_in(&account.email, PASSWORD).await;
    let answer = with_id(&member).get("/api/v1/me").await.expect_status(200);
    let route = Some("/api/v1/me");
    let line = check(&app, &answer, Expected { level: "info", method: "GET", route, code: None }).await;
    assert_eq!(line["user_id"], account.answer["data"]["id"]);
}

#[tokio::test]
async fn a_trace_is_joined_and_gives_the_request_id() {
    let app = TestApp::start().await;
    // The request id must be this request's alone: the trace is, too.
    let trace = format!("{}{}", &TRACE[..24], &new_id()[5..]);
    let header = format!("00-{trace}-{PARENT}-01");
    let answer = app.visitor().with_header("traceparent", &header).get("/healthz").await.expect_status(200);
    assert_eq!(answer.header("x-request-id"), Some(trace.as_str()));
    let expected = Expected { level: "info", method: "GET", route: Some("/healthz"), code: None };
    let line = check(&app, &answer, expected).await;
    assert_eq!((&line["trace_id"], &line["parent_id"]), (&json!(trace), &json!(PARENT)));
    let span = line["span_id"].as_str().unwrap();
    let hexadecimal = span.len() == 16 && span.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    assert!(hexadecimal && span != PARENT, "a span of our own: {line}");

    let answer = with_id(&app.visitor()).with_header("traceparent", &header).get("/healthz").await;
    assert!(answer.header("x-request-id").unwrap().starts_with("logs-"), "an id of the client's goes first");
    let expected = Expected { level: "info", method: "GET", route: Some("/healthz"), code: None };
    assert_eq!(check(&app, &answer, expected).await["trace_id"], trace);
}

#[tokio::test]
async fn an_invalid_trace_is_as_good_as_none() {
    let app = TestApp::start().await;
    let zero = "0".repeat(32);
    for header in [format!("00-{zero}-{PARENT}-01"), format!("ff-{TRACE}-{PARENT}-01"), "nothing".to_owned()]
    {
        let answer =
            app.visitor().with_header("traceparent", &header).get("/healthz").await.expect_status(200);
        assert_eq!(answer.header("x-request-id").unwrap().len(), 36, "{header}");
        let expected = Expected { level: "info", method: "GET", route: Some("/healthz"), code: None };
        assert!(check(&app, &answer, expected).await["trace_id"].is_null());
    }
}

#[tokio::test]
async fn a_request_whose_client_goes_away_has_a_line_too() {
    let app = TestApp::start().await;
    let id = new_id();
    let visitor = app.visitor().with_header("x-echo-url", app.echo_url()).with_header("x-request-id", &id);
    let waiting = tokio::spawn(async move { visitor.get("/__test/wait").await });
    // The wait takes two seconds; the client leaves while it is under way.
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert!(!waiting.is_finished());
    waiting.abort();
    let (text, line) = only_line(&app, &id).await;
    assert_eq!((&line["level"], &line["route"]), (&json!("info"), &json!("/__test/wait")), "{text}");
    // A runtime that does not tell the application lets it finish.
    assert!(line["status"] == 499 || (line["status"] == 200 && app.runtime() != Runtime::Native), "{text}");
}

#[tokio::test]
async fn only_what_went_well_is_sampled() {
    let app = TestApp::alone_with(Options {
        vars: [("LOG_SAMPLE".to_owned(), "0".to_owned())].into(),
        ..Options::default()
    })
    .await;
    let well = with_id(&app.visitor()).get("/healthz").await.expect_status(200);
    let failed = with_id(&app.visitor()).get("/nowhere").await.assert(404, "not_found");
    // Both are info lines and go the same way: what comes after has been written later.
    wait_for_line(&app, failed.header("x-request-id").unwrap()).await;
    assert_eq!(lines(&app, well.header("x-request-id").unwrap()), Vec::<String>::new());
}

#[tokio::test]
async fn jobs_have_a_line_for_each_attempt() {
    let app = TestApp::start().await;
    let account = app.account().await;
    let member = app.sign_in(&account.email, PASSWORD).await;
    let id = account.answer["meta"]["job_id"].as_str().unwrap();
    app.finished_job(&member, id).await;
    let deadline = tokio::time::Instant::now() + PATIENCE;
    loop {
        if let Some(line) = lines_with(&app, "job_id", id).first() {
            let line: Value = serde_json::from_str(line).unwrap();
            assert_eq!((&line["message"], &line["attempt"]), (&json!("job user.signed_up done"), &json!(1)));
            assert!(line["time"].is_string(), "{line}");
            return;
        }
        assert!(tokio::time::Instant::now() < deadline, "no line of job {id}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
