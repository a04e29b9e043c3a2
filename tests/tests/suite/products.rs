use app::{Client, SEEDED_PRODUCTS, TestApp};
use harness::Options;
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

#[tokio::test]
async fn a_list_has_pages_in_the_order_that_was_asked_for() {
    let app = TestApp::start().await;
    let visitor = app.visitor();
    let mut prices = Vec::new();
    for page in 1..=3 {
        let json =
            list(&visitor, &format!("created_at[lt]=2026-01-01T00:00:00Z&page={page}&sort=-price&limit=10"))
                .await;
        assert_eq!(rows(&json).len(), 10);
        prices.extend(column(&json, "price").into_iter().map(|price| price.as_i64().unwrap()));
        assert_eq!((&json["meta"]["page"], &json["meta"]["limit"]), (&json!(page), &json!(10)));
    }
    assert!(prices.is_sorted_by(|a, b| a >= b), "{prices:?}");
    let all = list(&visitor, "created_at[lt]=2026-01-01T00:00:00Z&sort=-price&limit=30").await;
    assert_eq!(
        column(&all, "price"),
        prices.iter().map(|price| json!(price)).collect::<Vec<_>>().iter().collect::<Vec<_>>()
    );
}

#[tokio::test]
async fn meta_tells_where_the_page_is() {
    let app = TestApp::start().await;
    let visitor = app.visitor();
    // What is seeded lies before 2026, what tests create after it.
    let seeded = "created_at[lt]=2026-01-01T00:00:00Z";
    let meta = list(&visitor, &format!("{seeded}&page=2&limit=100&sort=price")).await["meta"].clone();
    assert_eq!((&meta["total"], &meta["total_exact"]), (&json!(SEEDED_PRODUCTS), &json!(true)));
    assert_eq!((&meta["total_pages"], &meta["has_more"]), (&json!(5), &json!(true)));
    let next =
        visitor.get(&format!("{PRODUCTS}{}", meta["next"].as_str().unwrap())).await.expect_status(200).json();
    let third = list(&visitor, &format!("{seeded}&page=3&limit=100&sort=price")).await;
    assert_eq!(rows(&next), rows(&third), "next leads to the next page");
    let last = list(&visitor, &format!("{seeded}&page=5&limit=100&sort=price")).await["meta"].clone();
    assert_eq!((&last["has_more"], &last["next"]), (&json!(false), &json!(null)));
    let beyond = list(&visitor, &format!("{seeded}&page=6&limit=100")).await;
    assert_eq!((rows(&beyond).len(), &beyond["meta"]["total"]), (0, &json!(SEEDED_PRODUCTS)));
    let uncounted = list(&visitor, &format!("{seeded}&count=none")).await["meta"].clone();
    assert_eq!((&uncounted["total"], &uncounted["has_more"]), (&json!(null), &json!(true)));
}

#[tokio::test]
async fn filters_narrow_a_list() {
    let app = TestApp::start().await;
    let visitor = app.visitor();
    let all =
        |json: &Value, test: &dyn Fn(&Value) -> bool| !rows(json).is_empty() && rows(json).iter().all(test);
    let price = |row: &Value| row["price"].as_i64().unwrap();
    let range = list(&visitor, "price[gte]=5000&price[lt]=50000&limit=100").await;
    assert!(all(&range, &|row| (5000..50_000).contains(&price(row))));
    let books = list(&visitor, "category=books&status=active").await;
    assert!(all(&books, &|row| row["category"] == "books" && row["status"] == "active"));
    let either = list(&visitor, "category[in]=books,garden&limit=100").await;
    assert!(all(&either, &|row| row["category"] == "books" || row["category"] == "garden"));
    let neither = list(&visitor, "status[nin]=active,archived").await;
    assert!(all(&neither, &|row| row["status"] == "draft"));
    let named = list(&visitor, "name[prefix]=Amber%20").await;
    assert!(all(&named, &|row| row["name"].as_str().unwrap().starts_with("Amber ")));
    let none = list(&visitor, "price[gte]=100&category=none-such").await;
    assert_eq!((rows(&none).len(), &none["meta"]["total"]), (0, &json!(0)));
}

#[tokio::test]
async fn mistakes_in_a_query_are_named_together() {
    let app = TestApp::start().await;
    let visitor = app.visitor();
    let answer = visitor
        .get(&format!("{PRODUCTS}?page=0&limit=101&sort=colour&colour=red&price[like]=1&price[gte]=x"))
        .await;
    let answer = answer.assert(400, "invalid_query");
    let expected = [
        ("colour", "unknown"),
        ("limit", "range"),
        ("page", "range"),
        ("price[gte]", "type"),
        ("price[like]", "operator"),
        ("sort", "unknown"),
    ];
    assert_eq!(answer.details(), expected.map(|(field, code)| (field.to_owned(), code.to_owned())));
    let fifty = |word: &str| vec![word; 50].join(",");
    let many = format!("category[in]={}&price[in]={}", fifty("books"), fifty("1"));
    let answer = visitor.get(&format!("{PRODUCTS}?{many}")).await.assert(400, "invalid_query");
    assert_eq!(answer.details(), [("query".to_owned(), "too_many".to_owned())]);
    let fits = format!("category[in]={}&price[in]={}", fifty("books"), vec!["1"; 48].join(","));
    visitor.get(&format!("{PRODUCTS}?{fits}")).await.expect_status(200);
    let old =
        format!("{PRODUCTS}?created_at[gte]=0000-01-01T00:00:00Z&created_at[lt]=0733-03-16T21:04:46-16:18");
    assert_eq!(visitor.get(&old).await.expect_status(200).data(), json!([]), "times of any year compare");
    let commas =
        visitor.get(&format!("{PRODUCTS}?sort={}", ",".repeat(5000))).await.assert(400, "invalid_query");
    assert_eq!(commas.details().len(), 20, "a long list of mistakes is cut");
    let more = [
        "page=1&page=2",
        "page=x",
        "page=-1",
        "page=1e3",
        "limit=",
        "limit=0",
        "sort=",
        "sort=price,price",
        "sort=--price",
        "status=gone",
        "status[in]=active,gone",
        "count=all",
        "price[gte",
        "price[]=1",
        "price=1.5",
        "price=9007199254740992",
        "created_at[gt]=yesterday",
        "name=%FF",
        "name=%00",
        "id;DROP TABLE products",
        "page=99999999999",
    ];
    for query in more {
        visitor.get(&format!("{PRODUCTS}?{query}")).await.assert(400, "invalid_query");
    }
}

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

async fn make(admin: &Client, name: &str) -> (String, String) {
    let answer = admin
        .post(PRODUCTS, &json!({ "name": name, "category": "made", "price": 1 }))
        .await
        .expect_status(201);
    let tag = answer.header("etag").unwrap().to_owned();
    (answer.header("location").unwrap().to_owned(), tag)
}

#[tokio::test]
async fn a_product_is_deleted_by_those_who_may() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let (path, tag) = make(&admin, "Short-lived").await;
    assert_eq!(tag, "\"1\"");
    app.visitor().request("DELETE", &path).await.assert(401, "unauthenticated");
    app.member().await.request("DELETE", &path).await.assert(403, "missing_capability");
    admin.get(&path).await.expect_status(200);
    admin.request("DELETE", &path).await.expect_status(204);
    admin.get(&path).await.assert(404, "not_found");
    admin.request("DELETE", &path).await.assert(404, "not_found");
    let gone = list(&admin, "category=made&limit=100").await;
    assert!(
        rows(&gone).iter().all(|row| row["name"] != "Short-lived"),
        "its writer does not see it any more"
    );
}

#[tokio::test]
async fn a_change_for_another_version_is_refused() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let (path, tag) = make(&admin, "Guarded").await;
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
    let (path, _) = make(&admin, "Guarded").await;
    admin.copy().with_header("if-match", "*").request("DELETE", &path).await.expect_status(204);
    admin.copy().with_header("if-match", "*").request("DELETE", &path).await.assert(404, "not_found");
}

#[tokio::test]
async fn who_has_the_version_is_not_sent_it_again() {
    let app = TestApp::start().await;
    let (path, tag) = make(&app.admin().await, "Known").await;
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
    let (path, _) = make(&admin, "Plain").await;
    let changes = json!({ "name": " Fancy ", "price": 250, "compare_at_price": 300 });
    app.visitor().send_json("PATCH", &path, &changes).await.assert(401, "unauthenticated");
    app.member().await.send_json("PATCH", &path, &changes).await.assert(403, "missing_capability");
    let answer = admin.send_json("PATCH", &path, &changes).await.expect_status(200);
    assert_eq!(answer.header("etag"), Some("\"2\""));
    let product = answer.data();
    assert_eq!((&product["name"], &product["price"]), (&json!("Fancy"), &json!(250)));
    assert_eq!((&product["compare_at_price"], &product["category"]), (&json!(300), &json!("made")));
    assert_eq!(app.visitor().get(&path).await.expect_status(200).data(), product);
    let listed = list(&admin, "category=made&limit=100").await;
    assert!(rows(&listed).contains(&product), "its writer finds it in lists at once");
}

#[tokio::test]
async fn fields_of_a_patch_are_absent_null_or_a_value() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let (path, _) = make(&admin, "Reduced").await;
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
    let (path, tag) = make(&admin, "Contested").await;
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
    let (path, tag) = make(&admin, "Careful").await;
    admin.send_json("PATCH", &path, &json!({ "price": 2 })).await.assert(428, "precondition_required");
    admin.request("DELETE", &path).await.assert(428, "precondition_required");
    let careful = admin.copy().with_header("if-match", &tag);
    careful.send_json("PATCH", &path, &json!({ "price": 2 })).await.expect_status(200);
    careful.request("DELETE", &path).await.assert(412, "precondition_failed");
    admin.copy().with_header("if-match", "*").request("DELETE", &path).await.expect_status(204);
}
