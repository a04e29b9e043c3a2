//! `Idempotency-Key`: what is sent again is carried out once.

use app::described::DOCUMENT;
use app::{Answer, Client, TestApp};
use futures::future::join_all;
use serde_json::{Value, json};

const PRODUCTS: &str = "/api/v1/products";

/// Every POST behind a session or an API key that takes no key, with the reason.
const WITHOUT: [(&str, &str); 7] = [
    ("/api/v1/auth/change-email", "starts a mail whose links replace each other; sends nothing twice"),
    ("/api/v1/auth/change-password", "asks for the password that it replaces, so that the second is refused"),
    ("/api/v1/auth/logout", "is the same however often it is done"),
    ("/api/v1/auth/logout-others", "is the same however often it is done"),
    ("/api/v1/auth/logout-all", "is the same however often it is done"),
    ("/api/v1/auth/api-keys", "shows a secret once, which nothing may keep"),
    ("/internal/tick", "is the same however often it is done"),
];

fn product(category: &str) -> Value {
    json!({ "name": "Lamp", "category": category, "price": 4900 })
}

/// The same client, the same cookie jar, with a key.
fn keyed(client: &Client, key: &str) -> Client {
    client.clone().with_header("idempotency-key", key)
}

fn is_replayed(answer: &Answer) -> bool {
    answer.header("idempotency-replayed") == Some("true")
}

/// How many products a category has; asked by who wrote them, and so sees them.
async fn count(writer: &Client, category: &str) -> Value {
    let query = format!("{PRODUCTS}?category={category}&count=exact");
    writer.get(&query).await.expect_status(200).json()["meta"]["total"].clone()
}

#[tokio::test]
async fn what_is_sent_again_is_answered_as_it_was_and_made_once() {
    let app = TestApp::start().await;
    let (admin, category) = (app.admin().await, app.new_email());
    let once = keyed(&admin, &app.new_email());
    let first = once.post(PRODUCTS, &product(&category)).await.expect_status(201);
    assert!(!is_replayed(&first));
    let path = first.header("location").unwrap().to_owned();
    admin.send_json("PATCH", &path, &json!({ "price": 1 })).await.expect_status(200);
    for _ in 0..3 {
        let again = once.post(PRODUCTS, &product(&category)).await.expect_status(201);
        assert!(is_replayed(&again));
        assert_eq!((again.data(), again.header("location")), (first.data(), Some(path.as_str())));
        assert_eq!(again.header("etag"), Some("\"1\""), "the first answer, whatever came after it");
        assert!(again.header("ashlar-seen").is_some(), "who asks again has seen the write, too");
    }
    assert_eq!(count(&admin, &category).await, 1);
    let other = keyed(&admin, &app.new_email()).post(PRODUCTS, &product(&category)).await.expect_status(201);
    assert!(!is_replayed(&other) && other.data()["id"] != first.data()["id"], "another key, another product");
    admin.post(PRODUCTS, &product(&category)).await.expect_status(201);
    assert_eq!(count(&admin, &category).await, 3, "without a key nothing is remembered");
}

#[tokio::test]
async fn a_key_for_something_else_is_a_conflict() {
    let app = TestApp::start().await;
    let (admin, category) = (app.admin().await, app.new_email());
    let once = keyed(&admin, &app.new_email());
    once.post(PRODUCTS, &product(&category)).await.expect_status(201);
    let other = json!({ "name": "Lamp", "category": category, "price": 4901 });
    once.post(PRODUCTS, &other).await.assert(409, "idempotency_key_reused");
    let post = json!({ "title": "T", "body": "B" });
    once.post("/api/v1/posts", &post).await.assert(409, "idempotency_key_reused");
    let role = json!({ "name": app.new_email(), "capabilities": [] });
    once.post("/api/v1/roles", &role).await.assert(409, "idempotency_key_reused");
    assert_eq!(count(&admin, &category).await, 1);
}

#[tokio::test]
async fn posts_and_roles_are_made_once_too() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    for (path, body) in [
        ("/api/v1/posts", json!({ "title": "T", "body": "B", "status": "draft" })),
        ("/api/v1/roles", json!({ "name": app.new_email(), "capabilities": ["read_users"] })),
    ] {
        let once = keyed(&admin, &app.new_email());
        let first = once.post(path, &body).await.expect_status(201);
        let again = once.post(path, &body).await.expect_status(201);
        assert!(!is_replayed(&first) && is_replayed(&again), "{path}");
        assert_eq!((first.data(), first.header("etag")), (again.data(), again.header("etag")), "{path}");
        assert_eq!(first.header("location"), again.header("location"), "{path}");
    }
}

#[tokio::test]
async fn each_user_has_keys_of_their_own() {
    let app = TestApp::start().await;
    let (key, category) = (app.new_email(), app.new_email());
    let mut ids = Vec::new();
    for _ in 0..2 {
        let user = app.user().with(["create_products"]).login().await;
        let made = keyed(&user, &key).post(PRODUCTS, &product(&category)).await.expect_status(201);
        assert!(!is_replayed(&made));
        ids.push(made.data()["id"].clone());
    }
    assert_ne!(ids[0], ids[1]);
    keyed(&app.member().await, &key)
        .post(PRODUCTS, &product(&category))
        .await
        .assert(403, "missing_capability");
    keyed(&app.visitor(), &key).post(PRODUCTS, &product(&category)).await.assert(401, "unauthenticated");
}

#[tokio::test]
async fn what_is_refused_leaves_the_key_free() {
    let app = TestApp::start().await;
    let (admin, category) = (app.admin().await, app.new_email());
    let once = keyed(&admin, &app.new_email());
    once.post(PRODUCTS, &json!({ "name": "Lamp" })).await.assert(422, "invalid_input");
    once.post_raw(PRODUCTS, "application/json", "{").await.assert(400, "malformed_json");
    let made = once.post(PRODUCTS, &product(&category)).await.expect_status(201);
    assert!(!is_replayed(&made));
    let name = app.new_email();
    admin.post("/api/v1/roles", &json!({ "name": name, "capabilities": [] })).await.expect_status(201);
    let once = keyed(&admin, &app.new_email());
    for _ in 0..2 {
        let role = json!({ "name": name, "capabilities": [] });
        once.post("/api/v1/roles", &role).await.assert(409, "already_exists");
    }
}

#[tokio::test]
async fn a_key_is_a_text_in_quotation_marks_or_without() {
    let app = TestApp::start().await;
    let (admin, category, key) = (app.admin().await, app.new_email(), app.new_email());
    let first =
        keyed(&admin, &format!("\"{key}\"")).post(PRODUCTS, &product(&category)).await.expect_status(201);
    let again = keyed(&admin, &key).post(PRODUCTS, &product(&category)).await.expect_status(201);
    assert!(is_replayed(&again) && first.data() == again.data());
    let long = "k".repeat(256);
    for malformed in ["\"\"", "a b", "\"a", "a,b", "\"a\";p=1", &long] {
        let answer =
            keyed(&admin, malformed).post(PRODUCTS, &product(&category)).await.assert(400, "bad_request");
        assert_eq!(answer.details(), [("idempotency-key".to_owned(), "invalid".to_owned())], "{malformed}");
    }
    assert_eq!(count(&admin, &category).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_fifty_at_once_with_one_key_one_is_carried_out() {
    let app = TestApp::start().await;
    let (admin, category) = (app.admin().await, app.new_email());
    let once = keyed(&admin, &app.new_email());
    let answers = join_all((0..50).map(|_| {
        let (once, body) = (once.clone(), product(&category));
        async move { once.post(PRODUCTS, &body).await.expect_status(201) }
    }));
    let answers = answers.await;
    assert_eq!(answers.iter().filter(|answer| !is_replayed(answer)).count(), 1);
    assert!(answers.iter().all(|answer| answer.data() == answers[0].data()));
    assert_eq!(count(&admin, &category).await, 1);
}

#[tokio::test]
async fn an_api_key_is_shown_once_whatever_key_the_request_has() {
    let app = TestApp::start().await;
    let (account, client) = app.user().with(["read_users"]).make_and_login().await;
    let once = keyed(&client, &app.new_email());
    let new = json!({ "name": "Robot", "capabilities": ["read_users"], "password": account.password });
    let mut shown = Vec::new();
    for _ in 0..2 {
        let made = once.post("/api/v1/auth/api-keys", &new).await.expect_status(201);
        assert!(!is_replayed(&made));
        shown.push(made.json()["data"]["id"].clone());
    }
    assert_ne!(shown[0], shown[1]);
}

#[test]
fn every_post_of_somebody_who_is_signed_in_takes_a_key_or_says_why_not() {
    for (path, item) in DOCUMENT["paths"].as_object().unwrap() {
        let Some(operation) = item.get("post") else { continue };
        if operation["security"].as_array().is_none_or(Vec::is_empty) {
            continue;
        }
        let parameters = operation["parameters"].as_array().into_iter().flatten();
        let takes = parameters.clone().any(|parameter| parameter["name"] == "idempotency-key");
        let excused = WITHOUT.iter().any(|(known, _)| known == path);
        assert!(takes != excused, "{path} takes a key: {takes}, and is excused: {excused}");
    }
}
