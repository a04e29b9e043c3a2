use app::TestApp;
use serde_json::json;

use super::{PRODUCTS, from_cache};

#[tokio::test]
async fn a_repeated_list_comes_from_the_cache() {
    let app = TestApp::start().await;
    from_cache(&app.visitor(), "limit=3&sort=name").await;
}

#[tokio::test]
async fn a_writer_sees_its_write_at_once_and_others_soon() {
    let app = TestApp::start().await;
    let visitor = app.visitor();
    let category = app.new_email();
    let query = format!("category={category}");
    let path = format!("{PRODUCTS}?{query}");
    for count in 1..=5 {
        // The cache has the list as it was before the write, which each of the writers makes as its first.
        let admin = app.admin().await;
        assert!(from_cache(&visitor, &query).await["meta"]["total"].as_i64().unwrap() < count);
        let product = json!({ "name": "Fresh", "category": category, "price": count });
        admin.post(PRODUCTS, &product).await.expect_status(201);
        assert_eq!(
            admin.get(&path).await.json()["meta"]["total"],
            count,
            "the writer never sees the old list"
        );
    }
    let deadline = tokio::time::Instant::now() + std::time::Duration::from_secs(15);
    while visitor.get(&path).await.json()["meta"]["total"] != 5 {
        assert!(tokio::time::Instant::now() < deadline, "others see a write within ten seconds");
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
}

#[tokio::test]
async fn a_client_without_cookies_hands_on_what_it_has_seen_by_header() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let category = app.new_email();
    let query = format!("category={category}");
    assert_eq!(from_cache(&app.visitor(), &query).await["meta"]["total"], 0);
    let answer = admin
        .post(PRODUCTS, &json!({ "name": "N", "category": category, "price": 1 }))
        .await
        .expect_status(201);
    let seen = answer.header("ashlar-seen").unwrap();
    let path = format!("{PRODUCTS}?{query}");
    let reader = app.visitor().with_header("ashlar-seen", seen);
    assert_eq!(reader.get(&path).await.expect_status(200).json()["meta"]["total"], 1);
    for forged in ["products.99999999.99999999999999.AAAAAAAAAAAAAAAAAAAAAA", "products", "users.1.x", ""] {
        app.visitor().with_header("ashlar-seen", forged).get(&path).await.expect_status(200);
    }
}
