//! Products: how they are listed and cached, and how they are written.

mod bulk;
mod cache;
mod cursors;
mod deleted;
mod export;
mod lists;
mod model;
mod writes;

use std::time::Duration;

use app::Client;
use serde_json::{Value, json};

const PRODUCTS: &str = "/api/v1/products";

fn rows(json: &Value) -> &Vec<Value> {
    json["data"].as_array().unwrap()
}

fn column<'a>(json: &'a Value, name: &str) -> Vec<&'a Value> {
    rows(json).iter().map(|row| &row[name]).collect()
}

async fn list(client: &Client, query: &str) -> Value {
    client.get(&format!("{PRODUCTS}?{query}")).await.expect_status(200).json()
}

/// The list, when the cache answers with it. Other tests write products meanwhile, and the fill follows the answer: it
/// takes a few tries.
async fn from_cache(client: &Client, query: &str) -> Value {
    let deadline = tokio::time::Instant::now() + Duration::from_secs(15);
    loop {
        let answer = client.get(&format!("{PRODUCTS}?{query}")).await.expect_status(200);
        if answer.header("cache-status").is_some_and(|status| status.contains("; hit")) {
            return answer.json();
        }
        assert!(tokio::time::Instant::now() < deadline, "no list came from the cache");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Adds a product to a category; answers with its path and its version's tag.
async fn make(admin: &Client, name: &str, category: &str) -> (String, String) {
    let product = json!({ "name": name, "category": category, "price": 1 });
    let answer = admin.post(PRODUCTS, &product).await.expect_status(201);
    let tag = answer.header("etag").unwrap().to_owned();
    (answer.header("location").unwrap().to_owned(), tag)
}
