use app::TestApp;
use harness::{Options, Runtime};
use serde_json::json;

#[tokio::test]
async fn who_writes_is_handed_a_bookmark_where_the_database_has_copies() {
    let vars = [("READ_REPLICAS".to_owned(), "on".to_owned())].into();
    let app = TestApp::alone_with(Options { vars, ..Options::default() }).await;
    let admin = app.admin().await;
    let product = json!({ "name": "Lamp", "description": "", "category": "a", "price": 1, "stock": 1, "status": "active" });
    let made = admin.post("/api/v1/products", &product).await.expect_status(201);
    let bookmark = made.header("ashlar-bookmark").map(str::to_owned);
    assert_eq!(bookmark.is_some(), app.runtime() == Runtime::Workerd, "docs/RUNTIMES.md: only D1 has copies");
    let path = format!("/api/v1/products/{}", made.data()["id"].as_str().unwrap());
    let forged = "00000001-00000000-00000000-00000000.AAAAAAAAAAAAAAAAAAAAAA".to_owned();
    for presented in [None, Some(forged), bookmark] {
        let mut reader = app.visitor();
        if let Some(text) = &presented {
            reader = reader.with_header("ashlar-bookmark", text);
        }
        assert_eq!(reader.get(&path).await.expect_status(200).data()["name"], "Lamp", "{presented:?}");
    }
    // A write that is refused made no state.
    let refused = admin.post("/api/v1/products", &json!({})).await.expect_status(422);
    assert_eq!(refused.header("ashlar-bookmark"), None);
    // Whoever shows a session is answered by the primary, so that its end holds at once.
    admin.post("/api/v1/auth/logout", &json!({})).await.expect_status(204);
    admin.get("/api/v1/me").await.assert(401, "unauthenticated");
}
