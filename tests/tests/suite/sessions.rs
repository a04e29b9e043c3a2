use app::{PASSWORD, TestApp};
use serde_json::json;

const COOKIE: &str = "__Host-ashlar_access";

#[tokio::test]
async fn a_login_sets_a_cookie_that_scripts_cannot_read() {
    let app = TestApp::start().await;
    let account = app.account().await;
    let answer = app.visitor().login(&account.email, &account.password).await.expect_status(200);
    assert_eq!(answer.data()["email"], account.email);
    let cookie = answer.header("set-cookie").unwrap();
    assert!(cookie.starts_with(&format!("{COOKIE}=")), "{cookie}");
    for attribute in ["HttpOnly", "Secure", "SameSite=Lax", "Path=/", "Max-Age=900"] {
        assert!(cookie.split("; ").any(|part| part == attribute), "{attribute} in {cookie}");
    }
    assert_eq!(answer.header("cache-control"), Some("no-store"));
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_address_say_the_same() {
    let app = TestApp::start().await;
    let account = app.account().await;
    let wrong =
        app.visitor().login(&account.email, "another password").await.assert(401, "wrong_credentials");
    let unknown =
        app.visitor().login(&app.new_email(), "another password").await.assert(401, "wrong_credentials");
    let without_id =
        |mut json: serde_json::Value| json.as_object_mut().unwrap().remove("request_id").map(|_| json);
    assert_eq!(without_id(wrong.json()), without_id(unknown.json()));
    assert_eq!(wrong.header("set-cookie"), None);
}

#[tokio::test]
async fn passwords_are_compared_in_one_normal_form() {
    let app = TestApp::start().await;
    let email = app.new_email();
    let body = json!({ "email": email, "name": "N", "password": "pa\u{308}ssword" });
    app.visitor().post("/api/v1/auth/signup", &body).await.expect_status(201);
    app.visitor().login(&email, "p\u{e4}ssword").await.expect_status(200);
    app.visitor().login(&email, "passwordpassword").await.expect_status(401);
}

#[tokio::test]
async fn me_is_the_signed_in_user() {
    let app = TestApp::start().await;
    let account = app.account().await;
    let member = app.sign_in(&account.email, PASSWORD).await;
    let me = member.get("/api/v1/me").await.expect_status(200).data();
    assert_eq!((&me["email"], &me["id"]), (&json!(account.email), &account.answer["data"]["id"]));
    assert_eq!(me["capabilities"], json!([]));
    let admin = app.admin().await.get("/api/v1/me").await.expect_status(200).data();
    assert!(admin["capabilities"].as_array().unwrap().contains(&json!("create_products")));
}

#[tokio::test]
async fn without_a_session_there_is_no_me() {
    let app = TestApp::start().await;
    let answer = app.visitor().get("/api/v1/me").await.assert(401, "unauthenticated");
    assert!(answer.header("www-authenticate").unwrap().starts_with("Bearer"));
}

#[tokio::test]
async fn a_bearer_token_works_like_the_cookie() {
    let app = TestApp::start().await;
    let token = app.member().await.cookie(COOKIE).unwrap();
    app.visitor()
        .with_header("authorization", &format!("Bearer {token}"))
        .get("/api/v1/me")
        .await
        .expect_status(200);
    app.visitor()
        .with_header("authorization", &format!("Basic {token}"))
        .get("/api/v1/me")
        .await
        .expect_status(401);
}

#[tokio::test]
async fn forged_tokens_are_refused() {
    let app = TestApp::start().await;
    let member = app.member().await;
    let token = member.cookie(COOKIE).unwrap();
    let parts: Vec<&str> = token.split('.').collect();
    let [header, claims, signature] = parts.as_slice() else { panic!("not a token: {token}") };
    let reversed: String = signature.chars().rev().collect();
    let forged = [
        String::new(),
        "x".to_owned(),
        format!("{header}.{claims}."),
        format!("{header}.{claims}.{reversed}"),
        // {"alg":"none","typ":"JWT"}
        format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{claims}."),
        format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{claims}.{signature}"),
        format!("{header}.{header}.{signature}"),
        format!("{token}{}", "A".repeat(4000)),
    ];
    for token in forged {
        let impostor = app.visitor();
        impostor.set_cookie(COOKIE, &token);
        impostor.get("/api/v1/me").await.assert(401, "invalid_session");
    }
    member.get("/api/v1/me").await.expect_status(200);
}

#[tokio::test]
async fn after_a_logout_the_very_next_request_is_refused() {
    let app = TestApp::start().await;
    let member = app.member().await;
    let stolen = member.copy();
    stolen.get("/api/v1/me").await.expect_status(200);
    let answer = member.request("POST", "/api/v1/auth/logout").await.expect_status(204);
    assert!(answer.header("set-cookie").unwrap().contains("Max-Age=0"));
    assert!(answer.body.is_empty());
    stolen.get("/api/v1/me").await.assert(401, "invalid_session");
    member.get("/api/v1/me").await.assert(401, "unauthenticated");
    member.request("POST", "/api/v1/auth/logout").await.assert(401, "unauthenticated");
}

#[tokio::test]
async fn signing_out_ends_one_session_only() {
    let app = TestApp::start().await;
    let account = app.account().await;
    let (first, second) =
        (app.sign_in(&account.email, PASSWORD).await, app.sign_in(&account.email, PASSWORD).await);
    first.request("POST", "/api/v1/auth/logout").await.expect_status(204);
    second.get("/api/v1/me").await.expect_status(200);
}
