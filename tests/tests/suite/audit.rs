use std::time::Duration;

use app::{Client, TestApp};
use futures::future::join_all;
use serde_json::{Value, json};

const AUDIT: &str = "/api/v1/audit";

/// A bound to fail by, not a time to wait.
const PATIENCE: Duration = Duration::from_secs(30);

async fn list(who: &Client, query: &str) -> Vec<Value> {
    let answer = who.get(&format!("{AUDIT}?{query}")).await.expect_status(200);
    assert_eq!((answer.header("cache-control"), answer.header("cache-status")), (Some("no-store"), None));
    answer.data().as_array().unwrap().clone()
}

fn column<'a>(entries: &'a [Value], name: &str) -> Vec<&'a Value> {
    entries.iter().map(|entry| &entry[name]).collect()
}

/// Verifies the whole log, however many requests that takes; answers the last report.
async fn verify(who: &Client) -> Value {
    let mut after = json!(0);
    loop {
        let report = who.get(&format!("{AUDIT}/verify?after={after}")).await.expect_status(200).data();
        after = report["next"].clone();
        if after.is_null() {
            return report;
        }
    }
}

#[tokio::test]
async fn the_log_tells_who_did_what_to_whom_from_where() {
    let app = TestApp::start().await;
    let account = app.account().await;
    let (admin, path) = (app.admin().await.with_header("user-agent", "audited/1.0"), account.path());
    let me = admin.get("/api/v1/me").await.expect_status(200).data()["id"].clone();
    let role = json!({ "name": app.new_email(), "capabilities": ["read_jobs"] });
    let role = admin.post("/api/v1/roles", &role).await.expect_status(201).data()["id"].clone();
    let role_path = format!("/api/v1/roles/{}", role.as_str().unwrap());
    let changes = [
        ("PUT", format!("{path}/roles"), json!({ "roles": [role] })),
        ("PATCH", path.clone(), json!({ "name": "Renamed", "locked": true })),
        ("PATCH", path.clone(), json!({ "name": "Renamed", "locked": true })),
        ("PATCH", path.clone(), json!({ "locked": false })),
        ("PATCH", role_path.clone(), json!({ "capabilities": ["read_audit"] })),
        ("DELETE", role_path, json!({})),
        ("DELETE", path, json!({})),
    ];
    let mut requests = Vec::new();
    for (method, path, body) in &changes {
        let answer = match *method {
            "DELETE" => admin.request(method, path).await.expect_status(204),
            _ => admin.send_json(method, path, body).await.expect_status(200),
        };
        requests.push(answer.header("x-request-id").unwrap().to_owned());
    }
    let reader = app.user().with(["read_audit"]).login().await;
    let of_user = list(&reader, &format!("target_id={}&sort=at", account.id())).await;
    let expected = [
        "user.signed_up",
        "user.roles_changed",
        "user.edited",
        "user.locked",
        "user.unlocked",
        "user.removed",
    ];
    assert_eq!(column(&of_user, "action"), expected);
    assert_eq!(of_user[1]["details"], json!({ "given": [role], "taken": [] }));
    let of_role = list(&reader, &format!("target_id={}", role.as_str().unwrap())).await;
    assert_eq!(
        column(&of_role, "action"),
        ["role.deleted", "role.changed", "role.created"],
        "the newest first"
    );
    assert_eq!(of_role[1]["details"]["given"], json!(["read_audit"]));
    assert_eq!(of_role[1]["details"]["taken"], json!(["read_jobs"]));
    let told = &of_user[5];
    assert_eq!((&told["actor_id"], &told["user_agent"]), (&me, &json!("audited/1.0")));
    assert_eq!((&told["target_kind"], &told["request_id"]), (&json!("user"), &json!(requests[6])));
    assert!(told["credential"].is_string() && told["address"].as_str().unwrap().starts_with("127."));
    assert_eq!(told["hash"].as_str().unwrap().len(), 64);
}

#[tokio::test]
async fn the_log_is_filtered_by_what_who_and_when() {
    let app = TestApp::start().await;
    let (actor, session) = app.user().with(["manage_roles", "read_audit"]).make_and_login().await;
    for number in 0..3 {
        let role = json!({ "name": format!("{} {number}", app.new_email()), "capabilities": [] });
        session.post("/api/v1/roles", &role).await.expect_status(201);
    }
    session.request("POST", "/api/v1/auth/logout").await.expect_status(204);
    let reader = app.user().with(["read_audit"]).login().await;
    let by = format!("actor_id={}", actor.id());
    let all = list(&reader, &by).await;
    assert_eq!(all.len(), 4);
    assert_eq!(list(&reader, &format!("{by}&action=role.created")).await.len(), 3);
    assert_eq!(list(&reader, &format!("{by}&action=session.ended")).await.len(), 1);
    assert_eq!(list(&reader, &format!("{by}&target_kind=role&limit=2&page=2")).await.len(), 1);
    let at = |index: usize| all[index]["at"].as_str().unwrap();
    assert_eq!(list(&reader, &format!("{by}&at[gt]={}", at(0))).await.len(), 0);
    assert_eq!(list(&reader, &format!("{by}&at[gte]={}&sort=at", at(3))).await.len(), 4);
    let seq = &all[2]["seq"];
    assert_eq!(list(&reader, &format!("seq={seq}")).await, [all[2].clone()]);
    for wrong in [
        "action=none",
        "action[in]=session.ended",
        "details=x",
        "sort=action",
        "at=2026-01-31T12:00:00Z",
        "seq[gt]=1",
    ] {
        reader.get(&format!("{AUDIT}?{wrong}")).await.assert(400, "invalid_query");
    }
}

#[tokio::test]
async fn the_log_is_for_those_who_may_read_it_and_nobody_writes_it() {
    let app = TestApp::start().await;
    for path in [AUDIT, "/api/v1/audit/verify"] {
        app.visitor().get(path).await.assert(401, "unauthenticated");
        app.member().await.get(path).await.assert(403, "missing_capability");
        for method in ["POST", "PUT", "PATCH", "DELETE"] {
            app.admin().await.request(method, path).await.assert(405, "method_not_allowed");
        }
    }
    let reader = app.user().with(["read_audit"]).login().await;
    for wrong in ["after=-1", "after=x", "after=9007199254740991", "before=1"] {
        reader.get(&format!("{AUDIT}/verify?{wrong}")).await.assert(400, "invalid_query");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn after_many_audited_writes_at_once_the_log_verifies() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let reader = app.user().with(["read_audit"]).login().await;
    let before = verify(&reader).await;
    assert_eq!((&before["ok"], &before["broken"]), (&json!(true), &Value::Null));
    let writes = (0..40).map(|number| {
        let (admin, reader, name) = (admin.clone(), reader.clone(), app.new_email());
        async move {
            // Some fail after their entry went into the batch; others read meanwhile, which seals.
            let capabilities = if number % 4 == 0 { json!(["be_king"]) } else { json!([]) };
            let role = json!({ "name": name, "capabilities": capabilities });
            let status = admin.post("/api/v1/roles", &role).await.status;
            if number % 3 == 0 {
                admin.post("/api/v1/roles", &role).await;
                reader.get(&format!("{AUDIT}?limit=1")).await.expect_status(200);
            }
            status
        }
    });
    let made = join_all(writes).await.into_iter().filter(|status| *status == 201).count();
    assert_eq!(made, 30);
    let after = verify(&reader).await;
    assert_eq!((&after["ok"], &after["broken"]), (&json!(true), &Value::Null), "{after}");
    let number = |report: &Value| report["head"]["seq"].as_i64().unwrap();
    assert!(number(&after) >= number(&before) + 30, "{before} {after}");
    let head = list(&reader, &format!("seq={}", number(&after))).await;
    assert_eq!(head[0]["hash"], after["head"]["hash"]);
    // It goes on where another verification ended.
    let rest =
        reader.get(&format!("{AUDIT}/verify?after={}", number(&before))).await.expect_status(200).data();
    assert_eq!(rest["ok"], true);
}

#[tokio::test]
async fn sealing_tells_the_newest_hash_to_the_log_of_the_service() {
    let app = TestApp::start().await;
    let reader = app.user().with(["read_audit"]).login().await;
    let head = verify(&reader).await["head"].clone();
    let hash = head["hash"].as_str().unwrap();
    let deadline = tokio::time::Instant::now() + PATIENCE;
    let line = loop {
        let log = std::fs::read_to_string(app.server().log()).unwrap();
        if let Some(line) = log.lines().find(|line| line.contains(hash)) {
            break line.to_owned();
        }
        assert!(tokio::time::Instant::now() < deadline, "no line with the hash");
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    assert!(
        line.contains("audit log sealed") && line.contains(&format!("\"seq\":{}", head["seq"])),
        "{line}"
    );
}
