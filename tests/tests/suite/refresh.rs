use std::collections::BTreeSet;

use app::{Answer, Client, PASSWORD, TestApp};
use futures::future::join_all;
use harness::Options;
use serde_json::json;
use tokio::sync::OnceCell;

const ACCESS: &str = "__Host-ashlar_access";
const REFRESH: &str = "__Host-ashlar_refresh";
const PATH: &str = "/api/v1/auth/refresh";

/// A server that gives no grace: a second use of a token is too late at once.
async fn strict() -> TestApp {
    static APP: OnceCell<TestApp> = OnceCell::const_new();
    let vars = || [("REFRESH_GRACE_SECONDS".to_owned(), "0".to_owned())].into();
    APP.get_or_init(|| TestApp::alone_with(Options { vars: vars(), ..Options::default() })).await.clone()
}

async fn refresh(client: &Client) -> Answer {
    client.request("POST", PATH).await
}

async fn refresh_with(app: &TestApp, token: &str) -> Answer {
    app.visitor().post(PATH, &json!({ "refresh_token": token })).await
}

/// Whoever has this token, and nothing else, in the jar.
fn with_token(app: &TestApp, token: &str) -> Client {
    let client = app.visitor();
    client.set_cookie(REFRESH, token);
    client
}

fn bearer(app: &TestApp, token: &str) -> Client {
    app.visitor().with_header("authorization", &format!("Bearer {token}"))
}

/// Somebody who asked for tokens in the body: access and refresh token.
async fn tokens(app: &TestApp) -> (String, String) {
    let account = app.account().await;
    let body = json!({ "email": account.email, "password": PASSWORD, "tokens": "body" });
    let answer = app.visitor().post("/api/v1/auth/login", &body).await.expect_status(200);
    both(&answer)
}

fn both(answer: &Answer) -> (String, String) {
    let meta = answer.json()["meta"].clone();
    let text = |name: &str| meta[name].as_str().unwrap().to_owned();
    (text("access_token"), text("refresh_token"))
}

#[tokio::test]
async fn a_refresh_sets_both_cookies_anew_and_shows_scripts_neither() {
    let app = TestApp::start().await;
    let member = app.member().await;
    let (access, old) = (member.cookie(ACCESS).unwrap(), member.cookie(REFRESH).unwrap());
    // The access token has expired, as browsers forget it.
    member.remove_cookie(ACCESS);
    let answer = refresh(&member).await.expect_status(200);
    assert_eq!(answer.json()["meta"], json!({}));
    let new = member.cookie(REFRESH).unwrap();
    assert_ne!(old, new);
    let body = String::from_utf8_lossy(&answer.body);
    for secret in [&access, &old, &new, &member.cookie(ACCESS).unwrap()] {
        assert!(!body.contains(secret.as_str()), "{body}");
    }
    let cookies: Vec<_> =
        answer.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap()).collect();
    let [access, refresh] = cookies.as_slice() else { panic!("{cookies:?}") };
    assert!(access.starts_with(&format!("{ACCESS}=")) && access.contains("; Max-Age=900;"), "{access}");
    let fortnight = ["; Max-Age=1209600;", "; Max-Age=1209599;"];
    assert!(fortnight.iter().any(|lifetime| refresh.contains(lifetime)), "{refresh}");
    for cookie in [access, refresh] {
        assert!(cookie.ends_with("; Path=/; Secure; HttpOnly; SameSite=Lax"), "{cookie}");
    }
    member.get("/api/v1/me").await.expect_status(200);
    assert_eq!(answer.data()["current"], true);
}

#[tokio::test]
async fn an_empty_object_counts_as_no_body_and_other_bodies_are_held_to_the_rules() {
    let app = TestApp::start().await;
    let member = app.member().await;
    let answer = member.post(PATH, &json!({})).await.expect_status(200);
    assert_eq!(answer.json()["meta"], json!({}));
    for body in
        [json!({ "refresh_token": null }), json!({ "refresh_token": "" }), json!({ "token": "x" }), json!([])]
    {
        member.post(PATH, &body).await.assert(422, "invalid_input");
    }
    member.post_raw(PATH, "application/json", "{").await.assert(400, "malformed_json");
    // With cookies it could be the form of another site.
    let form = app.visitor().post_raw(PATH, "application/x-www-form-urlencoded", "refresh_token=x").await;
    form.assert(415, "unsupported_media_type");
    refresh(&member).await.expect_status(200);
}

#[tokio::test]
async fn tokens_in_the_body_are_for_clients_without_a_cookie_jar() {
    let app = TestApp::start().await;
    let account = app.account().await;
    let client = app.visitor();
    let body = json!({ "email": account.email, "password": PASSWORD, "tokens": "body" });
    let answer = client.post("/api/v1/auth/login", &body).await.expect_status(200);
    assert_eq!((answer.header("set-cookie"), answer.header("cache-control")), (None, Some("no-store")));
    let meta = answer.json()["meta"].clone();
    assert_eq!((&meta["token_type"], &meta["expires_in"]), (&json!("Bearer"), &json!(900)));
    assert_eq!(meta["refresh_expires_in"], 1_209_600);
    assert_eq!(answer.data()["email"], account.email);
    let (access, token) = both(&answer);
    bearer(&app, &access).get("/api/v1/me").await.expect_status(200);

    let answer = refresh_with(&app, &token).await.expect_status(200);
    assert_eq!(answer.header("set-cookie"), None);
    let (access, next) = both(&answer);
    assert_ne!(token, next);
    bearer(&app, &access).get("/api/v1/me").await.expect_status(200);
    // The token in the body is the one that counts, whatever is in the jar.
    let member = app.member().await;
    let kept = member.cookie(REFRESH);
    both(&member.post(PATH, &json!({ "refresh_token": next })).await.expect_status(200));
    assert_eq!(member.cookie(REFRESH), kept);
    let wrong = json!({ "email": account.email, "password": PASSWORD, "tokens": "header" });
    let answer = client.post("/api/v1/auth/login", &wrong).await.assert(422, "invalid_input");
    assert_eq!(answer.details(), [("tokens".to_owned(), "choice".to_owned())]);
}

#[tokio::test]
async fn whoever_lost_the_answer_gets_the_same_successor_again() {
    let app = TestApp::start().await;
    let (_, first) = tokens(&app).await;
    let (_, second) = both(&refresh_with(&app, &first).await.expect_status(200));
    let (access, again) = both(&refresh_with(&app, &first).await.expect_status(200));
    assert_eq!(second, again, "a family does not fork");
    bearer(&app, &access).get("/api/v1/me").await.expect_status(200);
    let (_, third) = both(&refresh_with(&app, &second).await.expect_status(200));
    assert_ne!(second, third);
}

#[tokio::test]
async fn a_token_of_two_exchanges_ago_ends_the_family_even_while_the_last_one_is_fresh() {
    let app = TestApp::start().await;
    let (_, first) = tokens(&app).await;
    let (_, second) = both(&refresh_with(&app, &first).await.expect_status(200));
    let (access, third) = both(&refresh_with(&app, &second).await.expect_status(200));
    // The one directly before the one in force is good for the grace.
    assert_eq!(both(&refresh_with(&app, &second).await.expect_status(200)).1, third);
    refresh_with(&app, &first).await.assert(401, "invalid_session");
    bearer(&app, &access).get("/api/v1/me").await.assert(401, "invalid_session");
    refresh_with(&app, &third).await.assert(401, "invalid_session");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_refreshes_that_race_all_leave_the_user_signed_in_with_one_token() {
    let app = TestApp::start().await;
    for count in [2, 20] {
        let member = app.member().await;
        let token = member.cookie(REFRESH).unwrap();
        let tabs: Vec<_> = (0..count).map(|_| with_token(&app, &token)).collect();
        let answers = join_all(tabs.iter().map(refresh)).await;
        assert!(answers.iter().all(|answer| answer.status == 200), "{answers:?}");
        for tab in &tabs {
            tab.get("/api/v1/me").await.expect_status(200);
        }
        let successors: BTreeSet<_> = tabs.iter().map(|tab| tab.cookie(REFRESH).unwrap()).collect();
        assert_eq!(successors.len(), 1, "a family does not fork");
        refresh(&tabs[0]).await.expect_status(200).data();
        tabs[0].get("/api/v1/me").await.expect_status(200);
    }
}

#[tokio::test]
async fn a_token_that_comes_again_after_the_grace_ends_the_family() {
    let app = strict().await;
    let (access, first) = tokens(&app).await;
    let (_, second) = both(&refresh_with(&app, &first).await.expect_status(200));
    bearer(&app, &access).get("/api/v1/me").await.expect_status(200);
    refresh_with(&app, &first).await.assert(401, "invalid_session");
    // Whoever holds the other token is signed out as well: nobody knows which of them is the user.
    bearer(&app, &access).get("/api/v1/me").await.assert(401, "invalid_session");
    refresh_with(&app, &second).await.assert(401, "invalid_session");
}

#[tokio::test]
async fn a_token_of_long_ago_ends_the_family_too() {
    let app = strict().await;
    let (_, first) = tokens(&app).await;
    let (_, second) = both(&refresh_with(&app, &first).await.expect_status(200));
    let (access, _) = both(&refresh_with(&app, &second).await.expect_status(200));
    refresh_with(&app, &first).await.assert(401, "invalid_session");
    bearer(&app, &access).get("/api/v1/me").await.assert(401, "invalid_session");
}

#[tokio::test]
async fn guesses_end_nothing() {
    let app = strict().await;
    let (access, token) = tokens(&app).await;
    let (_, foreign) = tokens(&app).await;
    let changed = |at: usize| {
        let mut bytes = token.clone().into_bytes();
        bytes[at] = if bytes[at] == b'B' { b'C' } else { b'B' };
        String::from_utf8(bytes).unwrap()
    };
    // The session's id, then the secret, then the code.
    let guesses = [
        "x".to_owned(),
        "A".repeat(86),
        token[..85].to_owned(),
        format!("{token}A"),
        changed(30),
        changed(60),
        changed(2),
        format!("{}{}", &token[..21], &foreign[21..]),
    ];
    for guess in &guesses {
        refresh_with(&app, guess).await.assert(401, "invalid_session");
        refresh(&with_token(&app, guess)).await.assert(401, "invalid_session");
    }
    bearer(&app, &access).get("/api/v1/me").await.expect_status(200);
    // The code only tells an old token from a guess. The secret is what counts.
    refresh_with(&app, &changed(80)).await.expect_status(200);
}

#[tokio::test]
async fn without_a_token_nobody_is_signed_in() {
    let app = TestApp::start().await;
    refresh(&app.visitor()).await.assert(401, "unauthenticated");
    app.visitor().post(PATH, &json!({})).await.assert(401, "unauthenticated");
    let account = app.account().await;
    let foreign = app.sign_in(&account.email, PASSWORD).await.with_header("origin", "https://evil.example");
    refresh(&foreign).await.assert(403, "origin_not_allowed");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_50_refreshes_at_once_by_one_client_exactly_its_quota_is_admitted() {
    let vars = [("REFRESH_LIMIT".to_owned(), "3".to_owned())].into();
    let app = TestApp::alone_with(Options { vars, ..Options::default() }).await;
    let client = app.visitor();
    let answers = join_all((0..50).map(|_| refresh(&client))).await;
    let admitted = answers.iter().filter(|answer| answer.status == 401).count();
    let refused = answers.iter().filter(|answer| answer.status == 429).count();
    assert_eq!((admitted, refused), (3, 47));
    assert_eq!(answers[0].header("ratelimit-policy"), Some("\"refresh\";q=3;w=60"));
    refresh(&app.member().await).await.expect_status(200);
}
