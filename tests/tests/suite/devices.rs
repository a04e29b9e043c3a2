//! Device cookies, and that nobody learns from a login which accounts there are.

use std::collections::BTreeMap;

use app::{Answer, Client, PASSWORD, TestApp};
use futures::future::join_all;
use serde_json::json;

const DEVICE: &str = "__Host-ashlar_device";

async fn guess(client: &Client, email: &str) -> Answer {
    client.login(email, "a wrong password").await
}

/// Uses up what an account admits from everywhere.
async fn attack(app: &TestApp, email: &str) {
    let clients: Vec<_> = (0..5).map(|_| app.visitor()).collect();
    let answers = join_all((0..25).map(|number| guess(&clients[number % 5], email))).await;
    assert!(answers.iter().any(|answer| answer.status == 429));
    app.visitor().login(email, PASSWORD).await.assert(429, "too_many_requests");
}

#[tokio::test]
async fn an_attack_on_an_account_keeps_its_known_device_not_out() {
    let app = TestApp::start().await;
    let account = app.account().await;
    let known = app.sign_in(&account.email, PASSWORD).await;
    attack(&app, &account.email).await;
    let answer = known.login(&account.email, PASSWORD).await.expect_status(200);
    let policies = answer.header("ratelimit-policy").unwrap();
    let expected = "\"login-device\";q=10;w=900, \"login-client\";q=500;w=900, \"login-devices\";q=50;w=900";
    assert_eq!(policies, expected);
    // The device takes its cookie along to another network.
    let elsewhere = app.visitor();
    elsewhere.set_cookie(DEVICE, &known.cookie(DEVICE).unwrap());
    elsewhere.login(&account.email, PASSWORD).await.expect_status(200);
}

#[tokio::test]
async fn a_known_device_is_limited_itself_and_uses_up_nothing_of_the_account() {
    let app = TestApp::start().await;
    let account = app.account().await;
    let known = app.sign_in(&account.email, PASSWORD).await;
    let cookie = known.cookie(DEVICE).unwrap();
    let devices: Vec<_> = (0..20).map(|_| app.visitor()).collect();
    for device in &devices {
        device.set_cookie(DEVICE, &cookie);
    }
    let answers = join_all(devices.iter().map(|device| guess(device, &account.email))).await;
    let admitted = answers.iter().filter(|answer| answer.status == 401).count();
    assert_eq!((admitted, answers.len()), (10, 20), "wherever the cookie is used");
    known.login(&account.email, PASSWORD).await.assert(429, "too_many_requests");
    let left = guess(&app.visitor(), &account.email).await.assert(401, "wrong_credentials");
    assert!(left.header("ratelimit").unwrap().contains("\"login-account\";r=19;"), "{left:?}");
}

#[tokio::test]
async fn whoever_collects_device_cookies_does_not_collect_guesses() {
    let app = TestApp::start().await;
    let account = app.account().await;
    let logins = join_all((0..8).map(|_| app.sign_in(&account.email, PASSWORD))).await;
    let devices: Vec<_> = logins.iter().flat_map(|login| vec![login.copy(); 10]).collect();
    let started = tokio::time::Instant::now();
    let answers = join_all(devices.iter().map(|device| guess(device, &account.email))).await;
    let admitted = answers.iter().filter(|answer| answer.status == 401).count() as u64;
    // One more slot is free every 18 seconds, however slow the machine is.
    let regained = started.elapsed().as_secs() / 18;
    assert!((50..=50 + regained).contains(&admitted), "{admitted} of 80, of all devices together");
    guess(&app.visitor(), &account.email).await.assert(401, "wrong_credentials");
}

#[tokio::test]
async fn a_device_is_known_to_its_own_account_only() {
    let app = TestApp::start().await;
    let (account, other) = (app.account().await, app.account().await);
    let known = app.sign_in(&account.email, PASSWORD).await;
    let cookie = known.cookie(DEVICE).unwrap();
    let changed = format!("B{}", &cookie[1..]);
    let changed = if changed == cookie { format!("C{}", &cookie[1..]) } else { changed };
    for (email, cookie) in [
        (&other.email, cookie.as_str()),
        (&account.email, &changed),
        (&account.email, "x"),
        (&account.email, ""),
    ] {
        let client = app.visitor();
        client.set_cookie(DEVICE, cookie);
        let answer = guess(&client, email).await.assert(401, "wrong_credentials");
        assert!(answer.header("ratelimit-policy").unwrap().starts_with("\"login\";"), "{answer:?}");
        assert_eq!(answer.header("set-cookie"), None);
    }
    assert!(known.request("POST", "/api/v1/auth/logout").await.status == 204);
    assert_eq!(known.cookie(DEVICE), Some(cookie), "the device stays known after a logout");
}

#[tokio::test]
async fn the_cookie_of_a_device_lasts_a_year_and_is_for_this_host_alone() {
    let app = TestApp::start().await;
    let account = app.account().await;
    let answer = app.visitor().login(&account.email, PASSWORD).await.expect_status(200);
    let mut cookies = answer.headers.get_all("set-cookie").iter().map(|cookie| cookie.to_str().unwrap());
    let cookie = cookies.next_back().unwrap();
    assert!(cookie.starts_with(&format!("{DEVICE}=")), "{cookie}");
    assert!(cookie.ends_with("; Max-Age=31536000; Path=/; Secure; HttpOnly; SameSite=Lax"), "{cookie}");
}

/// All that a client can see of an answer, but for what differs between any two.
fn seen(answer: &Answer) -> (u16, BTreeMap<String, Vec<String>>, serde_json::Value) {
    let mut headers = BTreeMap::<_, Vec<_>>::new();
    for (name, value) in &answer.headers {
        headers.entry(name.to_string()).or_default().push(value.to_str().unwrap().to_owned());
    }
    for name in ["date", "x-request-id"] {
        headers.remove(name);
    }
    let mut body = answer.json();
    body.as_object_mut().unwrap().remove("request_id").unwrap();
    (answer.status, headers, body)
}

#[tokio::test]
async fn an_unknown_account_a_wrong_password_and_a_locked_account_look_the_same() {
    let app = TestApp::start().await;
    let (account, locked, device) = (app.account().await, app.account().await, app.account().await);
    let cookie = app.sign_in(&device.email, PASSWORD).await.cookie(DEVICE).unwrap();
    app.server().lock_out(&locked.email).unwrap();
    let attempt = async |email: &str, password: &str, cookie: Option<&str>| {
        let client = app.visitor();
        cookie.inspect(|cookie| client.set_cookie(DEVICE, cookie));
        seen(&client.login(email, password).await)
    };
    for cookie in [None, Some(cookie.as_str())] {
        let wrong = attempt(&account.email, "a wrong password", cookie).await;
        assert_eq!((wrong.0, &wrong.2["code"]), (401, &json!("wrong_credentials")));
        assert_eq!(attempt(&app.new_email(), "a wrong password", cookie).await.2, wrong.2);
    }
    // Each is asked for the same number of times, so that the same is left of its quotas.
    let wrong = attempt(&app.account().await.email, "a wrong password", None).await;
    let unknown = attempt(&app.new_email(), "a wrong password", None).await;
    let locked = attempt(&locked.email, PASSWORD, None).await;
    assert_eq!(unknown, wrong);
    assert_eq!(locked, wrong);
    assert!(wrong.1.contains_key("ratelimit") && !wrong.1.contains_key("set-cookie"), "{wrong:?}");
}
