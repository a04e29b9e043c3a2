use app::{Client, LISTED_ORIGIN, Raw, TestApp};
use serde_json::json;

const PRODUCTS: &str = "/api/v1/products";
const LOGIN: &str = "/api/v1/auth/login";

/// The headers that let a page of another origin read an answer, or make a request.
const PERMISSIONS: [&str; 6] = [
    "access-control-allow-origin",
    "access-control-allow-credentials",
    "access-control-allow-methods",
    "access-control-allow-headers",
    "access-control-expose-headers",
    "access-control-max-age",
];

/// Origins that are not those of the list, nor of this machine.
const FOREIGN: [&str; 24] = [
    "",
    "*",
    "null",
    "file://",
    "https://",
    "//app.example.com",
    "app.example.com",
    "https://evil.example",
    "http://app.example.com",
    "wss://app.example.com",
    "https://app.example.com/",
    "https://app.example.com.",
    "https://app.example.com:443",
    "https://app.example.com:8443",
    "https://app.example.com@evil.example",
    "https://app.example.com.evil.example",
    "https://evil.app.example.com",
    "https://evil-app.example.com",
    "https://appxexample.com",
    "https://example.com",
    "https://app.example.com https://evil.example",
    "http://localhost.evil.example",
    "http://localhost:3000@evil.example",
    "http://evil.example#http://localhost",
];

fn from(app: &TestApp, origin: &str) -> Client {
    app.visitor().with_header("origin", origin)
}

fn preflight(app: &TestApp, origin: &str) -> Client {
    let headers = "content-type, if-match";
    from(app, origin)
        .with_header("access-control-request-method", "POST")
        .with_header("access-control-request-headers", headers)
}

#[tokio::test]
async fn browsers_cannot_be_made_to_write_from_other_sites() {
    let app = TestApp::start().await;
    let account = app.account().await;
    let body = json!({ "email": account.email, "password": account.password });
    let with = |name: &'static str, value: &str| app.visitor().with_header(name, value);
    // No browser sends an empty origin; Workers drops it.
    for origin in FOREIGN.iter().filter(|origin| !origin.is_empty()) {
        with("origin", origin).post(LOGIN, &body).await.assert(403, "origin_not_allowed");
    }
    with("sec-fetch-site", "cross-site").post(LOGIN, &body).await.assert(403, "origin_not_allowed");
    let basic = with("origin", "https://evil.example").with_header("authorization", "Basic eDp5");
    basic.post(LOGIN, &body).await.assert(403, "origin_not_allowed");
    for origin in [LISTED_ORIGIN, "http://localhost:3000", &app.server().base_url()] {
        with("origin", origin).post(LOGIN, &body).await.expect_status(200);
    }
    with("origin", "https://evil.example").get("/api/v1/products?limit=1").await.expect_status(200);
}

#[tokio::test]
async fn only_named_origins_may_read_from_a_browser() {
    let app = TestApp::start().await;
    let own = app.server().base_url();
    let upper = LISTED_ORIGIN.to_ascii_uppercase();
    let local = ["http://localhost", "http://localhost:3000", "https://127.0.0.1:1", "http://[::1]:5173"];
    for origin in [LISTED_ORIGIN, &upper, &own].into_iter().chain(local) {
        for path in
            ["/api/v1/products?limit=1", "/healthz", "/openapi.json", "/docs", "/nowhere", "/api/v1/me"]
        {
            let answer = from(&app, origin).get(path).await;
            assert_eq!(answer.header("access-control-allow-origin"), Some(origin), "{path}");
            assert_eq!(answer.header("access-control-allow-credentials"), Some("true"), "{path}");
            let exposed = answer.header("access-control-expose-headers").unwrap();
            assert!(!exposed.contains('*') && exposed.contains("x-request-id"), "{exposed}");
        }
    }
    for origin in FOREIGN {
        let foreign = from(&app, origin);
        for path in ["/api/v1/products?limit=1", "/openapi.json", "/nowhere", "/api/v1/me"] {
            let answer = foreign.get(path).await;
            for name in PERMISSIONS {
                assert_eq!(answer.header(name), None, "{name} for {origin:?} on {path}");
            }
        }
    }
    let nobody = app.visitor().get(PRODUCTS).await;
    assert!(PERMISSIONS.iter().all(|name| nobody.header(name).is_none()));
}

#[tokio::test]
async fn a_preflight_tells_allowed_origins_what_they_may_do() {
    let app = TestApp::start().await;
    for origin in [LISTED_ORIGIN, "http://localhost:3000"] {
        let answer = preflight(&app, origin).request("OPTIONS", PRODUCTS).await.expect_status(204);
        let expected = [
            ("access-control-allow-origin", origin),
            ("access-control-allow-credentials", "true"),
            ("access-control-allow-methods", "GET, POST, HEAD, OPTIONS"),
            ("access-control-max-age", "7200"),
            ("allow", "GET, POST, HEAD, OPTIONS"),
        ];
        for (name, value) in expected {
            assert_eq!(answer.headers.get_all(name).iter().collect::<Vec<_>>(), [value], "{name}");
        }
        let headers: Vec<_> =
            answer.header("access-control-allow-headers").unwrap().split(',').map(str::trim).collect();
        for name in [
            "authorization",
            "content-type",
            "if-match",
            "if-none-match",
            "idempotency-key",
            "x-request-id",
            "traceparent",
            "ashlar-seen",
        ] {
            assert!(headers.contains(&name), "{name} in {headers:?}");
        }
        assert!(!headers.contains(&"*"));
    }
    for origin in FOREIGN {
        let answer = preflight(&app, origin).request("OPTIONS", PRODUCTS).await.expect_status(204);
        for name in PERMISSIONS {
            assert_eq!(answer.header(name), None, "{name} for {origin:?}");
        }
    }
    // OPTIONS that is no preflight.
    let plain = from(&app, LISTED_ORIGIN).request("OPTIONS", PRODUCTS).await.expect_status(204);
    assert_eq!(plain.header("access-control-allow-methods"), None);
    assert_eq!(plain.header("allow"), Some("GET, POST, HEAD, OPTIONS"));
}

#[tokio::test]
async fn two_origins_are_none_that_is_allowed() {
    let app = TestApp::start().await;
    for second in [LISTED_ORIGIN, "https://evil.example"] {
        for (first, second) in [(LISTED_ORIGIN, second), (second, LISTED_ORIGIN)] {
            let twice = |request: Raw| request.header("origin", first).header("origin", second);
            let read = app.send_raw(&twice(Raw::get(PRODUCTS)), "two origins").await.unwrap();
            assert_eq!(app::headers::check("GET", PRODUCTS, None, &read), None);
            assert!(PERMISSIONS.iter().all(|name| read.header(name).is_none()), "{:?}", read.headers);
            let written = app.send_raw(&twice(Raw::post_json(LOGIN, "{}")), "two origins").await.unwrap();
            written.assert(403, "origin_not_allowed");
        }
    }
}
