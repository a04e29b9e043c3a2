use app::{ADMINISTRATOR, Client, TestApp};
use serde_json::{Value, json};

const ROLES: &str = "/api/v1/roles";

fn new_name(app: &TestApp) -> String {
    app.new_email().replace('@', " at ")
}

/// Makes a role; answers with its path.
async fn make(who: &Client, name: &str, capabilities: &[&str]) -> String {
    let role = json!({ "name": name, "capabilities": capabilities });
    who.post(ROLES, &role).await.expect_status(201).header("location").unwrap().to_owned()
}

fn id(path: &str) -> &str {
    path.rsplit('/').next().unwrap()
}

async fn capabilities_of(who: &Client) -> Value {
    who.get("/api/v1/me").await.expect_status(200).data()["capabilities"].clone()
}

#[tokio::test]
async fn a_role_is_made_read_changed_and_deleted_by_those_who_may() {
    let app = TestApp::start().await;
    let manager = app.user().with(["manage_roles", "edit_products", "create_products"]).login().await;
    let name = new_name(&app);
    let role = json!({ "name": format!(" {name} "), "description": "Tidies.\nUp.", "capabilities": ["edit_products"] });
    for (method, path) in [("POST", ROLES), ("PATCH", &format!("{ROLES}/{ADMINISTRATOR}"))] {
        app.visitor().send_json(method, path, &role).await.assert(401, "unauthenticated");
        app.member().await.send_json(method, path, &role).await.assert(403, "missing_capability");
    }
    let made = manager.post(ROLES, &role).await.expect_status(201);
    let (path, created) = (made.header("location").unwrap().to_owned(), made.data());
    assert_eq!((made.header("etag"), made.header("cache-control")), (Some("\"1\""), Some("no-store")));
    assert_eq!((&created["name"], &created["built_in"]), (&json!(name), &json!(false)));
    assert_eq!(created["capabilities"], json!(["edit_products"]));
    let read = manager.get(&path).await.expect_status(200);
    assert_eq!((read.data(), read.header("cache-control")), (created, Some("no-store")));
    let twice = json!({ "capabilities": ["edit_products", "create_products", "create_products"] });
    let changed = manager.send_json("PATCH", &path, &twice).await.expect_status(200);
    assert_eq!(changed.header("etag"), Some("\"2\""));
    assert_eq!(changed.data()["capabilities"], json!(["create_products", "edit_products"]));
    assert_eq!(changed.data()["description"], "Tidies.\nUp.");
    manager.request("DELETE", &path).await.expect_status(204);
    manager.get(&path).await.assert(404, "not_found");
    manager.send_json("PATCH", &path, &json!({})).await.assert(404, "not_found");
    manager.request("DELETE", &path).await.assert(404, "not_found");
}

#[tokio::test]
async fn roles_are_listed_past_every_cache() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let name = new_name(&app);
    for rest in ["b", "a"] {
        make(&admin, &format!("{name} {rest}"), &[]).await;
    }
    let query = format!("{ROLES}?name[prefix]={}", name.replace(' ', "%20"));
    let answer = admin.get(&query).await.expect_status(200);
    assert_eq!((answer.header("cache-control"), answer.header("cache-status")), (Some("no-store"), None));
    let names: Vec<_> = answer.data().as_array().unwrap().iter().map(|role| role["name"].clone()).collect();
    assert_eq!(names, [json!(format!("{name} a")), json!(format!("{name} b"))]);
    let path = make(&admin, &format!("{name} c"), &[]).await;
    assert_eq!(admin.get(&query).await.expect_status(200).json()["meta"]["total"], 3);
    admin.request("DELETE", &path).await.expect_status(204);
    let newest = admin.get(&format!("{query}&sort=-created_at&limit=1")).await.expect_status(200).json();
    assert_eq!(
        (&newest["data"][0]["name"], &newest["meta"]["total"]),
        (&json!(format!("{name} a")), &json!(2))
    );
    admin.get(&format!("{ROLES}?built_in=true")).await.assert(400, "invalid_query");
    app.member().await.get(ROLES).await.assert(403, "missing_capability");
    app.visitor().get(ROLES).await.assert(401, "unauthenticated");
}

#[tokio::test]
async fn everything_that_is_wrong_with_a_role_is_told_at_once() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let bad = json!({
        "name": "", "description": "d".repeat(501), "capabilities": ["edit_products", "be_king", 7], "grants_all": true,
    });
    let answer = admin.post(ROLES, &bad).await.assert(422, "invalid_input");
    let expected = [
        ("capabilities[1]", "choice"),
        ("capabilities[2]", "type"),
        ("description", "length"),
        ("grants_all", "unknown"),
        ("name", "length"),
    ];
    assert_eq!(answer.details(), expected.map(|(field, code)| (field.to_owned(), code.to_owned())));
    let sentence = answer.json()["details"][0]["message"].as_str().unwrap().to_owned();
    assert!(sentence.contains("create_products") && sentence.contains("read_audit"), "{sentence}");
    let bounds = json!({ "name": new_name(&app), "description": "d".repeat(500), "capabilities": [] });
    admin.post(ROLES, &bounds).await.expect_status(201);
    let taken = admin.post(ROLES, &bounds).await.assert(409, "already_exists");
    assert_eq!(taken.details(), [("name".to_owned(), "taken".to_owned())]);
    let path = make(&admin, &new_name(&app), &[]).await;
    let rename = json!({ "name": bounds["name"] });
    admin.send_json("PATCH", &path, &rename).await.assert(409, "already_exists");
    for null in [json!({ "name": null }), json!({ "capabilities": null }), json!({ "description": null })] {
        admin.send_json("PATCH", &path, &null).await.assert(422, "invalid_input");
    }
    assert_eq!(admin.get(&path).await.expect_status(200).header("etag"), Some("\"1\""));
}

#[tokio::test]
async fn a_change_of_a_role_for_another_version_is_refused() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let path = make(&admin, &new_name(&app), &[]).await;
    let stale = admin.copy().with_header("if-match", "\"2\"");
    let answer = stale.send_json("PATCH", &path, &json!({})).await.assert(412, "precondition_failed");
    assert_eq!(answer.header("etag"), Some("\"1\""));
    stale.request("DELETE", &path).await.assert(412, "precondition_failed");
    let right = admin.copy().with_header("if-match", "\"1\"");
    let changes =
        (0..6).map(|number| {
            let (right, path) = (right.clone(), path.clone());
            async move {
                right.send_json("PATCH", &path, &json!({ "description": number.to_string() })).await.status
            }
        });
    let mut statuses = futures::future::join_all(changes).await;
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412, 412, 412, 412, 412]);
    right.request("DELETE", &path).await.assert(412, "precondition_failed");
    admin.copy().with_header("if-match", "\"2\"").request("DELETE", &path).await.expect_status(204);
}

#[tokio::test]
async fn changes_without_a_version_all_go_through() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let path = make(&admin, &new_name(&app), &[]).await;
    let changes =
        (0..6).map(|number| {
            let (admin, path) = (admin.clone(), path.clone());
            async move {
                admin.send_json("PATCH", &path, &json!({ "description": number.to_string() })).await.status
            }
        });
    assert_eq!(futures::future::join_all(changes).await, [200; 6]);
    assert_eq!(admin.get(&path).await.expect_status(200).header("etag"), Some("\"7\""));
}

#[tokio::test]
async fn what_came_with_the_service_stays_as_it_is() {
    let app = TestApp::start().await;
    let (admin, path) = (app.admin().await, format!("{ROLES}/{ADMINISTRATOR}"));
    let role = admin.get(&path).await.expect_status(200).data();
    assert_eq!((&role["name"], &role["built_in"]), (&json!("administrator"), &json!(true)));
    admin.send_json("PATCH", &path, &json!({ "capabilities": [] })).await.assert(409, "built_in");
    admin.request("DELETE", &path).await.assert(409, "built_in");
    assert_eq!(admin.get(&path).await.expect_status(200).data(), role);
}

#[tokio::test]
async fn a_changed_role_holds_from_the_very_next_request_on() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let path = make(&admin, &new_name(&app), &["read_users"]).await;
    let (account, member) = app.user().with_role(id(&path)).make_and_login().await;
    member.get("/api/v1/users?limit=1").await.expect_status(200);
    admin.send_json("PATCH", &path, &json!({ "capabilities": ["read_audit"] })).await.expect_status(200);
    member.get("/api/v1/users?limit=1").await.assert(403, "missing_capability");
    assert_eq!(capabilities_of(&member).await, json!(["read_audit"]));
    let mine = member.get("/api/v1/me/capabilities").await.expect_status(200).data();
    assert_eq!(mine, json!([{ "name": "read_audit", "allows": "Read the audit log and verify it." }]));
    let version = |answer: app::Answer| answer.data()["version"].as_i64().unwrap();
    let before = version(admin.get(&account.path()).await.expect_status(200));
    admin.request("DELETE", &path).await.expect_status(204);
    assert_eq!(capabilities_of(&member).await, json!([]));
    let after = admin.get(&account.path()).await.expect_status(200);
    assert_eq!((&after.data()["roles"], version(after)), (&json!([]), before + 1));
}

#[tokio::test]
async fn the_list_of_capabilities_is_told_to_whoever_is_signed_in() {
    let app = TestApp::start().await;
    app.visitor().get("/api/v1/capabilities").await.assert(401, "unauthenticated");
    app.visitor().get("/api/v1/me/capabilities").await.assert(401, "unauthenticated");
    let member = app.member().await;
    let all = member.get("/api/v1/capabilities").await.expect_status(200).data();
    let all = all.as_array().unwrap();
    assert!(all.contains(&json!({ "name": "delete_users", "allows": "Delete users." })), "{all:?}");
    assert_eq!(member.get("/api/v1/me/capabilities").await.expect_status(200).data(), json!([]));
    let everything = app.admin().await.get("/api/v1/me/capabilities").await.expect_status(200).data();
    assert_eq!(everything.as_array().unwrap(), all);
}

#[tokio::test]
async fn nobody_makes_a_role_that_allows_what_they_may_not_do() {
    let app = TestApp::start().await;
    let manager = app.user().with(["manage_roles", "read_users"]).login().await;
    let admin = app.admin().await;
    let (small, large) = (
        make(&admin, &new_name(&app), &["read_users"]).await,
        make(&admin, &new_name(&app), &["delete_users"]).await,
    );
    let role =
        json!({ "name": new_name(&app), "capabilities": ["read_users", "delete_users", "edit_users"] });
    let refused = manager.post(ROLES, &role).await.assert(403, "beyond_own_capabilities").json();
    let sentence = refused["error"].as_str().unwrap();
    assert!(sentence.contains("edit_users, delete_users") && !sentence.contains("read_users"), "{sentence}");
    let found =
        admin.get(&format!("{ROLES}?name={}", role["name"].as_str().unwrap().replace(' ', "%20"))).await;
    assert_eq!(found.expect_status(200).data(), json!([]), "nothing is left of it");
    let more = json!({ "capabilities": ["read_users", "delete_users"] });
    manager.send_json("PATCH", &small, &more).await.assert(403, "beyond_own_capabilities");
    for patch in [json!({ "capabilities": [] }), json!({ "name": new_name(&app) })] {
        manager.send_json("PATCH", &large, &patch).await.assert(403, "beyond_own_capabilities");
    }
    manager.request("DELETE", &large).await.assert(403, "beyond_own_capabilities");
    manager.send_json("PATCH", &small, &json!({ "capabilities": ["manage_roles"] })).await.expect_status(200);
    manager.request("DELETE", &small).await.expect_status(204);
    admin.get(&large).await.expect_status(200);
}

#[tokio::test]
async fn by_a_role_nobody_takes_from_somebody_who_may_do_more() {
    let app = TestApp::start().await;
    let manager = app.user().with(["manage_roles", "read_users"]).login().await;
    let path = make(&app.admin().await, &new_name(&app), &["read_users"]).await;
    let above = app.user().with(["delete_users"]).with_role(id(&path)).login().await;
    let taken = json!({ "capabilities": [] });
    let refused =
        manager.send_json("PATCH", &path, &taken).await.assert(403, "beyond_own_capabilities").json();
    assert!(refused["error"].as_str().unwrap().contains("delete_users"), "{refused}");
    manager.request("DELETE", &path).await.assert(403, "beyond_own_capabilities");
    let given = json!({ "description": "D", "capabilities": ["read_users", "manage_roles"] });
    manager.send_json("PATCH", &path, &given).await.expect_status(200);
    assert_eq!(capabilities_of(&above).await, json!(["read_users", "delete_users", "manage_roles"]));
    // An administrator loses nothing by it.
    let other = make(&manager, &new_name(&app), &["read_users"]).await;
    app.user().administrator().with_role(id(&other)).make().await;
    manager.request("DELETE", &other).await.expect_status(204);
}
