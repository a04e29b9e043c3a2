use app::TestApp;
use serde_json::json;

#[tokio::test]
async fn every_answer_carries_the_security_headers() {
    let app = TestApp::start().await;
    let visitor = app.visitor();
    let names = [
        "content-security-policy",
        "cross-origin-opener-policy",
        "cross-origin-resource-policy",
        "origin-agent-cluster",
        "permissions-policy",
        "referrer-policy",
        "strict-transport-security",
        "x-content-type-options",
        "x-dns-prefetch-control",
        "x-download-options",
        "x-frame-options",
        "x-permitted-cross-domain-policies",
        "x-xss-protection",
        "x-request-id",
    ];
    for path in ["/healthz", "/nowhere", "/api/v1/me", "/api/v1/products?page=0"] {
        let answer = visitor.get(path).await;
        for name in names {
            assert!(answer.header(name).is_some(), "{name} on {path}");
        }
        assert_eq!(answer.header("server").filter(|server| server.contains("ashlar")), None);
        assert_eq!(answer.header("x-powered-by"), None);
    }
}

#[tokio::test]
async fn browsers_cannot_be_made_to_write_from_other_sites() {
    let app = TestApp::start().await;
    let account = app.account().await;
    let body = json!({ "email": account.email, "password": account.password });
    let from = |name: &'static str, value: &str| app.visitor().with_header(name, value);
    for origin in ["https://evil.example", "null", "http://localhost.evil.example", "file://"] {
        from("origin", origin).post("/api/v1/auth/login", &body).await.assert(403, "origin_not_allowed");
    }
    from("sec-fetch-site", "cross-site")
        .post("/api/v1/auth/login", &body)
        .await
        .assert(403, "origin_not_allowed");
    let basic = from("origin", "https://evil.example").with_header("authorization", "Basic eDp5");
    basic.post("/api/v1/auth/login", &body).await.assert(403, "origin_not_allowed");
    from("origin", "http://localhost:3000").post("/api/v1/auth/login", &body).await.expect_status(200);
    from("origin", &app.server().base_url()).post("/api/v1/auth/login", &body).await.expect_status(200);
    from("origin", "https://evil.example").get("/api/v1/products?limit=1").await.expect_status(200);
}

#[tokio::test]
async fn only_named_origins_may_read_from_a_browser() {
    let app = TestApp::start().await;
    let preflight = |origin: &str| {
        let visitor = app.visitor().with_header("origin", origin);
        let visitor = visitor.with_header("access-control-request-method", "POST");
        visitor.with_header("access-control-request-headers", "content-type")
    };
    let good =
        preflight("http://localhost:3000").request("OPTIONS", "/api/v1/products").await.expect_status(204);
    assert_eq!(good.header("access-control-allow-origin"), Some("http://localhost:3000"));
    assert_eq!(good.header("access-control-allow-credentials"), Some("true"));
    assert!(good.header("access-control-allow-methods").unwrap().contains("POST"));
    assert!(good.header("access-control-allow-headers").unwrap().contains("content-type"));
    assert_eq!(good.header("access-control-max-age"), Some("7200"));
    let bad =
        preflight("https://evil.example").request("OPTIONS", "/api/v1/products").await.expect_status(204);
    assert_eq!(bad.header("access-control-allow-origin"), None);
    for answer in [&good, &bad] {
        assert!(
            answer.headers.get_all("vary").iter().any(|vary| vary
                .to_str()
                .unwrap()
                .to_lowercase()
                .contains("origin"))
        );
    }
    let read =
        app.visitor().with_header("origin", "http://localhost:3000").get("/api/v1/products?limit=1").await;
    assert_eq!(read.header("access-control-allow-origin"), Some("http://localhost:3000"));
}
