use app::{Answer, Client, PASSWORD, TestApp};
use futures::future::join_all;
use serde_json::json;

const FORGOT: &str = "/api/v1/auth/forgot-password";
const RESET: &str = "/api/v1/auth/reset-password";
const CHANGE: &str = "/api/v1/auth/change-password";
const REFRESH: &str = "/api/v1/auth/refresh";
const NEW: &str = "quite another password";
const SUBJECT: &str = "Set a new password";
const CHANGED: &str = "Your password was changed";

async fn reset_token(app: &TestApp, email: &str, number: usize) -> String {
    app.visitor().post(FORGOT, &json!({ "email": email })).await.expect_status(202);
    app.mailed_token(email, SUBJECT, number).await
}

async fn reset(app: &TestApp, token: &str, password: &str) -> Answer {
    app.visitor().post(RESET, &json!({ "token": token, "password": password })).await
}

async fn change(client: &Client, current: &str, new: &str) -> Answer {
    client.post(CHANGE, &json!({ "current_password": current, "new_password": new })).await
}

#[tokio::test]
async fn a_forgotten_password_is_set_anew_and_all_sessions_end() {
    let app = TestApp::start().await;
    let account = app.account().await;
    let member = app.sign_in(&account.email, PASSWORD).await;
    member.get("/api/v1/me").await.expect_status(200);
    let token = reset_token(&app, &account.email, 1).await;
    let mail = app.mailed(&account.email, SUBJECT).await;
    assert!(mail.text.unwrap().contains(&format!("/reset-password#token={token}")));
    reset(&app, &token, NEW).await.expect_status(204);
    member.get("/api/v1/me").await.assert(401, "invalid_session");
    app.visitor().login(&account.email, PASSWORD).await.assert(401, "wrong_credentials");
    let member = app.sign_in(&account.email, NEW).await;
    let me = member.get("/api/v1/me").await.expect_status(200).data();
    assert_eq!(me["email_verified"], true, "the mail has reached its reader");
    reset(&app, &token, "a third password").await.assert(400, "invalid_token");
    app.mailed(&account.email, CHANGED).await;
}

#[tokio::test]
async fn a_password_that_is_set_anew_ends_api_keys_and_one_that_is_changed_does_not() {
    let app = TestApp::start().await;
    let account = app.account().await;
    let member = app.sign_in(&account.email, PASSWORD).await;
    let new = json!({ "name": "Program", "password": PASSWORD });
    let key = member.post("/api/v1/auth/api-keys", &new).await.expect_status(201).data();
    let bearer = format!("Bearer {}", key["key"].as_str().unwrap());
    let program = app.visitor().with_header("authorization", &bearer);
    change(&member, PASSWORD, NEW).await.expect_status(200);
    program.get("/api/v1/me").await.expect_status(200);
    let token = reset_token(&app, &account.email, 1).await;
    program.get("/api/v1/me").await.expect_status(200);
    reset(&app, &token, PASSWORD).await.expect_status(204);
    program.get("/api/v1/me").await.assert(401, "invalid_api_key");
    let entry = "SELECT details FROM audit_log WHERE action = 'password.reset' AND target_id = ?1";
    let details = app.server().sql(entry, &[account.answer["data"]["id"].as_str().unwrap()]).unwrap();
    assert_eq!(details, [r#"{"revoked":["sessions","api_keys"]}"#]);
}

#[tokio::test]
async fn an_unknown_address_reads_the_same_and_gets_no_mail() {
    let app = TestApp::start().await;
    let (account, unknown) = (app.account().await, app.new_email());
    let without = app.visitor().post(FORGOT, &json!({ "email": unknown })).await.expect_status(202);
    let with = app.visitor().post(FORGOT, &json!({ "email": account.email })).await.expect_status(202);
    assert_eq!(without.json(), with.json());
    app.mailed_token(&account.email, SUBJECT, 1).await;
    app.tick().await;
    assert!(app.server().mail().messages_to(&unknown).is_empty());
}

#[tokio::test]
async fn only_the_newest_link_works() {
    let app = TestApp::start().await;
    let account = app.account().await;
    let older = reset_token(&app, &account.email, 1).await;
    let newer = reset_token(&app, &account.email, 2).await;
    reset(&app, &older, NEW).await.assert(400, "invalid_token");
    reset(&app, &newer, NEW).await.expect_status(204);
}

#[tokio::test]
async fn of_many_resets_by_one_token_at_once_one_works() {
    let app = TestApp::start().await;
    let account = app.account().await;
    let token = reset_token(&app, &account.email, 1).await;
    let passwords: Vec<_> = (0..5).map(|number| format!("a new password {number}")).collect();
    let answers = join_all(passwords.iter().map(|password| reset(&app, &token, password))).await;
    let worked: Vec<_> = answers.iter().zip(&passwords).filter(|(answer, _)| answer.status == 204).collect();
    assert_eq!(worked.len(), 1);
    assert!(answers.iter().all(|answer| answer.status == 204 || answer.json()["code"] == "invalid_token"));
    app.sign_in(&account.email, worked[0].1).await;
}

#[tokio::test]
async fn a_token_is_for_one_purpose() {
    let app = TestApp::start().await;
    let account = app.account().await;
    let welcome = app.mailed_token(&account.email, "Welcome, Test Person", 1).await;
    reset(&app, &welcome, NEW).await.assert(400, "invalid_token");
    let token = reset_token(&app, &account.email, 1).await;
    let body = json!({ "token": token });
    app.visitor().post("/api/v1/auth/verify-email", &body).await.assert(400, "invalid_token");
    reset(&app, &token, NEW).await.expect_status(204);
}

#[tokio::test]
async fn a_password_that_is_refused_leaves_the_token_as_it_was() {
    let app = TestApp::start().await;
    let account = app.account().await;
    let token = reset_token(&app, &account.email, 1).await;
    let cases = [("short", "length"), ("iloveyou", "common"), (account.email.as_str(), "contains_email")];
    for (password, code) in cases {
        let answer = reset(&app, &token, password).await.assert(422, "invalid_input");
        assert_eq!(answer.details(), [("password".to_owned(), code.to_owned())]);
    }
    reset(&app, &token, NEW).await.expect_status(204);
}

#[tokio::test]
async fn a_change_of_the_password_ends_all_sessions_at_once_and_opens_another() {
    let app = TestApp::start().await;
    let account = app.account().await;
    let (here, there) =
        (app.sign_in(&account.email, PASSWORD).await, app.sign_in(&account.email, PASSWORD).await);
    let stolen = here.copy();
    let answer = change(&here, PASSWORD, NEW).await.expect_status(200);
    assert_eq!((&answer.data()["email"], &answer.json()["meta"]), (&json!(account.email), &json!({})));
    for former in [&stolen, &there] {
        former.get("/api/v1/me").await.assert(401, "invalid_session");
        former.request("POST", REFRESH).await.assert(401, "invalid_session");
    }
    here.get("/api/v1/me").await.expect_status(200);
    let sessions = here.get("/api/v1/auth/sessions").await.expect_status(200).data();
    assert_eq!(sessions.as_array().unwrap().len(), 1, "{sessions}");
    here.request("POST", REFRESH).await.expect_status(200);
    app.visitor().login(&account.email, PASSWORD).await.assert(401, "wrong_credentials");
    app.sign_in(&account.email, NEW).await;
    app.mailed(&account.email, CHANGED).await;
}

#[tokio::test]
async fn a_client_without_cookies_is_told_its_new_tokens() {
    let app = TestApp::start().await;
    let account = app.account().await;
    let tokens = |answer: &Answer| {
        let meta = answer.json()["meta"].clone();
        ["access_token", "refresh_token"].map(|name| meta[name].as_str().unwrap().to_owned())
    };
    let bearer = |token: &str| app.visitor().with_header("authorization", &format!("Bearer {token}"));
    let body = json!({ "email": account.email, "password": PASSWORD, "tokens": "body" });
    let former = tokens(&app.visitor().post("/api/v1/auth/login", &body).await.expect_status(200));
    let body = json!({ "current_password": PASSWORD, "new_password": NEW, "tokens": "body" });
    let answer = bearer(&former[0]).post(CHANGE, &body).await.expect_status(200);
    assert_eq!(answer.header("set-cookie"), None);
    let fresh = tokens(&answer);
    bearer(&former[0]).get("/api/v1/me").await.assert(401, "invalid_session");
    bearer(&fresh[0]).get("/api/v1/me").await.expect_status(200);
    let refresh = async |token: &str| app.visitor().post(REFRESH, &json!({ "refresh_token": token })).await;
    refresh(&former[1]).await.assert(401, "invalid_session");
    refresh(&fresh[1]).await.expect_status(200);
}

#[tokio::test]
async fn a_password_is_changed_to_another_one_and_a_few_times_an_hour() {
    let app = TestApp::start().await;
    let account = app.account().await;
    let member = app.sign_in(&account.email, PASSWORD).await;
    for password in [PASSWORD, "a wrong password"] {
        let answer = change(&member, password, password).await.assert(422, "invalid_input");
        assert_eq!(answer.details(), [("new_password".to_owned(), "invalid".to_owned())]);
    }
    let passwords: Vec<_> = (0..5).map(|number| format!("a new password {number}")).collect();
    let mut current = PASSWORD;
    for password in &passwords {
        change(&member, current, password).await.expect_status(200);
        current = password;
    }
    change(&member, current, NEW).await.assert(429, "too_many_requests");
    member.get("/api/v1/me").await.expect_status(200);
    app.sign_in(&account.email, current).await;
}

#[tokio::test]
async fn a_change_of_the_password_ends_links_of_before() {
    let app = TestApp::start().await;
    let account = app.account().await;
    let token = reset_token(&app, &account.email, 1).await;
    let member = app.sign_in(&account.email, PASSWORD).await;
    change(&member, PASSWORD, NEW).await.expect_status(200);
    reset(&app, &token, "a third password").await.assert(400, "invalid_token");
}

#[tokio::test]
async fn whoever_stole_a_session_can_try_a_few_passwords_only() {
    let app = TestApp::start().await;
    let account = app.account().await;
    let member = app.sign_in(&account.email, PASSWORD).await;
    // The right one costs nothing.
    let body = json!({ "email": app.new_email(), "password": PASSWORD });
    member.post("/api/v1/auth/change-email", &body).await.expect_status(202);
    let devices: Vec<_> = (0..20).map(|_| app.visitor()).collect();
    let cookie = "__Host-ashlar_access";
    for device in &devices {
        device.set_cookie(cookie, &member.cookie(cookie).unwrap());
    }
    let answers = join_all(devices.iter().map(|device| change(device, "a wrong password", NEW))).await;
    let count = |status| answers.iter().filter(|answer| answer.status == status).count();
    assert_eq!((count(403), count(429)), (5, 15));
    assert!(answers.iter().all(|answer| answer.status != 403 || answer.json()["code"] == "wrong_password"));
    // What else asks for the password counts, too.
    let body = json!({ "password": PASSWORD });
    member.send_json("DELETE", "/api/v1/me", &body).await.assert(429, "too_many_requests");
    app.visitor().login(&account.email, PASSWORD).await.expect_status(200);
}

#[tokio::test]
async fn of_two_changes_at_once_one_works() {
    let app = TestApp::start().await;
    let account = app.account().await;
    let member = app.sign_in(&account.email, PASSWORD).await;
    let passwords = ["a second password", "a third password"];
    let answers = join_all(passwords.map(|password| change(&member, PASSWORD, password))).await;
    let worked: Vec<_> = answers.iter().zip(passwords).filter(|(answer, _)| answer.status == 200).collect();
    assert_eq!(worked.len(), 1, "{answers:?}");
    let code = |answer: &Answer| answer.json()["code"].as_str().unwrap_or_default().to_owned();
    let late = |answer: &Answer| ["wrong_password", "invalid_session"].contains(&code(answer).as_str());
    assert!(answers.iter().all(|answer| answer.status == 200 || late(answer)), "{answers:?}");
    app.sign_in(&account.email, worked[0].1).await;
}

#[tokio::test]
async fn a_change_needs_a_session_and_a_good_password() {
    let app = TestApp::start().await;
    change(&app.visitor(), PASSWORD, NEW).await.assert(401, "unauthenticated");
    let account = app.account().await;
    let member = app.sign_in(&account.email, PASSWORD).await;
    let cases = [("short", "length"), ("sunshine", "common"), (account.email.as_str(), "contains_email")];
    for (password, code) in cases {
        let answer = change(&member, PASSWORD, password).await.assert(422, "invalid_input");
        assert_eq!(answer.details(), [("new_password".to_owned(), code.to_owned())]);
    }
}
