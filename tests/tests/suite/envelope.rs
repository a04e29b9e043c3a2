use app::TestApp;
use serde_json::json;

#[tokio::test]
async fn unknown_paths_and_methods_fail_in_the_envelope() {
    let app = TestApp::start().await;
    let visitor = app.visitor();
    for path in [
        "/",
        "/nowhere",
        "/api/v1",
        "/api/v1/products/",
        "/api/v2/products",
        "/API/v1/products",
        "//healthz",
        "/%00",
        "/%FF%FE",
    ] {
        visitor.get(path).await.assert(404, "not_found");
    }
    for method in ["DELETE", "PUT", "PATCH"] {
        let answer = visitor.request(method, "/api/v1/products").await.assert(405, "method_not_allowed");
        assert_eq!(answer.header("allow"), Some("GET, POST, HEAD, OPTIONS"));
    }
    let answer = visitor.get("/api/v1/auth/login").await.assert(405, "method_not_allowed");
    assert_eq!(answer.header("allow"), Some("POST, OPTIONS"));
}

#[tokio::test]
async fn head_and_options_are_answered() {
    let app = TestApp::start().await;
    let visitor = app.visitor();
    let head = visitor.request("HEAD", "/api/v1/products?limit=1").await;
    assert_eq!((head.status, head.body.len()), (200, 0));
    let options = visitor.request("OPTIONS", "/api/v1/products").await.expect_status(204);
    assert_eq!(options.header("allow"), Some("GET, POST, HEAD, OPTIONS"));
    visitor.request("OPTIONS", "/nowhere").await.assert(404, "not_found");
}

#[tokio::test]
async fn bodies_that_are_no_json_objects_are_refused() {
    let app = TestApp::start().await;
    let visitor = app.visitor();
    let deep = format!("{}{}", "[".repeat(5000), "]".repeat(5000));
    let nested = format!("{{\"email\":{}1{}}}", "{\"a\":".repeat(500), "}".repeat(500));
    let malformed: [&[u8]; 13] = [
        b"",
        b"{",
        b"{broken",
        b"{\"email\":}",
        b"\xff\xfe",
        b"{\"email\":\"\xff\"}",
        b"{\"email\":\"\\ud800\"}",
        b"{} {}",
        b"{'email':1}",
        b"{\"email\":\"a\nb\"}",
        b"{\"email\":1e999}",
        b"\xef\xbb\xbf{}",
        deep.as_bytes(),
    ];
    for body in malformed {
        visitor.post_raw("/api/v1/auth/login", "application/json", body).await.assert(400, "malformed_json");
    }
    visitor.post_raw("/api/v1/auth/login", "application/json", nested).await.assert(400, "malformed_json");
    for body in ["null", "1", "\"text\"", "[]", "{}"] {
        visitor.post_raw("/api/v1/auth/login", "application/json", body).await.assert(422, "invalid_input");
    }
}

#[tokio::test]
async fn unknown_missing_and_duplicate_fields_are_named() {
    let app = TestApp::start().await;
    let visitor = app.visitor();
    let cases: [(&str, &[(&str, &str)]); 7] = [
        (r#"{"email":"a@b.test","password":"x","admin":true}"#, &[("admin", "unknown")]),
        (r#"{"email":"a@b.test"}"#, &[("password", "required")]),
        (r#"{"email":"a@b.test","email":"c@d.test","password":"x"}"#, &[("email", "duplicate")]),
        (r#"{"email":["a@b.test"],"password":"x"}"#, &[("email", "type")]),
        ("[]", &[("body", "type")]),
        ("{}", &[("email", "required"), ("password", "required")]),
        (
            r#"{"email":"nobody","password":null,"a":1}"#,
            &[("a", "unknown"), ("email", "email"), ("password", "null")],
        ),
    ];
    for (body, expected) in cases {
        let answer = visitor
            .post_raw("/api/v1/auth/login", "application/json", body)
            .await
            .assert(422, "invalid_input");
        let expected: Vec<_> =
            expected.iter().map(|(field, code)| ((*field).to_owned(), (*code).to_owned())).collect();
        assert_eq!(answer.details(), expected, "{body}");
    }
}

#[tokio::test]
async fn other_media_types_are_refused() {
    let app = TestApp::start().await;
    let body = r#"{"email":"a@b.test","password":"x"}"#;
    for media_type in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json; charset=latin1",
    ] {
        app.visitor()
            .post_raw("/api/v1/auth/login", media_type, body)
            .await
            .assert(415, "unsupported_media_type");
    }
    app.visitor()
        .post_raw("/api/v1/auth/login", "application/json; charset=utf-8", body)
        .await
        .assert(401, "wrong_credentials");
    app.visitor().request("POST", "/api/v1/auth/login").await.assert(415, "unsupported_media_type");
}

#[tokio::test]
async fn too_much_of_anything_is_refused() {
    let app = TestApp::start().await;
    let visitor = app.visitor();
    let fits = json!({ "email": "a@b.test", "password": "x".repeat(1000 * 1000) }).to_string();
    visitor.post_raw("/api/v1/auth/login", "application/json", fits).await.assert(422, "invalid_input");
    let large = vec![b' '; 1024 * 1024 + 1];
    visitor.post_raw("/api/v1/auth/login", "application/json", large).await.assert(413, "body_too_large");
    visitor.get(&format!("/api/v1/products?name={}", "x".repeat(9000))).await.assert(414, "uri_too_long");
}

#[tokio::test]
async fn problem_details_are_for_those_who_ask() {
    let app = TestApp::start().await;
    let answer =
        app.visitor().with_header("accept", "application/problem+json").get("/api/v1/products?page=0").await;
    assert_eq!((answer.status, answer.header("content-type")), (400, Some("application/problem+json")));
    let problem = answer.json();
    assert_eq!((&problem["status"], &problem["code"]), (&json!(400), &json!("invalid_query")));
    assert_eq!(problem["errors"][0]["field"], "page");
    assert!(problem["title"].is_string() && problem["type"].is_string() && problem["detail"].is_string());
    assert!(problem["instance"].as_str().unwrap().ends_with(answer.header("x-request-id").unwrap()));
}

#[tokio::test]
async fn request_ids_are_taken_over_when_sane() {
    let app = TestApp::start().await;
    let sane = app.visitor().with_header("x-request-id", "trace-2026_07.30").get("/healthz").await;
    assert_eq!(sane.header("x-request-id"), Some("trace-2026_07.30"));
    for odd in ["short", "with space in it", "<script>alert(1)</script>", &"x".repeat(65)] {
        let answer = app.visitor().with_header("x-request-id", odd).get("/healthz").await;
        assert_eq!(answer.header("x-request-id").unwrap().len(), 36, "{odd}");
    }
}

#[tokio::test]
async fn who_accepts_no_json_is_told_so_before_anything_happens() {
    let app = TestApp::start().await;
    let visitor = app.visitor();
    for accept in ["text/html", "application/xml, text/*", "application/json;q=0", "*/*;q=0"] {
        visitor.copy().with_header("accept", accept).get("/healthz").await.assert(406, "not_acceptable");
    }
    for accept in [
        "application/json",
        "*/*",
        "application/*",
        "text/html, */*;q=0.1",
        "application/problem+json",
        "junk",
    ] {
        visitor.copy().with_header("accept", accept).get("/healthz").await.expect_status(200);
    }
    let new = json!({ "email": "accept@example.test", "name": "A", "password": "long enough" });
    let picky = visitor.copy().with_header("accept", "image/png");
    picky.post("/api/v1/auth/signup", &new).await.assert(406, "not_acceptable");
    visitor.post("/api/v1/auth/signup", &new).await.expect_status(201);
}
