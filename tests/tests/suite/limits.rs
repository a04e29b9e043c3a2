use std::collections::BTreeMap;
use std::time::Duration;

use app::{Answer, Client, PASSWORD, TestApp};
use futures::future::join_all;
use harness::{Options, Runtime};
use serde_json::json;
use tokio::sync::OnceCell;

/// A bound to fail by, not a time to wait.
const PATIENCE: Duration = Duration::from_secs(30);

const LOGIN_POLICIES: &str =
    "\"login\";q=5;w=900, \"login-client\";q=500;w=900, \"login-account\";q=20;w=900";

/// A server with small limits, shared by the tests that use each up. No slot comes back while a test runs.
async fn small() -> TestApp {
    static APP: OnceCell<TestApp> = OnceCell::const_new();
    APP.get_or_init(|| {
        with(&[
            ("LOGIN_LIMIT", "20"),
            ("LOGIN_CLIENT_LIMIT", "7"),
            ("LOGIN_ACCOUNT_LIMIT", "9"),
            ("SIGNUP_LIMIT", "6"),
            ("WRITE_CLIENT_LIMIT", "2"),
            ("WRITE_LIMIT", "1"),
        ])
    })
    .await
    .clone()
}

async fn with(vars: &[(&str, &str)]) -> TestApp {
    let vars = vars.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    TestApp::alone_with(Options { vars, ..Options::default() }).await
}

fn counts(answers: &[Answer]) -> BTreeMap<u16, usize> {
    answers.iter().fold(BTreeMap::new(), |mut counts, answer| {
        *counts.entry(answer.status).or_default() += 1;
        counts
    })
}

/// Fails unless all who were refused were told why and for how long, and the others what is left.
fn check_headers(answers: &[Answer], policy: &str, window: u64) {
    for answer in answers {
        let left = answer.header("ratelimit").unwrap();
        assert!(answer.header("ratelimit-policy").unwrap().contains(&format!("\"{policy}\";q=")));
        let refused = answer.status == 429;
        let wait = answer.header("retry-after").map(|seconds| seconds.parse::<u64>().unwrap());
        assert_eq!(wait.is_some_and(|seconds| (1..=window).contains(&seconds)), refused, "{wait:?}");
        if let Some(seconds) = wait {
            assert!(left.ends_with(&format!("\"{policy}\";r=0;t={seconds}")), "{left}");
        }
    }
}

async fn guess(client: &Client, email: &str) -> Answer {
    client.login(email, "a wrong password").await
}

async fn write(client: &Client) -> Answer {
    client.post("/api/v1/products", &json!({ "name": "Lamp", "price": 4900 })).await
}

#[tokio::test(flavor = "multi_thread")]
async fn of_200_guesses_at_once_from_20_clients_exactly_the_accounts_quota_reaches_the_hasher() {
    let app = TestApp::start().await;
    let account = app.account().await;
    let clients: Vec<_> = (0..20).map(|_| app.visitor()).collect();
    let answers = join_all((0..200).map(|number| guess(&clients[number % 20], &account.email))).await;
    assert_eq!(counts(&answers), BTreeMap::from([(401, 20), (429, 180)]));
    // Whoever comes from elsewhere is refused as well, with the right password too; and other accounts are not.
    app.visitor().login(&account.email, PASSWORD).await.assert(429, "too_many_requests");
    let other = app.account().await;
    clients[0].login(&other.email, PASSWORD).await.expect_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_50_guesses_at_once_at_one_account_exactly_its_quota_is_admitted() {
    let app = small().await;
    let email = app.new_email();
    let clients: Vec<_> = (0..50).map(|_| app.visitor()).collect();
    let answers = join_all(clients.iter().map(|client| guess(client, &email))).await;
    assert_eq!(counts(&answers), BTreeMap::from([(401, 9), (429, 41)]));
    check_headers(&answers, "login-account", 100);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_50_guesses_at_once_by_one_client_exactly_its_quota_is_admitted() {
    let app = small().await;
    let client = app.visitor();
    let emails: Vec<_> = (0..50).map(|_| app.new_email()).collect();
    let answers = join_all(emails.iter().map(|email| guess(&client, email))).await;
    assert_eq!(counts(&answers), BTreeMap::from([(401, 7), (429, 43)]));
    check_headers(&answers, "login-client", 129);
    // The accounts that it was refused for have their whole quota.
    let refused = emails.iter().zip(&answers).find(|(_, answer)| answer.status == 429).unwrap();
    let elsewhere = guess(&app.visitor(), refused.0).await.expect_status(401);
    assert!(elsewhere.header("ratelimit").unwrap().ends_with("\"login-account\";r=8;t=100"));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_50_sign_ups_at_once_by_one_client_exactly_its_quota_is_admitted() {
    let app = small().await;
    let client = app.visitor();
    let emails: Vec<_> = (0..50).map(|_| app.new_email()).collect();
    let answers = join_all(emails.iter().map(async |email| {
        let body = json!({ "email": email, "name": "One of many", "password": PASSWORD });
        client.post("/api/v1/auth/signup", &body).await
    }));
    let answers = answers.await;
    assert_eq!(counts(&answers), BTreeMap::from([(201, 6), (429, 44)]));
    check_headers(&answers, "signup", 600);
    app.account().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_50_writes_at_once_by_one_user_exactly_the_quota_is_admitted() {
    let app = small().await;
    let cookie = "__Host-ashlar_access";
    let token = app.member().await.cookie(cookie).unwrap();
    let devices: Vec<_> = (0..50).map(|_| app.visitor()).collect();
    for device in &devices {
        device.set_cookie(cookie, &token);
    }
    let answers = join_all(devices.iter().map(write)).await;
    assert_eq!(counts(&answers), BTreeMap::from([(403, 1), (429, 49)]));
    check_headers(&answers, "writes", 60);
    devices[0].get("/api/v1/me").await.expect_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_50_writes_at_once_by_one_client_exactly_its_quota_is_admitted() {
    let app = small().await;
    let member = app.member().await;
    // The session is over and the token still verifies: only the client is counted.
    member.copy().request("POST", "/api/v1/auth/logout").await.expect_status(204);
    let client = app.visitor();
    client.set_cookie("__Host-ashlar_access", &member.cookie("__Host-ashlar_access").unwrap());
    let answers = join_all((0..50).map(|_| write(&client))).await;
    assert_eq!(counts(&answers), BTreeMap::from([(401, 2), (429, 48)]));
    for answer in &answers {
        assert_eq!(answer.header("ratelimit-policy"), Some("\"writes-client\";q=2;w=60"));
    }
}

#[tokio::test]
async fn headers_say_what_is_left_and_when_there_is_more() {
    let app = TestApp::start().await;
    let account = app.account().await;
    let client = app.visitor().with_header("origin", "http://localhost:3000");
    let wrong = guess(&client, &account.email).await.assert(401, "wrong_credentials");
    assert_eq!(wrong.header("ratelimit-policy"), Some(LOGIN_POLICIES));
    let left = "\"login\";r=4;t=180, \"login-client\";r=499;t=2, \"login-account\";r=19;t=45";
    assert_eq!(wrong.header("ratelimit"), Some(left));
    let exposed = wrong.header("access-control-expose-headers").unwrap();
    for name in ["ratelimit", "ratelimit-policy", "retry-after"] {
        assert!(exposed.split(", ").any(|exposed| exposed == name), "{name} in {exposed}");
    }
    let right = client.login(&account.email, PASSWORD).await.expect_status(200);
    assert_eq!(right.header("ratelimit-policy"), Some(LOGIN_POLICIES));
    assert!(right.header("ratelimit").unwrap().starts_with("\"login\";r=4;t="), "it is given back");
    let read = client.get("/api/v1/me").await.expect_status(200);
    assert_eq!((read.header("ratelimit"), read.header("ratelimit-policy")), (None, None));
}

#[tokio::test]
async fn right_passwords_are_given_back_to_client_and_account() {
    let app = small().await;
    let account = app.account().await;
    let client = app.visitor();
    // More than either admits. Slots come back after the answer: a hasty client may find its last one still taken.
    let deadline = tokio::time::Instant::now() + PATIENCE;
    let mut signed_in = 0;
    while signed_in < 12 {
        assert!(tokio::time::Instant::now() < deadline, "{signed_in} logins were admitted");
        client.remove_cookie("__Host-ashlar_device");
        let answer = client.login(&account.email, PASSWORD).await;
        signed_in += usize::from(answer.status == 200);
    }
}

#[tokio::test]
async fn who_waits_as_long_as_retry_after_says_is_admitted() {
    // A slot comes back every two seconds.
    let app = with(&[("WRITE_LIMIT", "30")]).await;
    let member = app.member().await;
    let mut admitted = 0;
    let refused = loop {
        let answer = write(&member).await;
        if answer.status == 429 {
            break answer;
        }
        admitted += 1;
    };
    assert!(admitted >= 30, "{admitted} were admitted");
    let seconds: u64 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=2).contains(&seconds), "{seconds}");
    tokio::time::sleep(Duration::from_secs(seconds)).await;
    write(&member).await.assert(403, "missing_capability");
}

#[tokio::test]
async fn ipv6_clients_are_counted_by_their_56_bit_network() {
    let app = small().await;
    if app.runtime() != Runtime::Workerd {
        // Elsewhere the address is the connection's, and the server listens on 127.0.0.1. A native test of the
        // application does the same.
        return;
    }
    let from = |address: &str| app.visitor().with_header("cf-connecting-ip", address);
    let sign_up = async |address: &str| {
        let body = json!({ "email": app.new_email(), "name": "N", "password": PASSWORD });
        from(address).post("/api/v1/auth/signup", &body).await.status
    };
    for host in 1..=6 {
        assert_eq!(sign_up(&format!("2001:db8:1:2{host}0::{host}")).await, 201);
    }
    assert_eq!(sign_up("2001:db8:1:2ff:ffff::1").await, 429);
    assert_eq!(sign_up("2001:db8:1:300::1").await, 201);
}

#[tokio::test]
async fn limits_can_be_switched_off_in_development() {
    let app =
        with(&[("LIMITS", "off"), ("LOGIN_LIMIT", "1"), ("SIGNUP_LIMIT", "1"), ("WRITE_LIMIT", "1")]).await;
    let client = app.visitor();
    let email = app.new_email();
    let body = json!({ "email": email, "name": "N", "password": PASSWORD });
    client.post("/api/v1/auth/signup", &body).await.expect_status(201);
    client.post("/api/v1/auth/signup", &body).await.expect_status(409);
    for _ in 0..3 {
        let answer = guess(&client, &email).await.assert(401, "wrong_credentials");
        assert_eq!((answer.header("ratelimit"), answer.header("ratelimit-policy")), (None, None));
    }
    client.login(&email, PASSWORD).await.expect_status(200);
    for _ in 0..3 {
        write(&client).await.assert(403, "missing_capability");
    }
}
