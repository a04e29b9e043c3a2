use app::{PASSWORD, TestApp};
use futures::future::join_all;
use harness::Options;
use serde_json::json;

use super::{KEYS, ME, NOBODYS, ask, listed, make, now_plus, program};

#[tokio::test]
async fn a_key_is_told_once_and_works_in_place_of_a_session() {
    let app = TestApp::start().await;
    let account = app.account().await;
    let owner = app.sign_in(&account.email, PASSWORD).await;
    let answer = ask(&owner, &json!({ "name": " Nightly  import " })).await.expect_status(201);
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
async fn nobody_makes_a_key_for_what_they_may_not_do() {
    let app = TestApp::start().await;
    let owner = app.user().with(["create_products"]).login().await;
    let asked = ["edit_products", "create_products", "delete_products", "create_products"];
    let body = json!({ "name": "Greedy", "capabilities": asked });
    let answer = ask(&owner, &body).await.assert(403, "beyond_own_capabilities");
    let sentence = answer.json()["error"].as_str().unwrap().to_owned();
    assert!(sentence.contains("edit_products, delete_products"), "{sentence}");
    assert!(!sentence.contains("create_products"), "{sentence}");
    assert_eq!(owner.get(KEYS).await.json()["meta"]["total"], 0, "nothing was made");
    let body = json!({ "name": "Modest", "capabilities": ["create_products", "create_products"] });
    assert_eq!(make(&owner, &body).await["capabilities"], json!(["create_products"]));
}

#[tokio::test]
async fn whoever_stole_a_session_makes_no_key_without_the_password() {
    let app = TestApp::start().await;
    let thief = app.member().await;
    let missing = thief.post(KEYS, &json!({ "name": "Left behind" })).await.assert(422, "invalid_input");
    assert_eq!(missing.details(), [("password".to_owned(), "required".to_owned())]);
    let guess = json!({ "name": "Left behind", "password": "a wrong password" });
    for _ in 0..5 {
        ask(&thief, &guess).await.assert(403, "wrong_password");
    }
    ask(&thief, &guess).await.assert(429, "too_many_requests");
    // The right one is refused by then, as any other.
    ask(&thief, &json!({ "name": "Left behind" })).await.assert(429, "too_many_requests");
    assert_eq!(thief.get(KEYS).await.json()["meta"]["total"], 0);
}

#[tokio::test]
async fn what_is_wrong_with_a_new_key_is_told() {
    let app = TestApp::start().await;
    let owner = app.member().await;
    let unknown = json!({ "name": "N", "capabilities": ["create_products", "fly", "swim"] });
    let answer = ask(&owner, &unknown).await.assert(422, "invalid_input");
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
        ("password", json!(null), "null"),
        ("password", json!(""), "length"),
        ("password", json!("p".repeat(129)), "length"),
        ("colour", json!("red"), "unknown"),
    ] {
        let mut body = json!({ "name": "N" });
        body[field] = value;
        let answer = ask(&owner, &body).await.assert(422, "invalid_input");
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

#[tokio::test(flavor = "multi_thread")]
async fn of_many_keys_at_once_exactly_fifty_are_made() {
    // A right password has a slot, too, while it is looked at.
    let vars = [("PASSWORD_CHECK_LIMIT".to_owned(), "20".to_owned())].into();
    let app = TestApp::alone_with(Options { vars, ..Options::default() }).await;
    let owner = app.member().await;
    for number in 0..45 {
        make(&owner, &json!({ "name": format!("{number}") })).await;
    }
    let body = json!({ "name": "One of twelve" });
    let answers = join_all((0..12).map(|_| ask(&owner, &body))).await;
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
    ask(&owner, &body).await.assert(409, "limit_reached");
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
