use app::{PASSWORD, TestApp};
use serde_json::json;

const ME: &str = "/api/v1/me";

#[tokio::test]
async fn people_change_their_name() {
    let app = TestApp::start().await;
    let member = app.member().await;
    let answer = member.send_json("PATCH", ME, &json!({ "name": "  Zoe\u{308} " })).await.expect_status(200);
    assert_eq!(answer.data()["name"], "Zo\u{eb}");
    assert_eq!(member.get(ME).await.data(), answer.data());
    let unchanged = member.send_json("PATCH", ME, &json!({})).await.expect_status(200);
    assert_eq!(unchanged.data(), answer.data());
    for (patch, code) in [(json!({ "name": "" }), "length"), (json!({ "name": null }), "null")] {
        let answer = member.send_json("PATCH", ME, &patch).await.assert(422, "invalid_input");
        assert_eq!(answer.details(), [("name".to_owned(), code.to_owned())]);
    }
    member.send_json("PATCH", ME, &json!({ "email": app.new_email() })).await.assert(422, "invalid_input");
    app.visitor().send_json("PATCH", ME, &json!({ "name": "N" })).await.assert(401, "unauthenticated");
}

#[tokio::test]
async fn a_change_may_ask_for_the_version_that_was_seen() {
    let app = TestApp::start().await;
    let member = app.member().await;
    let seen = member.get(ME).await.header("etag").unwrap().to_owned();
    let first = member.clone().with_header("if-match", &seen);
    first.send_json("PATCH", ME, &json!({ "name": "First" })).await.expect_status(200);
    let late =
        first.send_json("PATCH", ME, &json!({ "name": "Late" })).await.assert(412, "precondition_failed");
    assert_eq!(late.header("etag"), Some("\"2\""));
    let now = member.get(ME).await;
    assert_eq!(now.data()["name"], "First");
    let unchanged = member.clone().with_header("if-none-match", now.header("etag").unwrap());
    unchanged.get(ME).await.expect_status(304);
    member.clone().with_header("if-none-match", &seen).get(ME).await.expect_status(200);
}

#[tokio::test]
async fn a_deleted_account_is_gone_with_the_very_next_request() {
    let app = TestApp::start().await;
    let account = app.account().await;
    let (here, there) =
        (app.sign_in(&account.email, PASSWORD).await, app.sign_in(&account.email, PASSWORD).await);
    let kept = here.copy();
    app.visitor()
        .send_json("DELETE", ME, &json!({ "password": PASSWORD }))
        .await
        .assert(401, "unauthenticated");
    here.request("DELETE", ME).await.assert(415, "unsupported_media_type");
    here.send_json("DELETE", ME, &json!({})).await.assert(422, "invalid_input");
    here.send_json("DELETE", ME, &json!({ "password": "a wrong one" })).await.assert(403, "wrong_password");
    there.get(ME).await.expect_status(200);
    let gone = here.send_json("DELETE", ME, &json!({ "password": PASSWORD })).await.expect_status(204);
    assert!(gone.header("set-cookie").unwrap().contains("Max-Age=0"));
    kept.get(ME).await.assert(401, "invalid_session");
    there.get(ME).await.assert(401, "invalid_session");
    app.visitor().login(&account.email, PASSWORD).await.assert(401, "wrong_credentials");
    app.mailed(&account.email, "Your account was deleted").await;
    // The address is free again.
    let body = json!({ "email": account.email, "name": "Again", "password": PASSWORD });
    app.visitor().post("/api/v1/auth/signup", &body).await.expect_status(201);
}

#[tokio::test]
async fn the_last_administrator_stays() {
    let app = TestApp::alone().await;
    let (admin, password) = (app.admin().await, app.server().admin().password.clone());
    let body = json!({ "password": password });
    admin.send_json("DELETE", ME, &body).await.assert(409, "last_administrator");
    admin.get(ME).await.expect_status(200);
}
