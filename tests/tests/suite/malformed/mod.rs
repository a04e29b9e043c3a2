//! Requests that are wrong in every way we could think of: each runtime must give the one answer that the table says.
//!
//! The tables hold what reaches the application. What a runtime's own HTTP server refuses before that stands in
//! [`runtimes`], for each runtime and with the reason.

mod bodies;
mod credentials;
mod fields;
mod headers;
mod json;
mod methods;
mod numbers;
mod queries;
mod runtimes;
mod targets;

use std::collections::HashSet;

use app::{Answer, Raw, TestApp};
use futures::{StreamExt as _, stream};
use harness::answers::{self, Recorded};
use serde_json::Value;

/// How many requests are under way at once.
const AT_ONCE: usize = 16;

/// The paths that most cases use.
const HEALTH: &str = "/healthz";
const ME: &str = "/api/v1/me";
const SIGNUP: &str = "/api/v1/auth/signup";
const LOGIN: &str = "/api/v1/auth/login";
const PRODUCTS: &str = "/api/v1/products";

/// A login that breaks a rule once it has been read: it costs no password hash.
const READ_BUT_INVALID: &str = r#"{"email":"nobody","password":"x"}"#;

/// A status, and the code of a failure; the code is empty for a success and for an answer without a body.
type Expected = (u16, &'static str);

const OK: Expected = (200, "");
const NO_CONTENT: Expected = (204, "");
const MALFORMED_JSON: Expected = (400, "malformed_json");
const INVALID_QUERY: Expected = (400, "invalid_query");
const UNAUTHENTICATED: Expected = (401, "unauthenticated");
const INVALID_SESSION: Expected = (401, "invalid_session");
const FOREIGN_ORIGIN: Expected = (403, "origin_not_allowed");
const NOT_FOUND: Expected = (404, "not_found");
const WRONG_METHOD: Expected = (405, "method_not_allowed");
const TOO_LARGE: Expected = (413, "body_too_large");
const TOO_LONG: Expected = (414, "uri_too_long");
const MEDIA_TYPE: Expected = (415, "unsupported_media_type");
const INVALID: Expected = (422, "invalid_input");

/// One line of the table.
struct Case {
    name: String,
    request: Raw,
    expected: Expected,
    /// What `Allow` must say.
    allow: Option<&'static str>,
}

fn case(name: impl Into<String>, request: Raw, expected: Expected) -> Case {
    Case { name: name.into(), request, expected, allow: None }
}

/// What cases need of the application.
struct Given {
    /// The header `Authorization` of somebody who may create products.
    creator: String,
}

impl Given {
    fn product(&self, body: impl AsRef<[u8]>) -> Raw {
        Raw::post_json(PRODUCTS, body).header("authorization", &self.creator)
    }
}

fn table(given: &Given) -> Vec<Case> {
    let families = [
        json::cases(given),
        numbers::cases(given),
        fields::cases(given),
        bodies::cases(given),
        headers::cases(),
        credentials::cases(),
        methods::cases(),
        targets::cases(),
        queries::cases(),
    ];
    families.into_iter().flatten().collect()
}

#[tokio::test]
async fn malformed_requests_get_the_answers_that_the_table_says() {
    // What is created here must not be mixed up with what other tests create.
    let app = TestApp::alone().await;
    let given = given(&app).await;
    let cases = table(&given);
    assert!(cases.len() >= 300, "{} cases", cases.len());
    let names: HashSet<_> = cases.iter().map(|case| case.name.as_str()).collect();
    assert_eq!(names.len(), cases.len(), "each case has a name of its own");

    let sent = stream::iter(&cases).map(|case| send(&app, case));
    let outcomes: Vec<_> = sent.buffered(AT_ONCE).collect().await;
    let recorded: Vec<_> = outcomes.iter().map(|outcome| outcome.recorded.clone()).collect();
    answers::write(app.runtime(), &recorded).unwrap();
    let problems: Vec<_> = outcomes.iter().filter_map(|outcome| outcome.problem.as_deref()).collect();
    assert!(problems.is_empty(), "{} of {} cases:\n{}", problems.len(), cases.len(), problems.join("\n"));

    still_serves_and_has_no_products(&app).await;
}

#[tokio::test]
async fn what_a_runtime_answers_itself_is_what_the_list_says() {
    let app = TestApp::alone().await;
    let mut problems = Vec::new();
    for listed in runtimes::ANSWERED_BY_THE_RUNTIME {
        let answer = app.send_raw(&(listed.request)(), listed.reason).await;
        let (outcome, expected) = (runtimes::outcome(&answer), listed.expected(app.runtime()));
        if outcome != expected {
            problems.push(format!("{}: not {expected:?}: {answer:?}", listed.reason));
        }
    }
    assert!(problems.is_empty(), "{} cases:\n{}", problems.len(), problems.join("\n"));
    still_serves_and_has_no_products(&app).await;
}

async fn given(app: &TestApp) -> Given {
    let token = app.admin().await.cookie("__Host-ashlar_access").unwrap();
    Given { creator: format!("Bearer {token}") }
}

async fn still_serves_and_has_no_products(app: &TestApp) {
    app.visitor().get(HEALTH).await.expect_status(200);
    // A query that no case sends: the answer comes from the database.
    let list = app.visitor().get(&format!("{PRODUCTS}?count=exact&limit=99")).await;
    let list = list.expect_status(200).json();
    assert_eq!(list["meta"]["total"], 0, "a refused creation creates nothing: {list}");
}

struct Sent {
    recorded: Recorded,
    problem: Option<String>,
}

async fn send(app: &TestApp, case: &Case) -> Sent {
    let name = case.name.clone();
    match app.send_raw(&case.request, &name).await {
        Ok(answer) => {
            let problems = problems(case, &answer);
            let problem = (!problems.is_empty())
                .then(|| format!("{name}: {}: {}", problems.join(", "), shown(&answer)));
            Sent { problem, recorded: record(name, &answer) }
        }
        Err(error) => Sent {
            problem: Some(format!("{name}: {error}")),
            recorded: Recorded { name, code: error, ..Recorded::default() },
        },
    }
}

fn shown(answer: &Answer) -> String {
    let body = String::from_utf8_lossy(&answer.body);
    format!("{} {}", answer.status, body.chars().take(400).collect::<String>())
}

/// Everything that is not as it should be.
fn problems(case: &Case, answer: &Answer) -> Vec<String> {
    let (status, code) = case.expected;
    let mut problems = Vec::new();
    let mut check = |holds: bool, problem: &str| {
        if !holds {
            problems.push(problem.to_owned());
        }
    };
    check(answer.status == status, &format!("not {status} {code}"));
    let id = answer.header("x-request-id");
    check(id.is_some_and(|id| (8..=64).contains(&id.len())), "no request id");
    check(answer.header("x-content-type-options") == Some("nosniff"), "no security headers");
    check(case.allow.is_none_or(|allow| answer.header("allow") == Some(allow)), "another Allow");
    let json = json_of(answer);
    if answer.body.is_empty() {
        check(code.is_empty(), "no body");
    } else if status < 400 {
        check(json["success"] == true, "not the envelope of a success");
    } else {
        check(is_failure(&json, id), "not the envelope of a failure");
        check(json["code"] == code, &format!("not {code}"));
        check(answer.header("content-type") == Some("application/json"), "another content type");
        check(answer.header("cache-control") == Some("no-store"), "may be kept by caches");
        check((status == 401) == answer.header("www-authenticate").is_some(), "401 and WWW-Authenticate");
        check((status == 405) == answer.header("allow").is_some(), "405 and Allow");
    }
    problems
}

/// Whether this is the whole envelope of a failure, and nothing else.
fn is_failure(json: &Value, id: Option<&str>) -> bool {
    let mut members: Vec<_> = json.as_object().into_iter().flat_map(|members| members.keys()).collect();
    members.sort();
    members == ["code", "details", "error", "request_id", "success"]
        && json["success"] == false
        && json["error"].as_str().is_some_and(|sentence| !sentence.is_empty())
        && json["details"].is_array()
        && json["request_id"].as_str() == id
}

fn json_of(answer: &Answer) -> Value {
    serde_json::from_slice(&answer.body).unwrap_or_default()
}

/// What runtimes are compared by.
fn record(name: String, answer: &Answer) -> Recorded {
    let json = json_of(answer);
    Recorded {
        name,
        status: answer.status,
        code: json["code"].as_str().unwrap_or_default().to_owned(),
        details: if json["details"].is_array() { answer.details() } else { Vec::new() },
        allow: answer.header("allow").map(str::to_owned),
    }
}
