use app::TestApp;
use harness::Options;
use serde_json::json;

use super::{PRODUCTS, from_cache, list, make, rows};

#[tokio::test]
async fn a_product_is_created_by_those_who_may_and_read_by_all() {
    let app = TestApp::start().await;
    let lamp = json!({ "name": " Lamp ", "description": "Bright.\nWarm.", "category": "lighting", "price": 4900, "stock": 3, "status": "active" });
    app.visitor().post(PRODUCTS, &lamp).await.assert(401, "unauthenticated");
    app.member().await.post(PRODUCTS, &lamp).await.assert(403, "missing_capability");
    let answer = app.admin().await.post(PRODUCTS, &lamp).await.expect_status(201);
    let created = answer.data();
    assert_eq!((&created["name"], &created["version"]), (&json!("Lamp"), &json!(1)));
    let location = answer.header("location").unwrap().to_owned();
    assert_eq!(location, format!("{PRODUCTS}/{}", created["id"].as_str().unwrap()));
    assert_eq!(app.visitor().get(&location).await.expect_status(200).data(), created);
}

#[tokio::test]
async fn defaults_and_bounds_of_a_product_hold() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let created = admin
        .post(PRODUCTS, &json!({ "name": "N", "category": "c", "price": 0.0 }))
        .await
        .expect_status(201)
        .data();
    assert_eq!(
        (&created["description"], &created["stock"], &created["status"]),
        (&json!(""), &json!(0), &json!("draft"))
    );
    let largest =
        json!({ "name": "N", "category": "c", "price": 2_147_483_647_i64, "stock": 2_147_483_647_i64 });
    let largest = admin.post(PRODUCTS, &largest).await.expect_status(201).data();
    assert_eq!(
        (&largest["price"], &largest["stock"]),
        (&json!(2_147_483_647_i64), &json!(2_147_483_647_i64))
    );
    let bad = json!({ "name": "", "category": "c".repeat(51), "price": -1, "stock": 2_147_483_648_i64, "description": "a\u{0}b" });
    let answer = admin.post(PRODUCTS, &bad).await.assert(422, "invalid_input");
    let expected = [
        ("category", "length"),
        ("description", "control"),
        ("name", "length"),
        ("price", "range"),
        ("stock", "range"),
    ];
    assert_eq!(answer.details(), expected.map(|(field, code)| (field.to_owned(), code.to_owned())));
    for (field, value, code) in [
        ("price", json!(1.5), "type"),
        ("price", json!("1"), "type"),
        ("price", json!(null), "null"),
        ("status", json!("sold"), "choice"),
        ("name", json!(1), "type"),
    ] {
        let mut product = json!({ "name": "N", "category": "c", "price": 1 });
        product[field] = value;
        let answer = admin.post(PRODUCTS, &product).await.assert(422, "invalid_input");
        assert_eq!(answer.details(), [(field.to_owned(), code.to_owned())]);
    }
}

#[tokio::test]
async fn everything_that_is_wrong_with_a_product_is_told_at_once() {
    let app = TestApp::start().await;
    let bad =
        r#"{"name":"N","name":"M","category":"","price":"free","stock":-1,"status":"sold","colour":"red"}"#;
    let answer =
        app.admin().await.post_raw(PRODUCTS, "application/json", bad).await.assert(422, "invalid_input");
    let expected = [
        ("category", "length"),
        ("colour", "unknown"),
        ("name", "duplicate"),
        ("price", "type"),
        ("status", "choice"),
        ("stock", "range"),
    ];
    assert_eq!(answer.details(), expected.map(|(field, code)| (field.to_owned(), code.to_owned())));
    let choice = &answer.json()["details"][4]["message"];
    assert_eq!(choice, "Must be one of draft, active, archived.");
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let app = TestApp::start().await;
    for id in ["019376a1-9c3b-7aaa-8bbb-0123456789ab", "none", "1%20OR%201=1", "%FF", "..%2F..%2Fetc"] {
        app.visitor().get(&format!("{PRODUCTS}/{id}")).await.assert(404, "not_found");
    }
}

#[tokio::test]
async fn a_product_is_deleted_by_those_who_may() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let category = app.new_email();
    let (path, tag) = make(&app.admin().await, "Short-lived", &category).await;
    assert_eq!(tag, "\"1\"");
    app.visitor().request("DELETE", &path).await.assert(401, "unauthenticated");
    app.member().await.request("DELETE", &path).await.assert(403, "missing_capability");
    admin.get(&path).await.expect_status(200);
    let query = format!("category={category}");
    assert_eq!(rows(&from_cache(&app.visitor(), &query).await).len(), 1);
    admin.request("DELETE", &path).await.expect_status(204);
    admin.get(&path).await.assert(404, "not_found");
    admin.request("DELETE", &path).await.assert(404, "not_found");
    assert!(rows(&list(&admin, &query).await).is_empty(), "its writer does not see it any more");
}

#[tokio::test]
async fn a_change_for_another_version_is_refused() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let (path, tag) = make(&admin, "Guarded", "made").await;
    for stale in ["\"2\"", "\"0\", \"7\"", "W/\"1\"", "\"one\"", "\"01\"", "\"+1\""] {
        let answer = admin.copy().with_header("if-match", stale).request("DELETE", &path).await;
        let answer = answer.assert(412, "precondition_failed");
        assert_eq!(answer.header("etag"), Some(tag.as_str()), "it says where the product is");
    }
    for malformed in ["1", "\"1", "\"1\" \"2\""] {
        admin
            .copy()
            .with_header("if-match", malformed)
            .request("DELETE", &path)
            .await
            .assert(400, "bad_request");
    }
    admin.get(&path).await.expect_status(200);
    let right = admin.copy().with_header("if-match", "\"5\", \"1\"");
    right.request("DELETE", &path).await.expect_status(204);
    let (path, _) = make(&admin, "Guarded", "made").await;
    admin.copy().with_header("if-match", "*").request("DELETE", &path).await.expect_status(204);
    admin.copy().with_header("if-match", "*").request("DELETE", &path).await.assert(404, "not_found");
}

#[tokio::test]
async fn who_has_the_version_is_not_sent_it_again() {
    let app = TestApp::start().await;
    let (path, tag) = make(&app.admin().await, "Known", "made").await;
    let visitor = app.visitor();
    let answer = visitor.get(&path).await.expect_status(200);
    assert_eq!(answer.header("etag"), Some(tag.as_str()));
    for known in [tag.as_str(), "*", &format!("\"9\", W/{tag}")] {
        let answer = visitor.copy().with_header("if-none-match", known).get(&path).await.expect_status(304);
        assert_eq!((answer.body.len(), answer.header("etag")), (0, Some(tag.as_str())));
    }
    for other in ["\"2\"", "junk"] {
        visitor.copy().with_header("if-none-match", other).get(&path).await.expect_status(200);
    }
}

#[tokio::test]
async fn a_product_is_changed_by_those_who_may() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let category = app.new_email();
    let (path, _) = make(&app.admin().await, "Plain", &category).await;
    let changes = json!({ "name": " Fancy ", "price": 250, "compare_at_price": 300 });
    app.visitor().send_json("PATCH", &path, &changes).await.assert(401, "unauthenticated");
    app.member().await.send_json("PATCH", &path, &changes).await.assert(403, "missing_capability");
    let query = format!("category={category}");
    assert_eq!(rows(&from_cache(&app.visitor(), &query).await)[0]["name"], "Plain");
    let answer = admin.send_json("PATCH", &path, &changes).await.expect_status(200);
    assert_eq!(answer.header("etag"), Some("\"2\""));
    let product = answer.data();
    assert_eq!((&product["name"], &product["price"]), (&json!("Fancy"), &json!(250)));
    assert_eq!((&product["compare_at_price"], &product["category"]), (&json!(300), &json!(category)));
    assert_eq!(app.visitor().get(&path).await.expect_status(200).data(), product);
    let listed = list(&admin, &query).await;
    assert_eq!(rows(&listed), &[product], "its writer finds it in lists at once");
}

#[tokio::test]
async fn fields_of_a_patch_are_absent_null_or_a_value() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let (path, _) = make(&admin, "Reduced", "made").await;
    for (patch, expected) in [
        (json!({ "compare_at_price": 500 }), json!(500)),
        (json!({ "price": 400 }), json!(500)),
        (json!({ "compare_at_price": null }), json!(null)),
        (json!({}), json!(null)),
    ] {
        let answer = admin.send_json("PATCH", &path, &patch).await.expect_status(200);
        assert_eq!(answer.data()["compare_at_price"], expected, "{patch}");
    }
    let bad = json!({ "name": null, "price": "x", "stock": -1, "colour": "red", "compare_at_price": 1.5 });
    let answer = admin.send_json("PATCH", &path, &bad).await.assert(422, "invalid_input");
    let expected = [
        ("colour", "unknown"),
        ("compare_at_price", "type"),
        ("name", "null"),
        ("price", "type"),
        ("stock", "range"),
    ];
    assert_eq!(answer.details(), expected.map(|(field, code)| (field.to_owned(), code.to_owned())));
    let unknown = format!("{PRODUCTS}/019376a1-9c3b-7aaa-8bbb-0123456789ab");
    admin.send_json("PATCH", &unknown, &json!({ "price": 1 })).await.assert(404, "not_found");
}

#[tokio::test]
async fn of_two_changes_to_one_version_the_second_is_refused() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let (path, tag) = make(&admin, "Contested", "made").await;
    let editor = admin.copy().with_header("if-match", &tag);
    let patches = (1..=8).map(|price| {
        let (editor, path) = (editor.clone(), path.clone());
        async move { editor.send_json("PATCH", &path, &json!({ "price": price })).await.status }
    });
    let mut statuses = futures::future::join_all(patches).await;
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412, 412, 412, 412, 412, 412, 412]);
    let product = admin.get(&path).await.expect_status(200).data();
    assert_eq!(product["version"], 2);
}

#[tokio::test]
async fn a_service_may_be_set_to_refuse_changes_without_a_version() {
    let vars = [("WRITE_PRECONDITION".to_owned(), "required".to_owned())].into();
    let app = TestApp::alone_with(Options { vars, ..Options::default() }).await;
    let admin = app.admin().await;
    let (path, tag) = make(&admin, "Careful", "made").await;
    admin.send_json("PATCH", &path, &json!({ "price": 2 })).await.assert(428, "precondition_required");
    admin.request("DELETE", &path).await.assert(428, "precondition_required");
    let careful = admin.copy().with_header("if-match", &tag);
    careful.send_json("PATCH", &path, &json!({ "price": 2 })).await.expect_status(200);
    careful.request("DELETE", &path).await.assert(412, "precondition_failed");
    admin.copy().with_header("if-match", "*").request("DELETE", &path).await.expect_status(204);
}
