//! API keys: how they are made and revoked, and what they open.

mod making;
mod using;

use app::{Answer, Client, PASSWORD, TestApp};
use serde_json::{Value, json};

const KEYS: &str = "/api/v1/auth/api-keys";
const ME: &str = "/api/v1/me";
const PRODUCTS: &str = "/api/v1/products";

/// The id of nothing.
const NOBODYS: &str = "019376a1-9c3b-7aaa-8bbb-0123456789ab";

async fn make(owner: &Client, body: &Value) -> Value {
    ask(owner, body).await.expect_status(201).data()
}

/// Asks for a key, with the password of test accounts unless another is given.
async fn ask(owner: &Client, body: &Value) -> Answer {
    let mut body = body.clone();
    if body.get("password").is_none() {
        body["password"] = json!(PASSWORD);
    }
    owner.post(KEYS, &body).await
}

/// A program that shows a key.
fn program(app: &TestApp, key: &Value) -> Client {
    with_key(app, key["key"].as_str().unwrap())
}

fn with_key(app: &TestApp, key: &str) -> Client {
    app.visitor().with_header("authorization", &format!("Bearer {key}"))
}

/// The program of a new key with these capabilities.
async fn program_of(app: &TestApp, owner: &Client, capabilities: &[&str]) -> Client {
    program(app, &make(owner, &json!({ "name": "Program", "capabilities": capabilities })).await)
}

fn now_plus(days: i64) -> String {
    let seconds = i64::try_from(std::time::UNIX_EPOCH.elapsed().unwrap().as_secs()).unwrap();
    shared::time::Timestamp::from_millis((seconds + days * 24 * 3600) * 1000).to_string()
}

fn listed(json: &Value) -> Vec<&Value> {
    json["data"].as_array().unwrap().iter().map(|key| &key["id"]).collect()
}

fn product() -> Value {
    json!({ "name": "Lamp", "category": "by key", "price": 1 })
}
