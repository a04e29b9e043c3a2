//! Security headers and caching. That each answer carries every header of docs/SECURITY-HEADERS.md is looked at by the
//! tests' client, for this test and all others; here it meets every kind of answer.

use std::collections::BTreeSet;

use app::described::DOCUMENT;
use app::{Answer, Client, PASSWORD, TestApp};
use harness::Runtime;
use serde_json::json;

const PRODUCTS: &str = "/api/v1/products";
const LOGIN: &str = "/api/v1/auth/login";

/// Makes a product and answers its path and its entity tag.
async fn make(admin: &Client) -> (String, String) {
    let new = json!({ "name": "Kept", "category": "headers", "price": 1 });
    let answer = admin.post(PRODUCTS, &new).await.expect_status(201);
    (answer.header("location").unwrap().to_owned(), answer.header("etag").unwrap().to_owned())
}

/// Fails unless all these statuses are among the answers.
fn expect_kinds(answers: &[Answer], kinds: &[u16]) {
    let met: BTreeSet<_> = answers.iter().map(|answer| answer.status).collect();
    assert_eq!(met, kinds.iter().copied().collect());
}

#[tokio::test]
async fn successes_carry_every_header() {
    let app = TestApp::start().await;
    let (admin, visitor) = (app.admin().await, app.visitor());
    let (path, tag) = make(&admin).await;
    let account = app.account().await;
    let signed_up = json!({ "email": app.new_email(), "name": "N", "password": PASSWORD });
    let bearer = format!("Bearer {}", app.server().internal_secret());
    let tick = app.visitor().with_header("authorization", &bearer);
    let mut answers = vec![
        visitor.get(PRODUCTS).await,
        visitor.get(&path).await,
        visitor.copy().with_header("if-none-match", &tag).get(&path).await,
        visitor.copy().with_header("if-none-match", &tag).request("HEAD", &path).await,
        visitor.post("/api/v1/auth/signup", &signed_up).await,
        app.visitor().login(&account.email, PASSWORD).await,
        admin.get("/api/v1/me").await,
        admin.send_json("PATCH", &path, &json!({ "price": 2 })).await,
        admin.request("DELETE", &path).await,
        tick.post("/internal/tick", &json!({})).await,
        visitor.request("OPTIONS", PRODUCTS).await,
        visitor
            .copy()
            .with_header("access-control-request-method", "POST")
            .request("OPTIONS", PRODUCTS)
            .await,
        app.member().await.post("/api/v1/auth/logout", &json!({})).await,
    ];
    for path in ["/healthz", "/readyz", "/openapi.json", "/docs", "/docs/docs.js", "/docs/docs.css"] {
        answers.push(visitor.get(path).await);
        answers.push(visitor.request("HEAD", path).await);
    }
    expect_kinds(&answers, &[200, 201, 202, 204, 304]);
}

#[tokio::test]
async fn failures_carry_every_header() {
    let app = TestApp::start().await;
    let (admin, visitor) = (app.admin().await, app.visitor());
    let (path, _) = make(&admin).await;
    let account = app.account().await;
    let taken = json!({ "email": account.email, "name": "N", "password": PASSWORD });
    let with = |name: &'static str, value: &str| app.visitor().with_header(name, value);
    let mut answers = vec![
        visitor.get(&format!("{PRODUCTS}?page=0")).await,
        visitor.post_raw(LOGIN, "application/json", "{").await,
        visitor.get("/api/v1/me").await,
        visitor.login(&account.email, "not the password").await,
        with("authorization", "Bearer x.y.z").get("/api/v1/me").await,
        app.member().await.post(PRODUCTS, &json!({})).await,
        with("origin", "https://evil.example").post(LOGIN, &json!({})).await,
        visitor.get("/nowhere").await,
        visitor.get("/docs/nothing.js").await,
        visitor.request("HEAD", "/nowhere").await,
        visitor.request("OPTIONS", "/nowhere").await,
        visitor.request("DELETE", PRODUCTS).await,
        visitor.request("POST", "/docs").await,
        with("accept", "image/png").get(PRODUCTS).await,
        with("accept", "application/problem+json").get("/nowhere").await,
        visitor.post("/api/v1/auth/signup", &taken).await,
        admin.copy().with_header("if-match", "\"9\"").request("DELETE", &path).await,
        visitor.post_raw(LOGIN, "application/json", vec![b' '; 1024 * 1024 + 1]).await,
        visitor.get(&format!("{PRODUCTS}?name={}", "x".repeat(9000))).await,
        visitor.post_raw(LOGIN, "text/plain", "{}").await,
        visitor.post(LOGIN, &json!({})).await,
    ];
    for _ in 0..6 {
        answers.push(visitor.request("POST", "/__test/limiter/headers").await);
    }
    answers.retain(|answer| answer.status != 200);
    expect_kinds(&answers, &[400, 401, 403, 404, 405, 406, 409, 412, 413, 414, 415, 422, 429]);
}

/// A server of its own: it breaks.
#[tokio::test(flavor = "multi_thread")]
async fn an_application_in_trouble_still_sends_every_header() {
    let app = TestApp::alone().await;
    let visitor = app.visitor();
    let origin = "http://localhost:3000";
    app.server().forget_migrations().unwrap();
    let unready = visitor.copy().with_header("origin", origin).get("/readyz").await;
    let unready = unready.assert(503, "unavailable");
    assert_eq!(unready.header("access-control-allow-origin"), Some(origin));
    // Spin answers in place of an instance that panicked, as docs/RUNTIMES.md says.
    if app.runtime() != Runtime::Spin {
        let panicked = visitor.copy().with_header("origin", origin).request("POST", "/__test/panic").await;
        let panicked = panicked.assert(500, "internal_error");
        assert_eq!(panicked.header("access-control-allow-origin"), Some(origin));
    }
}

/// The addresses below a documented path, of things that exist.
async fn addresses(path: &str, app: &TestApp, admin: &Client) -> Vec<String> {
    if path == "/docs/{file}" {
        let words = &DOCUMENT["paths"][path]["get"]["parameters"][0]["schema"]["enum"];
        let words = words.as_array().unwrap().iter().map(|word| word.as_str().unwrap());
        return words.map(|word| format!("/docs/{word}")).collect();
    }
    let Some(list) = path.strip_suffix("/{id}") else { return vec![path.to_owned()] };
    let id = match list {
        "/api/v1/jobs" => app.account().await.answer["meta"]["job_id"].clone(),
        "/api/v1/users" => app.account().await.answer["data"]["id"].clone(),
        _ => {
            let body = &DOCUMENT["paths"][list]["post"]["requestBody"];
            let mut body = body["content"]["application/json"]["example"].clone();
            if list == "/api/v1/roles" {
                body["name"] = json!(app.new_email());
            }
            admin.post(list, &body).await.expect_status(201).data()["id"].clone()
        }
    };
    vec![format!("{list}/{}", id.as_str().unwrap())]
}

/// Who may keep what anybody may read.
fn caching(address: &str) -> &'static str {
    match address {
        "/docs" | "/docs/docs.js" | "/docs/docs.css" => "no-cache",
        "/openapi.json" => "public, max-age=60",
        viewer if viewer.starts_with("/docs/swagger-ui-") => "public, max-age=31536000, immutable",
        entity if entity.starts_with("/api/") => "private, no-cache",
        _ => "no-store",
    }
}

#[tokio::test]
async fn nobody_keeps_what_is_personal() {
    let app = TestApp::start().await;
    let (admin, visitor) = (app.admin().await, app.visitor());
    let mut guarded = 0;
    for (path, item) in DOCUMENT["paths"].as_object().unwrap() {
        let Some(operation) = item.get("get") else { continue };
        let public = operation["security"] == json!([]);
        // Anybody may ask, and the answer depends on who does.
        let optional = operation["security"][0] == json!({});
        for address in addresses(path, &app, &admin).await {
            let signed_in = admin.get(&address).await.expect_status(200);
            let expected = if public { caching(&address) } else { "no-store" };
            assert_eq!(signed_in.header("cache-control"), Some(expected), "{address}");
            if public || optional {
                let anonymous = visitor.get(&address).await.expect_status(200);
                assert_eq!(anonymous.header("cache-control"), Some(expected), "{address}");
            } else {
                guarded += 1;
                visitor.get(&address).await.expect_status(401);
            }
        }
    }
    assert!(guarded >= 2, "{guarded} guarded routes");
    let (path, _) = make(&admin).await;
    let changed = admin.send_json("PATCH", &path, &json!({ "price": 3 })).await.expect_status(200);
    assert!(changed.header("etag").is_some());
    assert_eq!(changed.header("cache-control"), Some("no-store"));
}

#[tokio::test]
async fn a_304_says_of_caching_what_its_200_says() {
    let app = TestApp::start().await;
    let (path, tag) = make(&app.admin().await).await;
    let visitor = app.visitor().with_header("origin", "http://localhost:3000");
    let whole = visitor.get(&path).await.expect_status(200);
    let knows = visitor.copy().with_header("if-none-match", &tag);
    for method in ["GET", "HEAD"] {
        let answer = knows.request(method, &path).await.expect_status(304);
        for name in ["etag", "cache-control", "vary", "access-control-allow-origin"] {
            let values = |answer: &Answer| answer.headers.get_all(name).iter().cloned().collect::<Vec<_>>();
            assert!(!values(&whole).is_empty(), "{name}");
            assert_eq!(values(&answer), values(&whole), "{method}: {name}");
        }
        assert_eq!(answer.header("content-type"), None, "{method}");
        // RFC 9110, section 8.6: the length of the 200, or none.
        assert_eq!(answer.header("content-length"), None, "{method}");
    }
}
