//! Forged access tokens. The server has keys that the tests know, so that each token is wrong in one way only.

mod cases;
mod forge;

use std::collections::HashSet;

use app::{Answer, PASSWORD, TestApp};
use harness::Options;
use serde_json::json;
use tokio::sync::OnceCell;

use cases::Others;
use forge::{Forge, KEYS};

const ACCESS: &str = "__Host-ashlar_access";
const REFRESH: &str = "__Host-ashlar_refresh";

async fn server() -> TestApp {
    static APP: OnceCell<TestApp> = OnceCell::const_new();
    let options =
        || Options { vars: [("JWT_KEYS".to_owned(), forge::setting())].into(), ..Options::default() };
    APP.get_or_init(|| TestApp::alone_with(options())).await.clone()
}

async fn as_cookie(app: &TestApp, token: &str) -> Answer {
    let client = app.visitor();
    client.set_cookie(ACCESS, token);
    client.get("/api/v1/me").await
}

async fn as_bearer(app: &TestApp, token: &str) -> Answer {
    app.visitor().with_header("authorization", &format!("Bearer {token}")).get("/api/v1/me").await
}

/// Fails unless the token is accepted in both places.
async fn accepted(app: &TestApp, token: &str) {
    as_cookie(app, token).await.expect_status(200);
    as_bearer(app, token).await.expect_status(200);
}

async fn others(app: &TestApp, refresh_token: String) -> Others {
    let session = |token: String| Forge::like(&token).claims["sid"].as_str().unwrap().to_owned();
    let another = app.account().await;
    let other = app.sign_in(&another.email, PASSWORD).await;
    let ended = app.sign_in(&another.email, PASSWORD).await;
    let ended_session = session(ended.cookie(ACCESS).unwrap());
    ended.request("POST", "/api/v1/auth/logout").await.expect_status(204);
    Others {
        ended_session,
        session_of_another: session(other.cookie(ACCESS).unwrap()),
        another: another.answer["data"]["id"].as_str().unwrap().to_owned(),
        refresh_token,
    }
}

#[tokio::test]
async fn every_forged_token_is_refused_as_cookie_and_as_bearer() {
    let app = server().await;
    let member = app.member().await;
    let token = member.cookie(ACCESS).unwrap();
    let genuine = Forge::like(&token);
    accepted(&app, &token).await;
    accepted(&app, &genuine.token()).await;

    let others = others(&app, member.cookie(REFRESH).unwrap()).await;
    let cases = cases::all(&genuine, &others);
    let names: HashSet<_> = cases.iter().map(|(name, _)| name).collect();
    assert_eq!(names.len(), cases.len(), "each case has a name of its own");
    assert!(cases.len() >= 150, "{} cases", cases.len());
    let mut accepted_forgeries = Vec::new();
    for (name, token) in &cases {
        for (place, answer) in
            [("cookie", as_cookie(&app, token).await), ("bearer", as_bearer(&app, token).await)]
        {
            let refused = answer.status == 401 && answer.json()["code"] == "invalid_session";
            let told = answer.header("www-authenticate").is_some();
            if !(refused && told) {
                accepted_forgeries.push(format!("{name} as {place}: {}", answer.status));
            }
        }
    }
    assert!(accepted_forgeries.is_empty(), "{}", accepted_forgeries.join("\n"));

    accepted(&app, &token).await;
    accepted(&app, &genuine.token()).await;
}

#[tokio::test]
async fn a_control_token_of_the_same_making_is_accepted() {
    let app = server().await;
    let genuine = Forge::like(&app.member().await.cookie(ACCESS).unwrap());
    accepted(&app, &genuine.token()).await;
    accepted(&app, &genuine.header("kid", json!(KEYS[1].0)).key(KEYS[1].1).token()).await;
    accepted(&app, &genuine.moved(&["exp"], -300).token()).await;
    let spaced = serde_json::to_string_pretty(&genuine.claims).unwrap();
    accepted(&app, &genuine.of_texts(r#"{"kid":"k1","typ":"JWT","alg":"HS256"}"#, &spaced)).await;
}

#[tokio::test]
async fn an_access_token_refreshes_nothing() {
    let app = server().await;
    let member = app.member().await;
    let token = member.cookie(ACCESS).unwrap();
    let visitor = app.visitor();
    visitor
        .post("/api/v1/auth/refresh", &json!({ "refresh_token": &token[..86] }))
        .await
        .assert(401, "invalid_session");
    visitor.set_cookie(REFRESH, &token);
    visitor.request("POST", "/api/v1/auth/refresh").await.assert(401, "invalid_session");
    accepted(&app, &token).await;
}
