//! Figures of products.

use app::{Client, TestApp};
use serde_json::{Value, json};

const PRODUCTS: &str = "/api/v1/products";
const STATS: &str = "/api/v1/products/stats";

async fn make(admin: &Client, category: &str, price: i64, status: &str) -> String {
    let product = json!({ "name": "Counted", "category": category, "price": price, "status": status });
    admin.post(PRODUCTS, &product).await.expect_status(201).header("location").unwrap().to_owned()
}

async fn figures(client: &Client, query: &str) -> Value {
    client.get(&format!("{STATS}?{query}")).await.expect_status(200).data()
}

fn group(value: &str, count: i64, [min, max, avg]: [i64; 3]) -> Value {
    json!({ "value": value, "count": count, "min": min, "max": max, "avg": avg })
}

#[tokio::test]
async fn figures_are_those_of_the_products_as_they_are_now() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let only = "category=counted-a";
    assert_eq!(figures(&admin, only).await, json!([]));
    let first = make(&admin, "counted-a", 100, "active").await;
    make(&admin, "counted-a", 201, "active").await;
    assert_eq!(figures(&admin, only).await, json!([group("counted-a", 2, [100, 201, 151])]), "halves go up");
    make(&admin, "counted-a", 50, "draft").await;
    assert_eq!(figures(&admin, only).await, json!([group("counted-a", 3, [50, 201, 117])]));
    admin.send_json("PATCH", &first, &json!({ "price": 301 })).await.expect_status(200);
    let active = format!("{only}&status=active");
    assert_eq!(figures(&admin, &active).await, json!([group("counted-a", 2, [201, 301, 251])]));
    admin.send_json("PATCH", &first, &json!({ "category": "counted-b" })).await.expect_status(200);
    assert_eq!(figures(&admin, &active).await, json!([group("counted-a", 1, [201, 201, 201])]));
    admin.send_json("PATCH", &first, &json!({ "status": "draft" })).await.expect_status(200);
    assert_eq!(
        figures(&admin, "category[in]=counted-a,counted-b").await,
        json!([group("counted-a", 2, [50, 201, 126]), group("counted-b", 1, [301, 301, 301])])
    );
    admin.request("DELETE", &first).await.expect_status(204);
    assert_eq!(figures(&admin, "category=counted-b").await, json!([]));
}

#[tokio::test]
async fn figures_go_by_what_is_asked_for() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    make(&admin, "counted-c", 10, "active").await;
    make(&admin, "counted-c", 30, "active").await;
    make(&admin, "counted-c", 30, "draft").await;
    let expected = json!([group("active", 2, [10, 30, 20]), group("draft", 1, [30, 30, 30])]);
    assert_eq!(figures(&admin, "by=status&category=counted-c").await, expected);
    let answer = app.visitor().get(&format!("{STATS}?by=status")).await.expect_status(200).json();
    assert_eq!(answer["meta"], json!({ "by": "status", "of": "price" }));
    let all = figures(&app.visitor(), "").await;
    let counts: Vec<_> =
        all.as_array().unwrap().iter().map(|group| group["count"].as_i64().unwrap()).collect();
    assert!(counts.len() >= 12 && counts.is_sorted_by(|a, b| a >= b), "{counts:?}");
}

#[tokio::test]
async fn figures_that_are_the_same_are_not_sent_again() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let path = format!("{STATS}?category=counted-d");
    make(&admin, "counted-d", 10, "active").await;
    let tag = admin.get(&path).await.expect_status(200).header("etag").unwrap().to_owned();
    admin.copy().with_header("if-none-match", &tag).get(&path).await.expect_status(304);
    make(&admin, "counted-d", 10, "active").await;
    admin.copy().with_header("if-none-match", &tag).get(&path).await.expect_status(200);
}

#[tokio::test]
async fn other_parameters_than_figures_have_are_refused() {
    let app = TestApp::start().await;
    let visitor = app.visitor();
    for (query, parameter, code) in [
        ("by=price", "by", "choice"),
        ("by=", "by", "choice"),
        ("by=status&by=category", "by", "duplicate"),
        ("price[gt]=5", "price[gt]", "unknown"),
        ("page=2", "page", "unknown"),
        ("sort=category", "sort", "unknown"),
        ("q=lamp", "q", "unknown"),
        ("category[gt]=a", "category[gt]", "operator"),
        ("status=new", "status", "choice"),
        ("status=draft&status=active", "status", "duplicate"),
    ] {
        let refused = visitor.get(&format!("{STATS}?{query}")).await.assert(400, "invalid_query");
        assert_eq!(refused.details(), [(parameter.to_owned(), code.to_owned())], "{query}");
    }
    let both = visitor.get(&format!("{STATS}?by=x&limit=3&status=new")).await.assert(400, "invalid_query");
    assert_eq!(both.details().len(), 3);
}

#[tokio::test]
async fn figures_are_no_product() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let refused = admin.request("DELETE", STATS).await.assert(405, "method_not_allowed");
    assert_eq!(refused.header("allow"), Some("GET, HEAD, OPTIONS"));
    admin.get("/api/v1/products/statistics").await.assert(404, "not_found");
    admin.get("/api/v1/products/stats/x").await.assert(404, "not_found");
}
