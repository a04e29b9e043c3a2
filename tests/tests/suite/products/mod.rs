//! Products: how they are listed and cached, and how they are written.

mod cache;
mod lists;
mod writes;

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

async fn make(admin: &Client, name: &str) -> (String, String) {
    let answer = admin
        .post(PRODUCTS, &json!({ "name": name, "category": "made", "price": 1 }))
        .await
        .expect_status(201);
    let tag = answer.header("etag").unwrap().to_owned();
    (answer.header("location").unwrap().to_owned(), tag)
}
