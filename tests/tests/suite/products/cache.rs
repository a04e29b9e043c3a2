use app::TestApp;
use serde_json::json;

use super::PRODUCTS;

#[tokio::test]
async fn a_repeated_list_comes_from_the_cache() {
    let app = TestApp::start().await;
    let visitor = app.visitor();
    // Other tests write products meanwhile, and the fill follows the answer: a hit comes within a few tries.
    for _ in 0..100 {
        let answer = visitor.get(&format!("{PRODUCTS}?limit=3&sort=name")).await.expect_status(200);
        if answer.header("cache-status") == Some("ashlar; hit") {
            // However a query is written, it is the same query.
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("no list came from the cache");
}

#[tokio::test]
async fn a_writer_sees_its_write_at_once_and_others_soon() {
    let app = TestApp::start().await;
    let (admin, visitor) = (app.admin().await, app.visitor());
    let category = app.new_email();
    let path = format!("{PRODUCTS}?category={category}");
    for count in 1..=5 {
        // Everybody has the list in the cache as it was before the write.
        visitor.get(&path).await.expect_status(200);
        visitor.get(&path).await.expect_status(200);
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
    let answer = admin
        .post(PRODUCTS, &json!({ "name": "N", "category": category, "price": 1 }))
        .await
        .expect_status(201);
    let seen = answer.header("ashlar-seen").unwrap();
    let path = format!("{PRODUCTS}?category={category}");
    let reader = app.visitor().with_header("ashlar-seen", seen);
    assert_eq!(reader.get(&path).await.expect_status(200).json()["meta"]["total"], 1);
    for forged in ["products.99999999.99999999999999.AAAAAAAAAAAAAAAAAAAAAA", "products", "users.1.x", ""] {
        app.visitor().with_header("ashlar-seen", forged).get(&path).await.expect_status(200);
    }
}
