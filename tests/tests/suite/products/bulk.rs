//! Many products in one request.

use app::{Answer, Client, TestApp};
use serde_json::{Value, json};

use super::{PRODUCTS, list, make, rows};

const BULK: &str = "/api/v1/products/bulk";

/// The id of nothing.
const NOTHING: &str = "019376a1-9c3b-7aaa-8bbb-0123456789ab";

fn product(name: &str, category: &str) -> Value {
    json!({ "name": name, "category": category, "price": 100 })
}

/// Adds as many products to a category; answers their ids in the order of their items.
async fn make_all(admin: &Client, category: &str, count: usize) -> Vec<String> {
    let items: Vec<_> = (0..count).map(|number| product(&format!("P{number:04}"), category)).collect();
    let data = admin.post(BULK, &json!({ "items": items })).await.expect_status(200).data();
    assert_eq!((&data["succeeded"], &data["failed"]), (&json!(count), &json!(0)));
    let results = data["results"].as_array().unwrap();
    results.iter().map(|result| result["id"].as_str().unwrap().to_owned()).collect()
}

async fn get(client: &Client, id: &str) -> Value {
    client.get(&format!("{PRODUCTS}/{id}")).await.expect_status(200).data()
}

async fn total(writer: &Client, category: &str) -> Value {
    list(writer, &format!("category={category}&count=exact")).await["meta"]["total"].clone()
}

/// Status and code of each result.
fn outcomes(answer: &Answer) -> Vec<(u64, Option<String>)> {
    let data = answer.data();
    let results = data["results"].as_array().unwrap();
    for (index, result) in results.iter().enumerate() {
        assert_eq!(result["index"], index, "{result}");
    }
    let outcome = |result: &Value| {
        (result["status"].as_u64().unwrap(), result["error"]["code"].as_str().map(str::to_owned))
    };
    results.iter().map(outcome).collect()
}

fn refused(code: &str, status: u64) -> (u64, Option<String>) {
    (status, Some(code.to_owned()))
}

#[tokio::test]
async fn a_thousand_products_are_made_changed_and_deleted_at_once() {
    let app = TestApp::start().await;
    let (admin, category) = (app.admin().await, app.new_email());
    let ids = make_all(&admin, &category, 1000).await;
    assert_eq!(total(&admin, &category).await, 1000, "their writer sees them at once");
    assert_eq!(
        (&get(&admin, &ids[7]).await["name"], &get(&admin, &ids[7]).await["version"]),
        (&json!("P0007"), &json!(1))
    );
    let change =
        |(number, id): (usize, &String)| json!({ "id": id, "version": 1, "changes": { "price": number } });
    let items: Vec<_> = ids.iter().enumerate().map(change).collect();
    let answer = admin.send_json("PATCH", BULK, &json!({ "items": items })).await.expect_status(200);
    assert!(outcomes(&answer).iter().all(|outcome| *outcome == (200, None)));
    assert!(answer.data()["results"].as_array().unwrap().iter().all(|result| result["version"] == 2));
    assert_eq!(get(&admin, &ids[999]).await["price"], 999);
    let items: Vec<_> = ids.iter().map(|id| json!({ "id": id, "version": 2 })).collect();
    let answer = admin.send_json("DELETE", BULK, &json!({ "items": items })).await.expect_status(200);
    assert!(outcomes(&answer).iter().all(|outcome| *outcome == (204, None)));
    assert_eq!(total(&admin, &category).await, 0);
    let restored =
        admin.request("POST", &format!("{PRODUCTS}/deleted/{}/restore", ids[3])).await.expect_status(200);
    assert_eq!((&restored.data()["price"], &restored.data()["version"]), (&json!(3), &json!(3)));
}

#[tokio::test]
async fn products_made_at_once_are_as_if_made_one_by_one() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let new = json!({ "name": " \"Lamp\" 'é' ", "description": "Two\nlines, \\ and ☃.", "category": "12", "price": 4900,
        "compare_at_price": 5900, "stock": 12, "status": "active" });
    let alone = admin.post(PRODUCTS, &new).await.expect_status(201).data();
    let data = admin.post(BULK, &json!({ "items": [new] })).await.expect_status(200).data();
    let result = &data["results"][0];
    assert_eq!(
        (&result["status"], &result["version"], &result["error"]),
        (&json!(201), &json!(1), &json!(null))
    );
    let made = get(&admin, result["id"].as_str().unwrap()).await;
    for (name, value) in alone.as_object().unwrap() {
        let own = matches!(name.as_str(), "id" | "created_at" | "updated_at");
        assert!(own || made[name] == *value, "{name}: {} and {value}", made[name]);
    }
}

#[tokio::test]
async fn by_default_nothing_is_made_when_one_item_breaks_rules() {
    let app = TestApp::start().await;
    let (admin, category) = (app.admin().await, app.new_email());
    let mut items: Vec<_> = (0..5).map(|number| product(&format!("P{number}"), &category)).collect();
    items[3]["price"] = json!(-1);
    items[4]["colour"] = json!("red");
    let answer = admin.post(BULK, &json!({ "items": items })).await.assert(422, "invalid_input");
    let expected = [("items[3].price", "range"), ("items[4].colour", "unknown")];
    assert_eq!(answer.details(), expected.map(|(field, code)| (field.to_owned(), code.to_owned())));
    assert_eq!(total(&admin, &category).await, 0);
    let body = json!({ "items": items, "atomic": false });
    let answer = admin.post(BULK, &body).await.expect_status(200);
    let wrong = refused("invalid_input", 422);
    assert_eq!(outcomes(&answer), [(201, None), (201, None), (201, None), wrong.clone(), wrong]);
    let data = answer.data();
    assert_eq!((&data["succeeded"], &data["failed"]), (&json!(3), &json!(2)));
    assert_eq!(data["results"][3]["error"]["details"][0]["field"], "price");
    assert_eq!(total(&admin, &category).await, 3);
}

#[tokio::test]
async fn by_default_nothing_is_changed_or_deleted_when_one_item_cannot_be() {
    let app = TestApp::start().await;
    let (admin, category) = (app.admin().await, app.new_email());
    let ids = make_all(&admin, &category, 3).await;
    let expected = [("items[1].version", "changed"), ("items[2].id", "missing")];
    let expected = expected.map(|(field, code)| (field.to_owned(), code.to_owned()));
    let items = [
        json!({ "id": ids[0], "version": 1 }),
        json!({ "id": ids[1], "version": 2 }),
        json!({ "id": NOTHING }),
    ];
    let changes = items.clone().map(|mut item| {
        item["changes"] = json!({ "stock": 5 });
        item
    });
    let answer =
        admin.send_json("PATCH", BULK, &json!({ "items": changes })).await.assert(409, "items_refused");
    assert_eq!(answer.details(), expected);
    let answer =
        admin.send_json("DELETE", BULK, &json!({ "items": items })).await.assert(409, "items_refused");
    assert_eq!(answer.details(), expected);
    for id in &ids {
        assert_eq!(
            (&get(&admin, id).await["version"], &get(&admin, id).await["stock"]),
            (&json!(1), &json!(0))
        );
    }
    let gone = [(412, "precondition_failed"), (404, "not_found")].map(|(status, code)| refused(code, status));
    let answer = admin
        .send_json("PATCH", BULK, &json!({ "items": changes, "atomic": false }))
        .await
        .expect_status(200);
    assert_eq!(outcomes(&answer), [vec![(200, None)], gone.to_vec()].concat());
    assert_eq!(answer.data()["results"][1]["version"], 1, "it says where the product is");
    assert_eq!(
        (&get(&admin, &ids[0]).await["stock"], &get(&admin, &ids[1]).await["stock"]),
        (&json!(5), &json!(0))
    );
    let mut items = items;
    items[0]["version"] = json!(2);
    let answer =
        admin.send_json("DELETE", BULK, &json!({ "items": items, "atomic": false })).await.expect_status(200);
    assert_eq!(outcomes(&answer), [vec![(204, None)], gone.to_vec()].concat());
    assert_eq!(total(&admin, &category).await, 2);
}

#[tokio::test]
async fn fields_of_changes_are_absent_null_or_a_value() {
    let app = TestApp::start().await;
    let (admin, category) = (app.admin().await, app.new_email());
    let ids = make_all(&admin, &category, 3).await;
    let change = |id: &String, changes: Value| json!({ "id": id, "changes": changes });
    let all = json!({ "name": "12", "description": "D", "category": category, "price": 7, "compare_at_price": 9, "stock": 2, "status": "active" });
    let items = [
        change(&ids[0], all.clone()),
        change(&ids[1], json!({})),
        change(&ids[2], json!({ "compare_at_price": 9 })),
    ];
    admin.send_json("PATCH", BULK, &json!({ "items": items })).await.expect_status(200);
    let first = get(&admin, &ids[0]).await;
    for (name, value) in all.as_object().unwrap() {
        assert_eq!(&first[name], value, "{name}");
    }
    assert_eq!(
        (&get(&admin, &ids[1]).await["version"], &get(&admin, &ids[1]).await["price"]),
        (&json!(2), &json!(100))
    );
    let items =
        [change(&ids[0], json!({ "price": 8 })), change(&ids[2], json!({ "compare_at_price": null }))];
    admin.send_json("PATCH", BULK, &json!({ "items": items })).await.expect_status(200);
    assert_eq!(get(&admin, &ids[0]).await["compare_at_price"], 9, "what is absent stays");
    assert_eq!(get(&admin, &ids[2]).await["compare_at_price"], json!(null));
}

#[tokio::test]
async fn an_id_comes_once() {
    let app = TestApp::start().await;
    let (admin, category) = (app.admin().await, app.new_email());
    let ids = make_all(&admin, &category, 1).await;
    let items: Vec<_> = (1..=3).map(|stock| json!({ "id": ids[0], "changes": { "stock": stock } })).collect();
    let answer =
        admin.send_json("PATCH", BULK, &json!({ "items": items })).await.assert(422, "invalid_input");
    let expected = [("items[1].id", "duplicate"), ("items[2].id", "duplicate")];
    assert_eq!(answer.details(), expected.map(|(field, code)| (field.to_owned(), code.to_owned())));
    let answer =
        admin.send_json("PATCH", BULK, &json!({ "items": items, "atomic": false })).await.expect_status(200);
    assert_eq!(
        outcomes(&answer),
        [(200, None), refused("invalid_input", 422), refused("invalid_input", 422)]
    );
    assert_eq!(get(&admin, &ids[0]).await["stock"], 1);
}

#[tokio::test]
async fn there_is_at_least_one_item_and_at_most_a_thousand() {
    let app = TestApp::start().await;
    let (admin, category) = (app.admin().await, app.new_email());
    for count in [0, 1001] {
        let items: Vec<_> = (0..count).map(|_| product("P", &category)).collect();
        let answer = admin.post(BULK, &json!({ "items": items })).await.assert(422, "invalid_input");
        assert_eq!(answer.details(), [("items".to_owned(), "length".to_owned())]);
    }
    for (body, field, code) in [
        (json!({}), "items", "required"),
        (json!({ "items": {} }), "items", "type"),
        (json!({ "items": [], "atomic": "no" }), "atomic", "type"),
        (json!([]), "body", "type"),
        (json!({ "items": [product("P", &category)], "dry": true }), "dry", "unknown"),
        (json!({ "items": [1] }), "items[0]", "type"),
    ] {
        let answer = admin.post(BULK, &body).await.assert(422, "invalid_input");
        assert!(
            answer.details().contains(&(field.to_owned(), code.to_owned())),
            "{body}: {:?}",
            answer.details()
        );
    }
    let long: Vec<_> = (0..600)
        .map(|_| json!({ "name": "P", "category": "c", "price": 1, "description": "d".repeat(2000) }))
        .collect();
    admin.post(BULK, &json!({ "items": long })).await.assert(413, "body_too_large");
    // In Unicode's normalisation form C, this note is two characters, and twice as many bytes.
    let notes = |count: usize| {
        let item =
            json!({ "name": "P", "category": "c", "price": 1, "description": "\u{1d15f}".repeat(1000) });
        json!({ "items": vec![item; count] })
    };
    let answer = admin.post(BULK, &notes(250)).await.assert(422, "invalid_input");
    assert_eq!(answer.details(), [("items".to_owned(), "length".to_owned())], "more than a statement takes");
    assert_eq!(total(&admin, &category).await, 0);
}

#[tokio::test]
async fn many_are_made_once_for_a_key() {
    let app = TestApp::start().await;
    let (admin, category) = (app.admin().await, app.new_email());
    let once = admin.clone().with_header("idempotency-key", &app.new_email());
    let body = json!({ "items": [product("A", &category), product("B", &category), { "name": "C" }], "atomic": false });
    let first = once.post(BULK, &body).await.expect_status(200);
    let again = once.post(BULK, &body).await.expect_status(200);
    assert_eq!(
        (first.header("idempotency-replayed"), again.header("idempotency-replayed")),
        (None, Some("true"))
    );
    assert_eq!(first.data(), again.data());
    assert_eq!(total(&admin, &category).await, 2);
}

#[tokio::test]
async fn many_products_are_written_by_those_who_may() {
    let app = TestApp::start().await;
    let category = app.new_email();
    let (path, _) = make(&app.admin().await, "Lamp", &category).await;
    let id = path.rsplit('/').next().unwrap();
    for (method, lacking, item) in [
        ("POST", ["edit_products", "delete_products"], product("P", &category)),
        ("PATCH", ["create_products", "delete_products"], json!({ "id": id, "changes": { "stock": 9 } })),
        ("DELETE", ["create_products", "edit_products"], json!({ "id": id })),
    ] {
        let body = json!({ "items": [item] });
        app.visitor().send_json(method, BULK, &body).await.assert(401, "unauthenticated");
        let other = app.user().with(lacking).login().await;
        other.send_json(method, BULK, &body).await.assert(403, "missing_capability");
    }
    let found = list(&app.admin().await, &format!("category={category}")).await;
    assert_eq!((rows(&found).len(), &rows(&found)[0]["stock"]), (1, &json!(0)));
}
