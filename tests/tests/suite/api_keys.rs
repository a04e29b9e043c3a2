use std::time::Duration;

use app::described::DOCUMENT;
use app::{Client, PASSWORD, TestApp};
use futures::future::join_all;
use harness::Options;
use serde_json::{Value, json};

use crate::people::grant;

const KEYS: &str = "/api/v1/auth/api-keys";
const ME: &str = "/api/v1/me";
const PRODUCTS: &str = "/api/v1/products";

/// The id of nothing.
const NOBODYS: &str = "019376a1-9c3b-7aaa-8bbb-0123456789ab";

/// A bound to fail by, not a time to wait.
const PATIENCE: Duration = Duration::from_secs(15);

async fn make(owner: &Client, body: &Value) -> Value {
    owner.post(KEYS, body).await.expect_status(201).data()
}

/// A program that shows a key.
fn program(app: &TestApp, key: &Value) -> Client {
    with_key(app, key["key"].as_str().unwrap())
}

fn with_key(app: &TestApp, key: &str) -> Client {
    app.visitor().with_header("authorization", &format!("Bearer {key}"))
}

/// The program of a new key with these capabilities.
async fn program_of(app: &TestApp, owner: &Client, capabilities: &[&str]) -> Client {
    program(app, &make(owner, &json!({ "name": "Program", "capabilities": capabilities })).await)
}

fn now_plus(days: i64) -> String {
    let seconds = i64::try_from(std::time::UNIX_EPOCH.elapsed().unwrap().as_secs()).unwrap();
    shared::time::Timestamp::from_millis((seconds + days * 24 * 3600) * 1000).to_string()
}

fn listed(json: &Value) -> Vec<&Value> {
    json["data"].as_array().unwrap().iter().map(|key| &key["id"]).collect()
}

fn product() -> Value {
    json!({ "name": "Lamp", "category": "by key", "price": 1 })
}

#[tokio::test]
async fn a_key_is_told_once_and_works_in_place_of_a_session() {
    let app = TestApp::start().await;
    let account = app.account().await;
    let owner = app.sign_in(&account.email, PASSWORD).await;
    let answer = owner.post(KEYS, &json!({ "name": " Nightly  import " })).await.expect_status(201);
    let made = answer.data();
    let (key, id) = (made["key"].as_str().unwrap(), made["id"].as_str().unwrap());
    assert_eq!(answer.header("location"), Some(format!("{KEYS}/{id}").as_str()));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert!(key.starts_with("ashlar_") && key.len() == 56, "{key}");
    assert!(key.ends_with(made["hint"].as_str().unwrap()) && made["hint"].as_str().unwrap().len() == 4);
    assert_eq!((&made["name"], &made["capabilities"]), (&json!("Nightly  import"), &json!([])));

    let me = program(&app, &made).get(ME).await.expect_status(200).data();
    assert_eq!((&me["email"], &me["capabilities"]), (&json!(account.email), &json!([])));

    let list = owner.get(KEYS).await.expect_status(200);
    assert_eq!(list.header("cache-control"), Some("no-store"));
    assert_eq!((list.json()["meta"]["total"].as_i64(), listed(&list.json())), (Some(1), vec![&json!(id)]));
    assert!(!String::from_utf8_lossy(&list.body).contains(key), "it is never told again");
}

#[tokio::test]
async fn of_a_key_only_its_hash_is_kept() {
    let app = TestApp::start().await;
    let made = make(&app.member().await, &json!({ "name": "Hashed" })).await;
    let (key, id) = (made["key"].as_str().unwrap(), made["id"].as_str().unwrap());
    let row = "SELECT id || user_id || name || hash || hint || capabilities FROM api_keys WHERE id = ?1";
    let rows = app.server().sql(row, &[id]).unwrap();
    assert_eq!(rows.len(), 1);
    assert!(!rows[0].contains(&key[7..50]), "{}", rows[0]);
    let hash = app.server().sql("SELECT length(hash) FROM api_keys WHERE id = ?1", &[id]).unwrap();
    assert_eq!(hash, ["43"], "SHA-256 in base64url");
}

#[tokio::test]
async fn a_key_may_do_what_it_is_for_as_long_as_its_user_may() {
    let app = TestApp::start().await;
    let account = app.account().await;
    grant(&app, &account, &["create_products", "edit_products"]);
    let owner = app.sign_in(&account.email, PASSWORD).await;
    let creator = program_of(&app, &owner, &["create_products"]).await;
    let powerless = program_of(&app, &owner, &[]).await;
    let path = creator.post(PRODUCTS, &product()).await.expect_status(201);
    let path = path.header("location").unwrap();
    let patch = json!({ "price": 2 });
    creator.send_json("PATCH", path, &patch).await.assert(403, "missing_capability");
    owner.send_json("PATCH", path, &patch).await.expect_status(200);
    powerless.post(PRODUCTS, &product()).await.assert(403, "missing_capability");
    assert_eq!(creator.get(ME).await.data()["capabilities"], json!(["create_products"]));

    let taken = "DELETE FROM role_capabilities WHERE role_id = ?1 AND capability = 'create_products'";
    app.server().sql(taken, &[account.answer["data"]["id"].as_str().unwrap()]).unwrap();
    creator.post(PRODUCTS, &product()).await.assert(403, "missing_capability");
    assert_eq!(creator.get(ME).await.data()["capabilities"], json!([]));
}

#[tokio::test]
async fn nobody_makes_a_key_for_what_they_may_not_do() {
    let app = TestApp::start().await;
    let account = app.account().await;
    grant(&app, &account, &["create_products"]);
    let owner = app.sign_in(&account.email, PASSWORD).await;
    let asked = ["edit_products", "create_products", "delete_products", "create_products"];
    let body = json!({ "name": "Greedy", "capabilities": asked });
    let answer = owner.post(KEYS, &body).await.assert(403, "beyond_own_capabilities");
    let sentence = answer.json()["error"].as_str().unwrap().to_owned();
    assert!(sentence.contains("edit_products, delete_products"), "{sentence}");
    assert!(!sentence.contains("create_products"), "{sentence}");
    assert_eq!(owner.get(KEYS).await.json()["meta"]["total"], 0, "nothing was made");
    let body = json!({ "name": "Modest", "capabilities": ["create_products", "create_products"] });
    assert_eq!(make(&owner, &body).await["capabilities"], json!(["create_products"]));
}

#[tokio::test]
async fn what_is_wrong_with_a_new_key_is_told() {
    let app = TestApp::start().await;
    let owner = app.member().await;
    let unknown = json!({ "name": "N", "capabilities": ["create_products", "fly", "swim"] });
    let answer = owner.post(KEYS, &unknown).await.assert(422, "invalid_input");
    let choice = |field: &str| (field.to_owned(), "choice".to_owned());
    assert_eq!(answer.details(), [choice("capabilities[1]"), choice("capabilities[2]")]);
    let message = answer.json()["details"][0]["message"].as_str().unwrap().to_owned();
    assert!(message.contains("create_products") && message.contains("manage_roles"), "{message}");
    for (field, value, code) in [
        ("name", json!(""), "length"),
        ("name", json!("n".repeat(101)), "length"),
        ("name", json!("a\u{7}b"), "control"),
        ("name", json!(null), "null"),
        ("capabilities", json!("create_products"), "type"),
        ("capabilities", json!(vec!["create_products"; 65]), "length"),
        ("expires_at", json!(now_plus(-1)), "range"),
        ("expires_at", json!("1970-01-01T00:00:00Z"), "range"),
        ("expires_at", json!(now_plus(732)), "range"),
        ("expires_at", json!("9999-12-31T23:59:59Z"), "range"),
        ("expires_at", json!("tomorrow"), "type"),
        ("expires_at", json!(1_900_000_000), "type"),
        ("expires_at", json!(null), "null"),
        ("colour", json!("red"), "unknown"),
    ] {
        let mut body = json!({ "name": "N" });
        body[field] = value;
        let answer = owner.post(KEYS, &body).await.assert(422, "invalid_input");
        assert_eq!(answer.details(), [(field.to_owned(), code.to_owned())], "{body}");
    }
    owner.post(KEYS, &json!({})).await.assert(422, "invalid_input");
    for (days, name) in [(1, "n".to_owned()), (730, "é".repeat(100))] {
        let ends = now_plus(days);
        assert_eq!(make(&owner, &json!({ "name": name, "expires_at": ends })).await["expires_at"], ends);
    }
    // A key that says nothing lasts for a year.
    let made = make(&owner, &json!({ "name": "N" })).await;
    let ends = made["expires_at"].as_str().unwrap();
    assert!(*ends > *now_plus(364) && *ends < *now_plus(366), "{ends}");
}

#[tokio::test]
async fn what_is_no_key_opens_nothing() {
    let app = TestApp::start().await;
    let owner = app.member().await;
    let made = make(&owner, &json!({ "name": "Mistyped" })).await;
    let key = made["key"].as_str().unwrap();
    let last = if key.ends_with('a') { "b" } else { "a" };
    let unknown = "ashlar_00000000000000000000000000000000000000000002CZclj";
    let wrong = [
        "ashlar_".to_owned(),
        "ashlar_x".to_owned(),
        format!("{}{last}", &key[..55]),
        format!("{key}{last}"),
        key[..55].to_owned(),
        key.replacen("ashlar_", "ashlar_ashlar_", 1),
        format!("{} {}", &key[..20], &key[20..]),
        unknown.to_owned(),
        format!("ashlar_{}", "0".repeat(8000)),
    ];
    for wrong in wrong {
        let answer = with_key(&app, &wrong).get(ME).await.assert(401, "invalid_api_key");
        assert!(answer.header("www-authenticate").unwrap().starts_with("Bearer"));
    }
    // What does not begin like a key is taken for an access token.
    for other in [&key[7..], &key.to_uppercase(), "Ashlar_x"] {
        with_key(&app, other).get(ME).await.assert(401, "invalid_session");
    }
    program(&app, &made).get(ME).await.expect_status(200);
}

#[tokio::test]
async fn a_key_counts_in_the_header_only() {
    let app = TestApp::start().await;
    let key = make(&app.member().await, &json!({ "name": "N" })).await["key"].as_str().unwrap().to_owned();
    let browser = app.visitor();
    browser.set_cookie("__Host-ashlar_access", &key);
    browser.get(ME).await.assert(401, "invalid_session");
    app.visitor().get(&format!("{ME}?api_key={key}")).await.assert(401, "unauthenticated");
    app.visitor().with_header("x-api-key", &key).get(ME).await.assert(401, "unauthenticated");
    app.visitor()
        .with_header("authorization", &format!("Basic {key}"))
        .get(ME)
        .await
        .assert(401, "unauthenticated");
    // Of a key and a session, the key counts: a program is not its user by chance.
    let admin = app.admin().await.with_header("authorization", &format!("bearer  {key} "));
    assert_eq!(admin.get(ME).await.expect_status(200).data()["capabilities"], json!([]));
}

#[tokio::test]
async fn a_key_is_revoked_by_its_user_and_nobody_else() {
    let app = TestApp::start().await;
    let (owner, stranger, admin) = (app.member().await, app.member().await, app.admin().await);
    let made = make(&owner, &json!({ "name": "Short-lived" })).await;
    let other = make(&owner, &json!({ "name": "Other" })).await;
    let path = format!("{KEYS}/{}", made["id"].as_str().unwrap());
    let (program, other_program) = (program(&app, &made), program(&app, &other));
    app.visitor().request("DELETE", &path).await.assert(401, "unauthenticated");
    for somebody in [&stranger, &admin] {
        somebody.request("DELETE", &path).await.assert(404, "not_found");
        assert!(!listed(&somebody.get(KEYS).await.json()).contains(&&made["id"]));
    }
    program.get(ME).await.expect_status(200);
    owner.request("DELETE", &path).await.expect_status(204);
    program.get(ME).await.assert(401, "invalid_api_key");
    other_program.get(ME).await.expect_status(200);
    owner.request("DELETE", &path).await.assert(404, "not_found");
    owner.request("DELETE", &format!("{KEYS}/{NOBODYS}")).await.assert(404, "not_found");
    owner.request("DELETE", &format!("{KEYS}/none")).await.assert(404, "not_found");
    assert_eq!(listed(&owner.get(KEYS).await.json()), [&other["id"]]);
}

#[tokio::test]
async fn an_expired_key_is_refused_and_still_listed() {
    let app = TestApp::start().await;
    let owner = app.member().await;
    let made = make(&owner, &json!({ "name": "Old", "expires_at": now_plus(1) })).await;
    program(&app, &made).get(ME).await.expect_status(200);
    let ends = "UPDATE api_keys SET expires_at = created_at + 1 WHERE id = ?1";
    app.server().sql(ends, &[made["id"].as_str().unwrap()]).unwrap();
    program(&app, &made).get(ME).await.assert(401, "invalid_api_key");
    assert_eq!(listed(&owner.get(KEYS).await.json()), [&made["id"]]);
}

#[tokio::test]
async fn the_key_of_who_is_locked_out_or_gone_is_refused_at_once() {
    let app = TestApp::start().await;
    let account = app.account().await;
    let id = account.answer["data"]["id"].as_str().unwrap();
    let owner = app.sign_in(&account.email, PASSWORD).await;
    let program = program_of(&app, &owner, &[]).await;
    let sql = |sql: &str| app.server().sql(sql, &[id]).unwrap();
    program.get(ME).await.expect_status(200);
    sql("UPDATE users SET locked_at = 1 WHERE id = ?1");
    program.get(ME).await.assert(401, "invalid_api_key");
    sql("UPDATE users SET locked_at = NULL WHERE id = ?1");
    program.get(ME).await.expect_status(200);
    sql("DELETE FROM users WHERE id = ?1");
    program.get(ME).await.assert(401, "invalid_api_key");
    assert_eq!(sql("SELECT count(*) FROM api_keys WHERE user_id = ?1"), ["0"]);
}

#[tokio::test]
async fn a_key_outlives_the_session_that_made_it() {
    let app = TestApp::start().await;
    let owner = app.member().await;
    let program = program_of(&app, &owner, &[]).await;
    owner.request("POST", "/api/v1/auth/logout").await.expect_status(204);
    program.get(ME).await.expect_status(200);
}

#[tokio::test]
async fn the_last_use_of_a_key_is_noted_once_a_minute() {
    let app = TestApp::start().await;
    let owner = app.member().await;
    let made = make(&owner, &json!({ "name": "Used" })).await;
    let id = made["id"].as_str().unwrap();
    let sql = |sql: &str| app.server().sql(sql, &[id]).unwrap();
    assert_eq!(owner.get(KEYS).await.json()["data"][0]["last_used_at"], json!(null));
    let program = program(&app, &made);
    let noted = || async {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            program.get(ME).await.expect_status(200);
            let key = owner.get(KEYS).await.json()["data"][0].clone();
            if key["last_used_at"]
                .as_str()
                .is_some_and(|noted| *noted >= *key["created_at"].as_str().unwrap())
            {
                return key["last_used_at"].clone();
            }
            assert!(tokio::time::Instant::now() < deadline, "the use was never noted: {key}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let first = noted().await;
    join_all((0..8).map(|_| program.get(ME))).await;
    assert_eq!(noted().await, first, "once a minute");
    // A minute ago, as it were: the next use is noted again.
    sql(
        "UPDATE api_keys SET created_at = last_used_at - 1, last_used_at = last_used_at - 60001 WHERE id = ?1",
    );
    assert!(*noted().await.as_str().unwrap() >= *first.as_str().unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_keys_at_once_exactly_fifty_are_made() {
    let app = TestApp::start().await;
    let owner = app.member().await;
    for number in 0..45 {
        make(&owner, &json!({ "name": format!("{number}") })).await;
    }
    let body = json!({ "name": "One of twelve" });
    let answers = join_all((0..12).map(|_| owner.post(KEYS, &body))).await;
    let made = answers.iter().filter(|answer| answer.status == 201).count();
    assert_eq!(made, 5);
    for refused in answers.into_iter().filter(|answer| answer.status != 201) {
        refused.assert(409, "limit_reached");
    }
    let list = owner.get(&format!("{KEYS}?limit=100")).await.expect_status(200).json();
    assert_eq!(listed(&list).len(), 50);
    // What is revoked or expired makes room.
    let (first, second) = (listed(&list)[0].as_str().unwrap(), listed(&list)[1].as_str().unwrap());
    owner.request("DELETE", &format!("{KEYS}/{first}")).await.expect_status(204);
    make(&owner, &body).await;
    owner.post(KEYS, &body).await.assert(409, "limit_reached");
    app.server().sql("UPDATE api_keys SET expires_at = 1 WHERE id = ?1", &[second]).unwrap();
    make(&owner, &body).await;
    // Others have their own fifty.
    make(&app.member().await, &body).await;
}

#[tokio::test]
async fn ones_keys_come_in_pages_and_in_either_order() {
    let app = TestApp::start().await;
    let owner = app.member().await;
    let mut ids = Vec::new();
    for number in 0..5 {
        ids.push(make(&owner, &json!({ "name": format!("{number}") })).await["id"].clone());
    }
    let forwards: Vec<_> = ids.iter().collect();
    let backwards: Vec<_> = ids.iter().rev().collect();
    assert_eq!(listed(&owner.get(KEYS).await.json()), backwards);
    assert_eq!(listed(&owner.get(&format!("{KEYS}?sort=created_at")).await.json()), forwards);
    let page = owner.get(&format!("{KEYS}?limit=2&page=2")).await.expect_status(200).json();
    assert_eq!(listed(&page), backwards[2..4]);
    let next = page["meta"]["next"].as_str().unwrap();
    assert!(!next.contains("user_id") && !next.contains("within"), "{next}");
    assert_eq!(listed(&owner.get(&format!("{KEYS}{next}")).await.json()), backwards[4..]);
    for hidden in ["user_id=x", "hash=x", "revoked_at[null]=false", "sort=name"] {
        owner.get(&format!("{KEYS}?{hidden}")).await.assert(400, "invalid_query");
    }
}

#[tokio::test]
async fn making_and_revoking_a_key_is_in_the_audit_log_without_the_key() {
    let app = TestApp::start().await;
    let account = app.account().await;
    let owner = app.sign_in(&account.email, PASSWORD).await;
    let made = make(&owner, &json!({ "name": "Audited" })).await;
    let id = made["id"].as_str().unwrap();
    owner.request("DELETE", &format!("{KEYS}/{id}")).await.expect_status(204);
    owner.request("DELETE", &format!("{KEYS}/{id}")).await.assert(404, "not_found");
    let user = account.answer["data"]["id"].as_str().unwrap();
    let entries = "SELECT action || ' ' || actor_id || ' ' || target_kind || ' ' || details FROM audit_log \
        WHERE target_id = ?1 ORDER BY seq";
    let entries = app.server().sql(entries, &[id]).unwrap();
    assert_eq!(entries.len(), 2, "{entries:?}");
    assert!(entries[0].starts_with(&format!("api_key.created {user} API key {{")), "{entries:?}");
    assert!(entries[0].contains("Audited"), "{entries:?}");
    assert!(entries[1].starts_with(&format!("api_key.revoked {user} API key")), "{entries:?}");
    assert!(entries.iter().all(|entry| !entry.contains("ashlar_")));
}

#[tokio::test]
async fn a_program_is_limited_like_its_user() {
    let vars = [("WRITE_LIMIT", "3"), ("WRITE_CLIENT_LIMIT", "100")];
    let vars = vars.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let app = TestApp::alone_with(Options { vars, ..Options::default() }).await;
    let owner = app.admin().await;
    let program = program_of(&app, &owner, &["create_products"]).await;
    program.post(PRODUCTS, &product()).await.expect_status(201);
    program.post(PRODUCTS, &product()).await.expect_status(201);
    let refused = program.post(PRODUCTS, &product()).await.assert(429, "too_many_requests");
    assert!(refused.header("ratelimit").unwrap().contains("\"writes\";r=0"));
    owner.post(PRODUCTS, &product()).await.assert(429, "too_many_requests");
    program.get(ME).await.expect_status(200);
}

/// Method and path of the operations that a program cannot call, by the document: those to which a session opens, and an
/// API key does not.
fn session_only() -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (path, item) in DOCUMENT["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let opens = |name: &str| {
                let ways = operation["security"].as_array().into_iter().flatten();
                ways.into_iter().any(|way| way.get(name).is_some())
            };
            if opens("session") && !opens("api_key") {
                found.push((method.to_ascii_uppercase(), path.replace("{id}", NOBODYS)));
            }
        }
    }
    found
}

#[tokio::test]
async fn what_asks_for_a_session_is_closed_to_every_key() {
    let app = TestApp::start().await;
    let owner = app.admin().await;
    let every: Vec<String> = owner.get(ME).await.data()["capabilities"]
        .as_array()
        .unwrap()
        .iter()
        .map(|name| name.as_str().unwrap().to_owned())
        .collect();
    let program = program(&app, &make(&owner, &json!({ "name": "Mighty", "capabilities": every })).await);
    let routes = session_only();
    for known in [("GET", KEYS), ("POST", KEYS), ("POST", "/api/v1/auth/logout")] {
        assert!(routes.contains(&(known.0.to_owned(), known.1.to_owned())), "{known:?} in {routes:?}");
    }
    for (method, path) in routes {
        program.request(&method, &path).await.assert(403, "session_required");
    }
    // The table of routes says the same as the document.
    let table = include_str!("../../../edge/tests/routes.txt");
    let guarded = table.lines().filter(|line| line.ends_with(" in_session")).count();
    assert_eq!(guarded, session_only().len());
    // The keys of an administrator are theirs to make, not those of the key.
    let list = owner.get(&format!("{KEYS}?limit=100")).await.expect_status(200).json();
    assert!(list["data"].as_array().unwrap().iter().all(|key| key["name"] != "Made by a key"));
}
