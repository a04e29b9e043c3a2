use std::collections::BTreeMap;

use app::{PASSWORD, TestApp};
use futures::future::join_all;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_sign_ups_at_once_make_a_hundred_users_mails_and_finished_jobs() {
    let app = TestApp::start().await;
    let sign_up = |email: String| {
        let visitor = app.visitor();
        async move {
            let body = json!({ "email": email, "name": "One of many", "password": PASSWORD });
            let answer = visitor.post("/api/v1/auth/signup", &body).await.expect_status(201);
            let job = answer.json()["meta"]["job_id"].as_str().unwrap().to_owned();
            (email, answer.data()["id"].as_str().unwrap().to_owned(), job)
        }
    };
    let emails: Vec<_> = (0..100).map(|_| app.new_email()).collect();
    let signed_up = join_all(emails.into_iter().map(sign_up)).await;
    let users: std::collections::BTreeSet<_> = signed_up.iter().map(|(_, user, _)| user).collect();
    assert_eq!(users.len(), 100);
    let admin = app.admin().await;
    for (_, _, job) in &signed_up {
        assert_eq!(app.finished_job(&admin, job).await["status"], "done");
    }
    for (email, _, _) in &signed_up {
        assert_eq!(app.mails_to(email, 1).await.len(), 1, "{email}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_one_address_signed_up_twenty_times_at_once_one_succeeds() {
    let app = TestApp::start().await;
    let body = json!({ "email": app.new_email(), "name": "Racer", "password": PASSWORD });
    let attempts = join_all((0..20).map(|_| {
        let (visitor, body) = (app.visitor(), body.clone());
        async move { visitor.post("/api/v1/auth/signup", &body).await.status }
    }));
    assert_eq!(counts(attempts.await), BTreeMap::from([(201, 1), (409, 19)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_64_logins_at_once_exactly_five_get_past_the_limiter() {
    let app = TestApp::start().await;
    let account = app.account().await;
    let client = app.visitor();
    let attempts =
        join_all((0..64).map(|_| async { client.login(&account.email, "a wrong password").await })).await;
    let refused =
        attempts.iter().find(|answer| answer.status == 429).unwrap().clone().assert(429, "too_many_requests");
    let seconds: u64 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=180).contains(&seconds), "one slot comes back every three minutes: {seconds}");
    assert!(refused.header("ratelimit").unwrap().starts_with("\"login\";r=0;t="));
    assert_eq!(
        counts(attempts.into_iter().map(|answer| answer.status)),
        BTreeMap::from([(401, 5), (429, 59)])
    );
    // The right password is refused now, too, and other accounts are not.
    client.login(&account.email, PASSWORD).await.assert(429, "too_many_requests");
    let other = app.account().await;
    client.login(&other.email, PASSWORD).await.expect_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn successful_logins_use_up_no_attempts() {
    let app = TestApp::start().await;
    let account = app.account().await;
    let client = app.visitor();
    for _ in 0..12 {
        client.login(&account.email, PASSWORD).await.expect_status(200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limiter_admits_exactly_its_quota_from_fifty_requests_at_once() {
    let app = TestApp::start().await;
    let path = format!("/__test/limiter/{}", app.new_email());
    let statuses = join_all((0..50).map(|_| {
        let (visitor, path) = (app.visitor(), path.clone());
        async move { visitor.request("POST", &path).await.status }
    }));
    assert_eq!(counts(statuses.await), BTreeMap::from([(200, 5), (429, 45)]));
}

fn counts(statuses: impl IntoIterator<Item = u16>) -> BTreeMap<u16, usize> {
    statuses.into_iter().fold(BTreeMap::new(), |mut counts, status| {
        *counts.entry(status).or_default() += 1;
        counts
    })
}
