use std::time::Duration;

use app::described::DOCUMENT;
use app::{PASSWORD, TestApp};
use futures::future::join_all;
use harness::Options;
use serde_json::json;

use super::{KEYS, ME, NOBODYS, PRODUCTS, listed, make, now_plus, product, program, program_of, with_key};

/// A bound to fail by, not a time to wait.
const PATIENCE: Duration = Duration::from_secs(15);

#[tokio::test]
async fn a_key_may_do_what_it_is_for_as_long_as_its_user_may() {
    let app = TestApp::start().await;
    let (account, owner) = app.user().with(["create_products", "edit_products"]).make_and_login().await;
    let creator = program_of(&app, &owner, &["create_products"]).await;
    let powerless = program_of(&app, &owner, &[]).await;
    let path = creator.post(PRODUCTS, &product()).await.expect_status(201);
    let path = path.header("location").unwrap();
    let change = json!({ "price": 2 });
    creator.send_json("PATCH", path, &change).await.assert(403, "missing_capability");
    owner.send_json("PATCH", path, &change).await.expect_status(200);
    powerless.post(PRODUCTS, &product()).await.assert(403, "missing_capability");
    assert_eq!(creator.get(ME).await.data()["capabilities"], json!(["create_products"]));

    let taken = format!("{}/roles", account.path());
    app.admin().await.send_json("PUT", &taken, &json!({ "roles": [] })).await.expect_status(200);
    creator.post(PRODUCTS, &product()).await.assert(403, "missing_capability");
    assert_eq!(creator.get(ME).await.data()["capabilities"], json!([]));
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

#[tokio::test]
async fn a_program_is_limited_like_its_user() {
    let vars = [("WRITE_LIMIT", "3"), ("WRITE_CLIENT_LIMIT", "100")];
    let vars = vars.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let app = TestApp::alone_with(Options { vars, ..Options::default() }).await;
    let owner = app.admin().await;
    let password = &app.server().admin().password;
    let new = json!({ "name": "Program", "capabilities": ["create_products"], "password": password });
    let program = program(&app, &make(&owner, &new).await);
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
    let password = &app.server().admin().password;
    let new = json!({ "name": "Mighty", "capabilities": every, "password": password });
    let program = program(&app, &make(&owner, &new).await);
    let routes = session_only();
    for known in [("GET", KEYS), ("POST", KEYS), ("POST", "/api/v1/auth/logout")] {
        assert!(routes.contains(&(known.0.to_owned(), known.1.to_owned())), "{known:?} in {routes:?}");
    }
    for (method, path) in routes {
        program.request(&method, &path).await.assert(403, "session_required");
    }
    // The table of routes says the same as the document.
    let table = include_str!("../../../../edge/tests/routes.txt");
    let guarded = table.lines().filter(|line| line.ends_with(" in_session")).count();
    assert_eq!(guarded, session_only().len());
    // The keys of an administrator are theirs to make, not those of the key.
    let list = owner.get(&format!("{KEYS}?limit=100")).await.expect_status(200).json();
    assert!(list["data"].as_array().unwrap().iter().all(|key| key["name"] != "Made by a key"));
}
