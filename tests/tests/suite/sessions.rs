use app::{Client, PASSWORD, TestApp};
use serde_json::json;

const COOKIE: &str = "__Host-ashlar_access";
const REFRESH: &str = "__Host-ashlar_refresh";
const SESSIONS: &str = "/api/v1/auth/sessions";

/// Fails unless everything that the session's tokens opened is closed.
async fn is_over(app: &TestApp, session: &Client) {
    session.get("/api/v1/me").await.assert(401, "invalid_session");
    let visitor = app.visitor();
    visitor.set_cookie(REFRESH, &session.cookie(REFRESH).unwrap());
    visitor.request("POST", "/api/v1/auth/refresh").await.assert(401, "invalid_session");
}

async fn is_alive(session: &Client) {
    session.get("/api/v1/me").await.expect_status(200);
}

async fn id(session: &Client) -> String {
    let list = session.get(SESSIONS).await.expect_status(200).data();
    let mut current = list.as_array().unwrap().iter().filter(|session| session["current"] == true);
    let id = current.next().unwrap()["id"].as_str().unwrap().to_owned();
    assert!(current.next().is_none(), "{list}");
    id
}

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

#[tokio::test]
async fn the_very_next_request_of_an_ended_session_is_refused_however_it_ended() {
    let app = TestApp::start().await;
    let account = app.account().await;
    let sign_in = async || app.sign_in(&account.email, PASSWORD).await;
    let (logged_out, listed, other, last) =
        (sign_in().await, sign_in().await, sign_in().await, sign_in().await);
    let stolen = logged_out.copy();
    logged_out.request("POST", "/api/v1/auth/logout").await.expect_status(204);
    is_over(&app, &stolen).await;
    assert_eq!((logged_out.cookie(COOKIE), logged_out.cookie(REFRESH)), (None, None));

    let path = format!("{SESSIONS}/{}", id(&listed).await);
    other.request("DELETE", &path).await.expect_status(204);
    is_over(&app, &listed).await;
    other.request("DELETE", &path).await.assert(404, "not_found");

    last.request("POST", "/api/v1/auth/logout-others").await.expect_status(204);
    is_over(&app, &other).await;
    is_alive(&last).await;

    let (again, stolen) = (sign_in().await, last.copy());
    last.request("POST", "/api/v1/auth/logout-all").await.expect_status(204);
    is_over(&app, &stolen).await;
    is_over(&app, &again).await;
    assert_eq!((last.cookie(COOKIE), last.cookie(REFRESH)), (None, None));
    is_alive(&sign_in().await).await;
}

#[tokio::test]
async fn sessions_are_listed_with_where_they_are_used_the_last_used_first() {
    let app = TestApp::start().await;
    let account = app.account().await;
    let phone = app.visitor().with_header("user-agent", "Phone/1.0");
    phone.login(&account.email, PASSWORD).await.expect_status(200);
    let desk = app.visitor().with_header("user-agent", "Desk/2.0");
    desk.login(&account.email, PASSWORD).await.expect_status(200);
    let agents = async |client: &Client| {
        let list = client.get(SESSIONS).await.expect_status(200).data();
        let agent = |session: &serde_json::Value| (session["user_agent"].clone(), session["current"].clone());
        list.as_array().unwrap().iter().map(agent).collect::<Vec<_>>()
    };
    assert_eq!(agents(&desk).await, [(json!("Desk/2.0"), json!(true)), (json!("Phone/1.0"), json!(false))]);
    phone.request("POST", "/api/v1/auth/refresh").await.expect_status(200);
    assert_eq!(agents(&phone).await, [(json!("Phone/1.0"), json!(true)), (json!("Desk/2.0"), json!(false))]);
    let first = phone.get(SESSIONS).await.data()[0].clone();
    assert_eq!(first["methods"], json!(["pwd"]));
    assert!(first["address"].as_str().unwrap().starts_with("127."), "{first}");
    let text = |name: &str| first[name].as_str().unwrap().to_owned();
    assert!(text("created_at") < text("last_used_at"), "{first}");
    assert!(
        text("last_used_at") < text("idle_expires_at") && text("idle_expires_at") < text("expires_at"),
        "{first}"
    );
}

#[tokio::test]
async fn nobody_ends_or_sees_the_sessions_of_others() {
    let app = TestApp::start().await;
    let (one, other) = (app.member().await, app.member().await);
    let path = format!("{SESSIONS}/{}", id(&other).await);
    one.request("DELETE", &path).await.assert(404, "not_found");
    app.admin().await.request("DELETE", &path).await.assert(404, "not_found");
    one.request("DELETE", &format!("{SESSIONS}/none")).await.assert(404, "not_found");
    one.request("POST", "/api/v1/auth/logout-all").await.expect_status(204);
    is_alive(&other).await;
    assert_eq!(other.get(SESSIONS).await.data().as_array().unwrap().len(), 1);
    for (method, path) in [
        ("GET", SESSIONS),
        ("DELETE", path.as_str()),
        ("POST", "/api/v1/auth/logout-others"),
        ("POST", "/api/v1/auth/logout-all"),
    ] {
        app.visitor().request(method, path).await.assert(401, "unauthenticated");
    }
}

#[tokio::test]
async fn ending_the_current_session_is_a_logout() {
    let app = TestApp::start().await;
    let member = app.member().await;
    let stolen = member.copy();
    member.request("DELETE", &format!("{SESSIONS}/{}", id(&member).await)).await.expect_status(204);
    assert_eq!((member.cookie(COOKIE), member.cookie(REFRESH)), (None, None));
    is_over(&app, &stolen).await;
}

#[tokio::test]
async fn of_more_than_a_hundred_sessions_the_least_recently_used_end() {
    let app = TestApp::start().await;
    let account = app.account().await;
    let (first, second) =
        (app.sign_in(&account.email, PASSWORD).await, app.sign_in(&account.email, PASSWORD).await);
    let client = app.visitor();
    for _ in 0..98 {
        client.login(&account.email, PASSWORD).await.expect_status(200);
    }
    first.request("POST", "/api/v1/auth/refresh").await.expect_status(200);
    assert_eq!(first.get(SESSIONS).await.data().as_array().unwrap().len(), 100);
    is_alive(&second).await;
    client.login(&account.email, PASSWORD).await.expect_status(200);
    is_over(&app, &second).await;
    is_alive(&first).await;
    assert_eq!(client.get(SESSIONS).await.data().as_array().unwrap().len(), 100);
}

#[tokio::test]
async fn whoever_is_locked_out_is_out_at_once() {
    let app = TestApp::start().await;
    let account = app.account().await;
    let member = app.sign_in(&account.email, PASSWORD).await;
    is_alive(&member).await;
    app.server().lock_out(&account.email).unwrap();
    is_over(&app, &member).await;
}
