//! Deleted products: their list, restoring them, deleting them for good.

use app::{Client, TestApp};
use serde_json::{Value, json};

use super::{PRODUCTS, list, make, rows};

const DELETED: &str = "/api/v1/products/deleted";

/// The id of nothing.
const NOTHING: &str = "019376a1-9c3b-7aaa-8bbb-0123456789ab";

/// Adds a product and deletes it; answers its path and its id.
async fn make_deleted(admin: &Client, name: &str) -> (String, String) {
    let (path, _) = make(admin, name, "deleted").await;
    admin.request("DELETE", &path).await.expect_status(204);
    let id = path.rsplit('/').next().unwrap().to_owned();
    (path, id)
}

async fn deleted(admin: &Client, id: &str) -> Option<Value> {
    let page = admin.get(&format!("{DELETED}?limit=100")).await.expect_status(200).json();
    rows(&page).iter().find(|row| row["id"] == id).cloned()
}

/// Where the product with this path is restored once it is deleted.
fn restore(path: &str) -> String {
    format!("{}/restore", path.replace(PRODUCTS, DELETED))
}

#[tokio::test]
async fn a_deleted_product_is_listed_with_who_deleted_it_and_when() {
    let app = TestApp::start().await;
    let (account, deleter) = app.user().with(["create_products", "delete_products"]).make_and_login().await;
    let (path, _) = make(&deleter, "Gone", "deleted").await;
    let before = deleter.get(&path).await.expect_status(200).data();
    deleter.request("DELETE", &path).await.expect_status(204);
    deleter.get(&path).await.assert(404, "not_found");
    let found = deleted(&deleter, before["id"].as_str().unwrap()).await.unwrap();
    for (name, value) in before.as_object().unwrap() {
        assert_eq!(&found[name], value, "{name}");
    }
    assert_eq!(found["deleted_by"], account.id());
    assert!(found["deleted_at"].as_str().unwrap() >= before["created_at"].as_str().unwrap());
}

#[tokio::test]
async fn deleted_products_are_listed_the_last_first_and_in_pages() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    for name in ["One", "Two", "Three"] {
        make_deleted(&admin, name).await;
    }
    let first = admin.get(&format!("{DELETED}?limit=2&count=exact")).await.expect_status(200).json();
    assert!(first["meta"]["total"].as_i64().unwrap() >= 3 && first["meta"]["has_more"] == true, "{first}");
    let times: Vec<_> =
        rows(&first).iter().map(|row| row["deleted_at"].as_str().unwrap().to_owned()).collect();
    assert!(times.is_sorted_by(|a, b| a >= b), "{times:?}");
    let until = admin.get(&format!("{DELETED}?deleted_at[lt]=2001-01-01T00:00:00Z")).await.expect_status(200);
    assert!(rows(&until.json()).is_empty());
    admin.get(&format!("{DELETED}?name=One")).await.assert(400, "invalid_query");
}

#[tokio::test]
async fn a_restored_product_is_as_it_was_at_the_next_version() {
    let app = TestApp::start().await;
    let (admin, category) = (app.admin().await, app.new_email());
    let (path, _) = make(&admin, "Back", &category).await;
    let changes =
        json!({ "compare_at_price": 7, "description": "Two\nlines.", "stock": 3, "status": "active" });
    let before = admin.send_json("PATCH", &path, &changes).await.expect_status(200).data();
    admin.request("DELETE", &path).await.expect_status(204);
    let query = format!("category={category}");
    assert!(rows(&list(&admin, &query).await).is_empty());
    let answer = admin.request("POST", &restore(&path)).await.expect_status(200);
    assert_eq!((answer.header("etag"), &answer.data()["version"]), (Some("\"3\""), &json!(3)));
    let after = admin.get(&path).await.expect_status(200);
    assert_eq!((after.data(), after.header("etag")), (answer.data(), Some("\"3\"")), "no tag is used twice");
    for (name, value) in before.as_object().unwrap() {
        let differs = matches!(name.as_str(), "version" | "updated_at");
        assert!(differs || after.data()[name] == *value, "{name}");
    }
    assert_eq!(rows(&list(&admin, &query).await), &[after.data()], "its writer finds it in lists at once");
    let id = path.rsplit('/').next().unwrap();
    assert_eq!(deleted(&admin, id).await, None);
    admin.request("POST", &restore(&path)).await.assert(404, "not_found");
    admin.request("DELETE", &path).await.expect_status(204);
    assert_eq!(deleted(&admin, id).await.unwrap()["version"], 3, "it can be deleted and restored again");
    admin.request("POST", &restore(&path)).await.expect_status(200);
}

#[tokio::test]
async fn a_restoration_is_carried_out_once_for_a_key() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let (path, _) = make_deleted(&admin, "Once").await;
    let once = admin.clone().with_header("idempotency-key", &app.new_email());
    let first = once.request("POST", &restore(&path)).await.expect_status(200);
    let again = once.request("POST", &restore(&path)).await.expect_status(200);
    assert_eq!(
        (first.header("idempotency-replayed"), again.header("idempotency-replayed")),
        (None, Some("true"))
    );
    assert_eq!((first.data(), first.header("etag")), (again.data(), again.header("etag")));
    assert_eq!(admin.get(&path).await.expect_status(200).data()["version"], 2);
    once.request("POST", &format!("{PRODUCTS}/deleted/{NOTHING}/restore"))
        .await
        .assert(409, "idempotency_key_reused");
}

#[tokio::test]
async fn of_several_restorations_at_once_one_is_made() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let (path, _) = make_deleted(&admin, "Contested").await;
    let restorations = (0..8).map(|_| {
        let (admin, path) = (admin.clone(), restore(&path));
        async move { admin.request("POST", &path).await.status }
    });
    let mut statuses = futures::future::join_all(restorations).await;
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 404, 404, 404, 404, 404, 404, 404]);
    assert_eq!(admin.get(&path).await.expect_status(200).data()["version"], 2);
}

#[tokio::test]
async fn what_is_deleted_for_good_cannot_be_restored() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let (path, id) = make_deleted(&admin, "For good").await;
    let purge = format!("{DELETED}/{id}");
    app.visitor().request("DELETE", &purge).await.assert(401, "unauthenticated");
    app.user()
        .with(["create_products", "edit_products"])
        .login()
        .await
        .request("DELETE", &purge)
        .await
        .assert(403, "missing_capability");
    admin.request("DELETE", &purge).await.expect_status(204);
    assert_eq!(deleted(&admin, &id).await, None);
    admin.request("DELETE", &purge).await.assert(404, "not_found");
    admin.request("POST", &restore(&path)).await.assert(404, "not_found");
    let (alive, _) = make(&admin, "Alive", "deleted").await;
    let id = alive.rsplit('/').next().unwrap();
    admin.request("DELETE", &format!("{DELETED}/{id}")).await.assert(404, "not_found");
    admin.request("POST", &restore(&alive)).await.assert(404, "not_found");
    assert_eq!(
        admin.get(&alive).await.expect_status(200).header("etag"),
        Some("\"1\""),
        "what lives is left alone"
    );
}

#[tokio::test]
async fn deleted_products_are_for_those_who_may_delete() {
    let app = TestApp::start().await;
    let (path, _) = make_deleted(&app.admin().await, "Hidden").await;
    let others = app.user().with(["create_products", "edit_products"]).login().await;
    app.visitor().get(DELETED).await.assert(401, "unauthenticated");
    others.get(DELETED).await.assert(403, "missing_capability");
    app.visitor().request("POST", &restore(&path)).await.assert(401, "unauthenticated");
    others.request("POST", &restore(&path)).await.assert(403, "missing_capability");
}
