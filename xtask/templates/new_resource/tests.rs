use std::time::Duration;

use app::{Client, TestApp};
use serde_json::{Value, json};

const SAMPLE_ITEMS: &str = "/api/v1/sample-items";

/// The id of nothing.
const NOWHERE: &str = "/api/v1/sample-items/019376a1-9c3b-7aaa-8bbb-0123456789ab";

fn rows(json: &Value) -> &Vec<Value> {
    json["data"].as_array().unwrap()
}

fn quantities(json: &Value) -> Vec<i64> {
    rows(json).iter().map(|row| row["quantity"].as_i64().unwrap()).collect()
}

/// Field and code of each detail, as `Answer::details` gives them.
fn named<const N: usize>(details: [(&str, &str); N]) -> Vec<(String, String)> {
    details.map(|(field, code)| (field.to_owned(), code.to_owned())).to_vec()
}

async fn list(client: &Client, query: &str) -> Value {
    client.get(&format!("{SAMPLE_ITEMS}?{query}")).await.expect_status(200).json()
}

/// The list, when the cache answers with it. Other tests write meanwhile, and the fill follows the answer: it takes a
/// few tries.
async fn from_cache(client: &Client, query: &str) -> Value {
    let deadline = tokio::time::Instant::now() + Duration::from_secs(15);
    loop {
        let answer = client.get(&format!("{SAMPLE_ITEMS}?{query}")).await.expect_status(200);
        if answer.header("cache-status").is_some_and(|status| status.contains("; hit")) {
            return answer.json();
        }
        assert!(tokio::time::Instant::now() < deadline, "no list came from the cache");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Adds one; answers where it is and its entity tag.
async fn make(admin: &Client, name: &str) -> (String, String) {
    let answer = admin.post(SAMPLE_ITEMS, &json!({ "name": name, "quantity": 1 })).await.expect_status(201);
    let tag = answer.header("etag").unwrap().to_owned();
    (answer.header("location").unwrap().to_owned(), tag)
}

/// Adds one for each quantity from 1 on, every third of them active; answers a condition that only they meet.
async fn make_several(app: &TestApp, count: i64) -> String {
    let (admin, prefix) = (app.admin().await, app.new_email());
    for quantity in 1..=count {
        let status = if quantity % 3 == 0 { "active" } else { "draft" };
        let new =
            json!({ "name": format!("{prefix} {quantity:03}"), "quantity": quantity, "status": status });
        admin.post(SAMPLE_ITEMS, &new).await.expect_status(201);
    }
    format!("name[prefix]={prefix}%20")
}

#[tokio::test]
async fn a_list_has_pages_in_the_order_that_was_asked_for() {
    let app = TestApp::start().await;
    let (visitor, mine) = (app.visitor(), make_several(&app, 12).await);
    let newest = list(&visitor, &mine).await;
    assert!(rows(&newest).is_sorted_by(|a, b| a["created_at"].as_str() >= b["created_at"].as_str()));
    for (sort, expected) in [
        ("quantity", (1..=12).collect::<Vec<_>>()),
        ("-quantity", (1..=12).rev().collect()),
        ("name", (1..=12).collect()),
        ("-name", (1..=12).rev().collect()),
    ] {
        let mut found = Vec::new();
        for page in 1..=3 {
            let json = list(&visitor, &format!("{mine}&sort={sort}&limit=5&page={page}")).await;
            found.extend(quantities(&json));
        }
        assert_eq!(found, expected, "{sort}");
    }
}

#[tokio::test]
async fn meta_tells_where_the_page_is() {
    let app = TestApp::start().await;
    let (visitor, mine) = (app.visitor(), make_several(&app, 7).await);
    let first = list(&visitor, &format!("{mine}&sort=name&limit=3")).await;
    let meta = &first["meta"];
    assert_eq!((&meta["page"], &meta["limit"]), (&json!(1), &json!(3)));
    assert_eq!(
        (&meta["total"], &meta["total_exact"], &meta["total_pages"]),
        (&json!(7), &json!(true), &json!(3))
    );
    assert_eq!((&meta["has_more"], &meta["prev"]), (&json!(true), &json!(null)));
    let next = list(&visitor, meta["next"].as_str().unwrap().trim_start_matches('?')).await;
    assert_eq!(quantities(&next), [4, 5, 6], "next leads to the next page");
    let last = list(&visitor, &format!("{mine}&sort=name&limit=3&page=3")).await;
    assert_eq!((&last["meta"]["has_more"], &last["meta"]["next"]), (&json!(false), &json!(null)));
    let beyond = list(&visitor, &format!("{mine}&limit=3&page=4")).await;
    assert_eq!((rows(&beyond).len(), &beyond["meta"]["total"]), (0, &json!(7)));
    let uncounted = list(&visitor, &format!("{mine}&limit=3&count=none")).await;
    assert_eq!((&uncounted["meta"]["total"], &uncounted["meta"]["has_more"]), (&json!(null), &json!(true)));
}

#[tokio::test]
async fn filters_narrow_a_list() {
    let app = TestApp::start().await;
    let (visitor, mine) = (app.visitor(), make_several(&app, 9).await);
    for (filter, expected) in [
        ("quantity=4", vec![4]),
        ("quantity[ne]=4&quantity[lte]=5", vec![1, 2, 3, 5]),
        ("quantity[gt]=2&quantity[lt]=5", vec![3, 4]),
        ("quantity[gte]=8", vec![8, 9]),
        ("quantity[in]=2,7,70", vec![2, 7]),
        ("status=active", vec![3, 6, 9]),
        ("status[ne]=draft", vec![3, 6, 9]),
        ("status[in]=active,archived", vec![3, 6, 9]),
        ("status[nin]=active", vec![1, 2, 4, 5, 7, 8]),
        ("status=archived", vec![]),
        ("created_at[gt]=2100-01-01T00:00:00Z", vec![]),
    ] {
        let json = list(&visitor, &format!("{mine}&sort=quantity&{filter}")).await;
        assert_eq!(quantities(&json), expected, "{filter}");
        assert_eq!(json["meta"]["total"], expected.len(), "{filter}");
    }
}

#[tokio::test]
async fn mistakes_in_a_query_are_named_together() {
    let app = TestApp::start().await;
    let visitor = app.visitor();
    let query = "page=0&limit=101&sort=colour&colour=red&quantity[like]=1&quantity[gte]=x&description=x";
    let answer = visitor.get(&format!("{SAMPLE_ITEMS}?{query}")).await.assert(400, "invalid_query");
    let expected = named([
        ("colour", "unknown"),
        ("description", "unknown"),
        ("limit", "range"),
        ("page", "range"),
        ("quantity[gte]", "type"),
        ("quantity[like]", "operator"),
        ("sort", "unknown"),
    ]);
    assert_eq!(answer.details(), expected);
    for query in ["sort=status", "sort=name,name", "status=gone", "quantity=1.5", "created_at[gt]=yesterday"]
    {
        visitor.get(&format!("{SAMPLE_ITEMS}?{query}")).await.assert(400, "invalid_query");
    }
}

#[tokio::test]
async fn a_sample_item_is_created_by_those_who_may_and_read_by_all() {
    let app = TestApp::start().await;
    let new =
        json!({ "name": " Round ", "description": "Smooth.\nHeavy.", "quantity": 3, "status": "active" });
    app.visitor().post(SAMPLE_ITEMS, &new).await.assert(401, "unauthenticated");
    app.member().await.post(SAMPLE_ITEMS, &new).await.assert(403, "missing_capability");
    let answer = app.admin().await.post(SAMPLE_ITEMS, &new).await.expect_status(201);
    let created = answer.data();
    assert_eq!((&created["name"], &created["description"]), (&json!("Round"), &json!("Smooth.\nHeavy.")));
    assert_eq!((&created["quantity"], &created["status"]), (&json!(3), &json!("active")));
    assert_eq!((&created["version"], answer.header("etag")), (&json!(1), Some("\"1\"")));
    assert_eq!(created["created_at"], created["updated_at"]);
    let location = answer.header("location").unwrap();
    assert_eq!(location, format!("{SAMPLE_ITEMS}/{}", created["id"].as_str().unwrap()));
    assert_eq!(app.visitor().get(location).await.expect_status(200).data(), created);
}

#[tokio::test]
async fn defaults_and_bounds_of_a_sample_item_hold() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let least = admin.post(SAMPLE_ITEMS, &json!({ "name": "N" })).await.expect_status(201).data();
    let defaults = (&least["description"], &least["quantity"], &least["status"]);
    assert_eq!(defaults, (&json!(null), &json!(0), &json!("draft")));
    let most =
        json!({ "name": "ä".repeat(200), "description": "d".repeat(2000), "quantity": 2_147_483_647_i64 });
    let stored = admin.post(SAMPLE_ITEMS, &most).await.expect_status(201).data();
    for field in ["name", "description", "quantity"] {
        assert_eq!(stored[field], most[field]);
    }
    let worst = json!({ "name": "a\nb", "description": "d".repeat(2001), "quantity": -1, "colour": "red" });
    let answer = admin.post(SAMPLE_ITEMS, &worst).await.assert(422, "invalid_input");
    let expected =
        named([("colour", "unknown"), ("description", "length"), ("name", "control"), ("quantity", "range")]);
    assert_eq!(answer.details(), expected);
    for (field, value, code) in [
        ("name", json!(""), "length"),
        ("name", json!("n".repeat(201)), "length"),
        ("name", json!(null), "null"),
        ("name", json!(1), "type"),
        ("description", json!("a\u{0}b"), "control"),
        ("quantity", json!(2_147_483_648_i64), "range"),
        ("quantity", json!(1.5), "type"),
        ("quantity", json!("1"), "type"),
        ("quantity", json!(null), "null"),
        ("status", json!("sold"), "choice"),
    ] {
        let mut new = json!({ "name": "N" });
        new[field] = value;
        let answer = admin.post(SAMPLE_ITEMS, &new).await.assert(422, "invalid_input");
        assert_eq!(answer.details(), named([(field, code)]), "{new}");
    }
    let answer = admin.post(SAMPLE_ITEMS, &json!({})).await.assert(422, "invalid_input");
    assert_eq!(answer.details(), named([("name", "required")]));
    admin.post_raw(SAMPLE_ITEMS, "application/json", "{").await.assert(400, "malformed_json");
    admin.post_raw(SAMPLE_ITEMS, "application/xml", "</>").await.assert(415, "unsupported_media_type");
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    admin.get(NOWHERE).await.assert(404, "not_found");
    admin.send_json("PATCH", NOWHERE, &json!({ "quantity": 1 })).await.assert(404, "not_found");
    admin.request("DELETE", NOWHERE).await.assert(404, "not_found");
    for id in ["none", "1%20OR%201=1", "%FF", "..%2F..%2Fetc"] {
        admin.get(&format!("{SAMPLE_ITEMS}/{id}")).await.assert(404, "not_found");
    }
    let answer = admin.request("PUT", SAMPLE_ITEMS).await.assert(405, "method_not_allowed");
    assert_eq!(answer.header("allow"), Some("GET, POST, HEAD, OPTIONS"));
}

#[tokio::test]
async fn a_writer_sees_its_write_at_once_and_others_soon() {
    let app = TestApp::start().await;
    let (visitor, name) = (app.visitor(), app.new_email());
    let query = format!("name={name}");
    for count in 1..=5 {
        // The cache has the list as it was before the write, which each of the writers makes as its first.
        let admin = app.admin().await;
        assert!(from_cache(&visitor, &query).await["meta"]["total"].as_i64().unwrap() < count);
        make(&admin, &name).await;
        assert_eq!(list(&admin, &query).await["meta"]["total"], count, "the writer never sees the old list");
    }
    let deadline = tokio::time::Instant::now() + Duration::from_secs(15);
    while list(&visitor, &query).await["meta"]["total"] != 5 {
        assert!(tokio::time::Instant::now() < deadline, "others see a write within ten seconds");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test]
async fn a_client_without_cookies_hands_on_what_it_has_seen_by_header() {
    let app = TestApp::start().await;
    let (admin, name) = (app.admin().await, app.new_email());
    let query = format!("name={name}");
    assert_eq!(from_cache(&app.visitor(), &query).await["meta"]["total"], 0);
    let answer = admin.post(SAMPLE_ITEMS, &json!({ "name": name })).await.expect_status(201);
    let reader = app.visitor().with_header("ashlar-seen", answer.header("ashlar-seen").unwrap());
    assert_eq!(list(&reader, &query).await["meta"]["total"], 1);
    for forged in ["sample_items.99999999.99999999999999.AAAAAAAAAAAAAAAAAAAAAA", "sample_items", ""] {
        list(&app.visitor().with_header("ashlar-seen", forged), &query).await;
    }
}

#[tokio::test]
async fn who_has_the_version_is_not_sent_it_again() {
    let app = TestApp::start().await;
    let (path, tag) = make(&app.admin().await, "Known").await;
    let visitor = app.visitor();
    assert_eq!(visitor.get(&path).await.expect_status(200).header("etag"), Some(tag.as_str()));
    let answer = visitor.copy().with_header("if-none-match", &tag).get(&path).await.expect_status(304);
    assert_eq!((answer.body.len(), answer.header("etag")), (0, Some(tag.as_str())));
    visitor.copy().with_header("if-none-match", "\"2\"").get(&path).await.expect_status(200);
}

#[tokio::test]
async fn a_sample_item_is_made_once_for_a_key() {
    let app = TestApp::start().await;
    let (admin, name) = (app.admin().await, app.new_email());
    let once = admin.copy().with_header("idempotency-key", &name);
    let first = once.post(SAMPLE_ITEMS, &json!({ "name": name })).await.expect_status(201);
    let again = once.post(SAMPLE_ITEMS, &json!({ "name": name })).await.expect_status(201);
    assert_eq!(
        (first.header("idempotency-replayed"), again.header("idempotency-replayed")),
        (None, Some("true"))
    );
    assert_eq!((first.data(), first.header("location")), (again.data(), again.header("location")));
    once.post(SAMPLE_ITEMS, &json!({ "name": "Other" })).await.assert(409, "idempotency_key_reused");
    assert_eq!(list(&once, &format!("name={name}")).await["meta"]["total"], 1);
}

#[tokio::test]
async fn a_sample_item_is_changed_by_those_who_may() {
    let app = TestApp::start().await;
    let (admin, name) = (app.admin().await, app.new_email());
    let (path, _) = make(&app.admin().await, &name).await;
    let changes = json!({ "name": format!(" {name} "), "quantity": 25, "status": "archived" });
    app.visitor().send_json("PATCH", &path, &changes).await.assert(401, "unauthenticated");
    app.member().await.send_json("PATCH", &path, &changes).await.assert(403, "missing_capability");
    assert_eq!(rows(&from_cache(&app.visitor(), &format!("name={name}")).await).len(), 1);
    let answer = admin.send_json("PATCH", &path, &changes).await.expect_status(200);
    let after = answer.data();
    assert_eq!((&after["version"], answer.header("etag")), (&json!(2), Some("\"2\"")));
    assert_eq!((&after["name"], &after["quantity"]), (&json!(name), &json!(25)));
    assert_eq!((&after["status"], &after["description"]), (&json!("archived"), &json!(null)));
    assert_eq!(app.visitor().get(&path).await.expect_status(200).data(), after);
    let listed = list(&admin, &format!("name={name}")).await;
    assert_eq!(rows(&listed), &[after], "its writer finds it in lists at once");
}

#[tokio::test]
async fn fields_of_a_patch_are_absent_null_or_a_value() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let (path, _) = make(&admin, "Described").await;
    for (patch, expected) in [
        (json!({ "description": " Long. " }), json!("Long.")),
        (json!({ "quantity": 2 }), json!("Long.")),
        (json!({ "description": null }), json!(null)),
        (json!({}), json!(null)),
    ] {
        let answer = admin.send_json("PATCH", &path, &patch).await.expect_status(200);
        assert_eq!(answer.data()["description"], expected, "{patch}");
    }
    let worst = json!({ "name": "", "description": "a\u{7}b", "quantity": -1, "status": null, "version": 7 });
    let answer = admin.send_json("PATCH", &path, &worst).await.assert(422, "invalid_input");
    let expected = named([
        ("description", "control"),
        ("name", "length"),
        ("quantity", "range"),
        ("status", "null"),
        ("version", "unknown"),
    ]);
    assert_eq!(answer.details(), expected);
    let nulls = json!({ "name": null, "quantity": null });
    let answer = admin.send_json("PATCH", &path, &nulls).await.assert(422, "invalid_input");
    assert_eq!(answer.details(), named([("name", "null"), ("quantity", "null")]));
    assert_eq!(admin.get(&path).await.data()["version"], 5, "what is refused changes nothing");
}

#[tokio::test]
async fn a_sample_item_is_deleted_by_those_who_may() {
    let app = TestApp::start().await;
    let (admin, name) = (app.admin().await, app.new_email());
    let (path, _) = make(&app.admin().await, &name).await;
    app.visitor().request("DELETE", &path).await.assert(401, "unauthenticated");
    app.member().await.request("DELETE", &path).await.assert(403, "missing_capability");
    assert_eq!(rows(&from_cache(&app.visitor(), &format!("name={name}")).await).len(), 1);
    admin.request("DELETE", &path).await.expect_status(204);
    admin.get(&path).await.assert(404, "not_found");
    admin.request("DELETE", &path).await.assert(404, "not_found");
    let listed = list(&admin, &format!("name={name}")).await;
    assert_eq!(listed["meta"]["total"], 0, "its writer does not see it any more");
}

#[tokio::test]
async fn a_change_for_another_version_is_refused() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let (path, tag) = make(&admin, "Guarded").await;
    for stale in ["\"2\"", "\"0\", \"7\"", "W/\"1\"", "\"one\"", "\"01\""] {
        let editor = admin.copy().with_header("if-match", stale);
        let patched = editor.send_json("PATCH", &path, &json!({ "quantity": 9 })).await;
        for answer in [patched, editor.request("DELETE", &path).await] {
            let answer = answer.assert(412, "precondition_failed");
            assert_eq!(answer.header("etag"), Some(tag.as_str()), "it says where the sample item is");
        }
    }
    admin.copy().with_header("if-match", "1").request("DELETE", &path).await.assert(400, "bad_request");
    assert_eq!(admin.get(&path).await.expect_status(200).data()["quantity"], 1);
    let editor = admin.copy().with_header("if-match", "\"5\", \"1\"");
    editor.send_json("PATCH", &path, &json!({ "quantity": 9 })).await.expect_status(200);
    admin.copy().with_header("if-match", "*").request("DELETE", &path).await.expect_status(204);
}

#[tokio::test]
async fn of_several_changes_to_one_version_one_is_made() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let (path, tag) = make(&admin, "Contested").await;
    let editor = admin.copy().with_header("if-match", &tag);
    let patches = (1..=8).map(|quantity| {
        let (editor, path) = (editor.clone(), path.clone());
        async move { editor.send_json("PATCH", &path, &json!({ "quantity": quantity })).await.status }
    });
    let mut statuses = futures::future::join_all(patches).await;
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412, 412, 412, 412, 412, 412, 412]);
    assert_eq!(admin.get(&path).await.expect_status(200).data()["version"], 2);
}
