use app::{ADMINISTRATOR, Account, Client, PASSWORD, TestApp};
use futures::future::{join, join_all};
use serde_json::{Value, json};

const USERS: &str = "/api/v1/users";
const NOBODY: &str = "/api/v1/users/019376a1-9c3b-7aaa-8bbb-0123456789ab";

async fn set_roles(who: &Client, account: &Account, roles: &[&str]) -> app::Answer {
    who.send_json("PUT", &format!("{}/roles", account.path()), &json!({ "roles": roles })).await
}

fn column(json: &Value, name: &str) -> Vec<String> {
    let rows = json["data"].as_array().unwrap().iter();
    rows.map(|row| row[name].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_user_is_read_by_those_who_may() {
    let app = TestApp::start().await;
    let role = app.role(&["read_jobs"]).await;
    let account = app.user().with_role(&role).make().await;
    app.visitor().get(&account.path()).await.assert(401, "unauthenticated");
    app.member().await.get(&account.path()).await.assert(403, "missing_capability");
    let reader = app.user().with(["read_users"]).login().await;
    let answer = reader.get(&account.path()).await.expect_status(200);
    let user = answer.data();
    assert_eq!((&user["id"], &user["email"]), (&json!(account.id()), &json!(account.email)));
    assert_eq!((&user["locked"], &user["roles"]), (&json!(false), &json!([role])));
    assert_eq!((answer.header("etag"), answer.header("cache-control")), (Some("\"2\""), Some("no-store")));
    reader.get(NOBODY).await.assert(404, "not_found");
    reader.get(&format!("{USERS}/none")).await.assert(404, "not_found");
}

#[tokio::test]
async fn users_are_listed_past_every_cache() {
    let app = TestApp::start().await;
    let reader = app.user().with(["read_users"]).login().await;
    let accounts = [app.account().await, app.account().await, app.account().await];
    let name = app.new_email().replace('@', "-");
    let admin = app.admin().await;
    for (account, rest) in accounts.iter().zip(["b", "c", "a"]) {
        let patch = json!({ "name": format!("{name} {rest}") });
        admin.send_json("PATCH", &account.path(), &patch).await.expect_status(200);
    }
    admin.send_json("PATCH", &accounts[1].path(), &json!({ "locked": true })).await.expect_status(200);
    let list = async |query: &str| {
        let answer = reader.get(&format!("{USERS}?{query}")).await.expect_status(200);
        assert_eq!((answer.header("cache-control"), answer.header("cache-status")), (Some("no-store"), None));
        answer.json()
    };
    let by_name = list(&format!("name[prefix]={name}&sort=name")).await;
    assert_eq!(column(&by_name, "name"), ["a", "b", "c"].map(|rest| format!("{name} {rest}")));
    let newest = list(&format!("name[prefix]={name}")).await;
    assert_eq!(column(&newest, "name"), ["a", "c", "b"].map(|rest| format!("{name} {rest}")));
    let locked = list(&format!("name[prefix]={name}&locked=true")).await;
    assert_eq!(column(&locked, "id"), [accounts[1].id()]);
    let open = list(&format!("name[prefix]={name}&locked=false&sort=-email")).await;
    assert_eq!(open["meta"]["total"], 2);
    assert_eq!(column(&list(&format!("email={}", accounts[0].email)).await, "id"), [accounts[0].id()]);
    let local_part = accounts[2].email.split('@').next().unwrap();
    assert_eq!(column(&list(&format!("email[prefix]={local_part}%40")).await, "id"), [accounts[2].id()]);
    let since = newest["data"][0]["created_at"].as_str().unwrap();
    let since = list(&format!("name[prefix]={name}&created_at[gte]={since}")).await;
    assert!(column(&since, "id").contains(&accounts[2].id().to_owned()), "{since}");
    for wrong in ["password_hash=x", "locked=yes", "sort=locked", "name[contains]=a"] {
        reader.get(&format!("{USERS}?{wrong}")).await.assert(400, "invalid_query");
    }
    app.visitor().get(USERS).await.assert(401, "unauthenticated");
    app.member().await.get(USERS).await.assert(403, "missing_capability");
}

#[tokio::test]
async fn a_user_is_renamed_at_the_version_that_is_meant() {
    let app = TestApp::start().await;
    let account = app.account().await;
    let editor = app.user().with(["edit_users"]).login().await;
    let patch = json!({ "name": " Ada " });
    app.visitor().send_json("PATCH", &account.path(), &patch).await.assert(401, "unauthenticated");
    app.member().await.send_json("PATCH", &account.path(), &patch).await.assert(403, "missing_capability");
    let stale = editor.copy().with_header("if-match", "\"2\"");
    stale.send_json("PATCH", &account.path(), &patch).await.assert(412, "precondition_failed");
    let right = editor.copy().with_header("if-match", "\"1\"");
    let answer = right.send_json("PATCH", &account.path(), &patch).await.expect_status(200);
    assert_eq!((answer.header("etag"), &answer.data()["name"]), (Some("\"2\""), &json!("Ada")));
    for nothing in [json!({}), json!({ "name": "Ada", "locked": false })] {
        let answer = right.copy().with_header("if-match", "\"2\"");
        let answer = answer.send_json("PATCH", &account.path(), &nothing).await.expect_status(200);
        assert_eq!(answer.header("etag"), Some("\"2\""), "nothing changes, so nothing is told");
    }
    let bad = json!({ "name": "", "locked": null, "email": "a@b.example", "roles": [] });
    let answer = editor.send_json("PATCH", &account.path(), &bad).await.assert(422, "invalid_input");
    let expected = [("email", "unknown"), ("locked", "null"), ("name", "length"), ("roles", "unknown")];
    assert_eq!(answer.details(), expected.map(|(field, code)| (field.to_owned(), code.to_owned())));
    editor.send_json("PATCH", NOBODY, &patch).await.assert(404, "not_found");
}

#[tokio::test]
async fn a_locked_user_is_refused_from_the_very_next_request_on() {
    let app = TestApp::start().await;
    let (account, session) = (app.account().await, app.visitor());
    session.login(&account.email, PASSWORD).await.expect_status(200);
    session.get("/api/v1/me").await.expect_status(200);
    let editor = app.user().with(["edit_users"]).login().await;
    let locked = editor.send_json("PATCH", &account.path(), &json!({ "locked": true })).await;
    assert_eq!(locked.expect_status(200).data()["locked"], true);
    session.get("/api/v1/me").await.assert(401, "invalid_session");
    let refused = app.visitor().login(&account.email, PASSWORD).await.assert(401, "wrong_credentials");
    let wrong = app.visitor().login(&app.new_email(), PASSWORD).await.assert(401, "wrong_credentials");
    let words = |answer: &app::Answer| {
        let mut json = answer.json();
        json["request_id"].take();
        json
    };
    assert_eq!(words(&refused), words(&wrong));
    let names = |answer: &app::Answer| {
        let mut names: Vec<_> = answer.headers.keys().map(ToString::to_string).collect();
        names.sort();
        names
    };
    assert_eq!(names(&refused), names(&wrong));
    editor.send_json("PATCH", &account.path(), &json!({ "locked": false })).await.expect_status(200);
    session.get("/api/v1/me").await.assert(401, "invalid_session");
    app.sign_in(&account.email, PASSWORD).await.get("/api/v1/me").await.expect_status(200);
}

#[tokio::test]
async fn a_lock_ends_the_links_in_mails_for_good() {
    let app = TestApp::start().await;
    let (account, new) = (app.account().await, app.new_email());
    let session = app.sign_in(&account.email, PASSWORD).await;
    app.visitor()
        .post("/api/v1/auth/forgot-password", &json!({ "email": account.email }))
        .await
        .expect_status(202);
    let change = json!({ "email": new, "password": PASSWORD });
    session.post("/api/v1/auth/change-email", &change).await.expect_status(202);
    let reset = app.mailed_token(&account.email, "Set a new password", 1).await;
    let reset = json!({ "token": reset, "password": "quite another password" });
    let verify = json!({ "token": app.mailed_token(&new, "Confirm your new address", 1).await });
    let editor = app.user().with(["edit_users"]).login().await;
    for locked in [true, false] {
        let patch = json!({ "locked": locked });
        editor.send_json("PATCH", &account.path(), &patch).await.expect_status(200);
        app.visitor().post("/api/v1/auth/reset-password", &reset).await.assert(400, "invalid_token");
        app.visitor().post("/api/v1/auth/verify-email", &verify).await.assert(400, "invalid_token");
    }
    app.sign_in(&account.email, PASSWORD).await.get("/api/v1/me").await.expect_status(200);
}

#[tokio::test]
async fn a_deleted_user_is_gone_from_the_very_next_request_on() {
    let app = TestApp::start().await;
    let (account, session) = app.user().make_and_login().await;
    let path = account.path();
    app.visitor().request("DELETE", &path).await.assert(401, "unauthenticated");
    app.user()
        .with(["edit_users"])
        .login()
        .await
        .request("DELETE", &path)
        .await
        .assert(403, "missing_capability");
    let deleter = app.user().with(["delete_users"]).login().await;
    deleter
        .copy()
        .with_header("if-match", "\"7\"")
        .request("DELETE", &path)
        .await
        .assert(412, "precondition_failed");
    session.get("/api/v1/me").await.expect_status(200);
    deleter.request("DELETE", &path).await.expect_status(204);
    session.get("/api/v1/me").await.assert(401, "invalid_session");
    app.visitor().login(&account.email, PASSWORD).await.assert(401, "wrong_credentials");
    deleter.request("DELETE", &path).await.assert(404, "not_found");
}

#[tokio::test]
async fn given_and_taken_roles_hold_from_the_very_next_request_on() {
    let app = TestApp::start().await;
    let (account, session) = app.user().make_and_login().await;
    let (admin, role) = (app.admin().await, app.role(&["read_users"]).await);
    session.get(USERS).await.assert(403, "missing_capability");
    app.visitor()
        .send_json("PUT", &format!("{NOBODY}/roles"), &json!({ "roles": [] }))
        .await
        .assert(401, "unauthenticated");
    set_roles(&session, &account, &[ADMINISTRATOR]).await.assert(403, "missing_capability");
    let answer = set_roles(&admin, &account, &[&role, &role]).await.expect_status(200);
    assert_eq!((answer.header("etag"), answer.data()), (Some("\"2\""), json!({ "roles": [role] })));
    session.get(USERS).await.expect_status(200);
    let again = set_roles(&admin, &account, &[&role]).await.expect_status(200);
    assert_eq!(again.header("etag"), Some("\"2\""), "nothing changes, so nothing is told");
    let stale = admin.copy().with_header("if-match", "\"1\"");
    set_roles(&stale, &account, &[]).await.assert(412, "precondition_failed");
    session.get(USERS).await.expect_status(200);
    set_roles(&admin, &account, &[]).await.expect_status(200);
    session.get(USERS).await.assert(403, "missing_capability");
    admin
        .send_json("PUT", &format!("{NOBODY}/roles"), &json!({ "roles": [] }))
        .await
        .assert(404, "not_found");
}

#[tokio::test]
async fn roles_that_are_none_are_named() {
    let app = TestApp::start().await;
    let (account, admin) = (app.account().await, app.admin().await);
    let role = app.role(&[]).await;
    let unknown = "019376a1-9c3b-7aaa-8bbb-0123456789ab";
    let answer = set_roles(&admin, &account, &[&role, unknown]).await.assert(422, "invalid_input");
    assert_eq!(answer.details(), [("roles[1]".to_owned(), "invalid".to_owned())]);
    let answer = set_roles(&admin, &account, &["shopkeeper"]).await.assert(422, "invalid_input");
    assert_eq!(answer.details(), [("roles[0]".to_owned(), "invalid".to_owned())]);
    let many = vec![role.as_str(); 51];
    set_roles(&admin, &account, &many).await.assert(422, "invalid_input");
    set_roles(&admin, &account, &many[..50]).await.expect_status(200);
    admin
        .send_json("PUT", &format!("{}/roles", account.path()), &json!({}))
        .await
        .assert(422, "invalid_input");
}

#[tokio::test]
async fn nobody_gives_or_takes_what_they_do_not_hold() {
    let app = TestApp::start().await;
    let (account, manager) = app.user().with(["manage_roles", "read_users"]).make_and_login().await;
    let (small, large) = (app.role(&["read_users"]).await, app.role(&["read_users", "edit_users"]).await);
    let other = app.account().await;
    set_roles(&manager, &other, &[&small]).await.expect_status(200);
    let refused = set_roles(&manager, &other, &[&small, &large]).await.assert(403, "beyond_own_capabilities");
    assert_eq!(refused.json()["error"], "You would need edit_users yourself for this.");
    set_roles(&manager, &account, &[ADMINISTRATOR]).await.assert(403, "beyond_own_capabilities");
    set_roles(&manager, &other, &[ADMINISTRATOR]).await.assert(403, "beyond_own_capabilities");
    // A role that allows more is not taken either, nor any from somebody who has one.
    set_roles(&app.admin().await, &other, &[&small, &large]).await.expect_status(200);
    set_roles(&manager, &other, &[&small]).await.assert(403, "beyond_own_capabilities");
    set_roles(&manager, &other, &[&large]).await.assert(403, "beyond_own_capabilities");
    set_roles(&manager, &other, &[]).await.assert(403, "beyond_own_capabilities");
    let more = app.role(&["manage_roles"]).await;
    set_roles(&manager, &other, &[&small, &large, &more]).await.expect_status(200);
}

#[tokio::test]
async fn who_may_do_each_single_thing_is_still_no_administrator() {
    let app = TestApp::start().await;
    let all = app.admin().await.get("/api/v1/me").await.expect_status(200).data()["capabilities"].clone();
    let all = all.as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned());
    let (account, almighty) = app.user().with(all).make_and_login().await;
    let refused =
        set_roles(&almighty, &account, &[ADMINISTRATOR]).await.assert(403, "beyond_own_capabilities");
    let sentence = refused.json()["error"].clone();
    assert_eq!(sentence, "You would need every capability, those to come included, yourself for this.");
}

#[tokio::test]
async fn nobody_edits_locks_or_deletes_a_user_who_holds_more() {
    let app = TestApp::start().await;
    let helper = app.user().with(["edit_users", "delete_users"]).login().await;
    let above = app.user().with(["edit_users", "read_audit"]).make().await;
    for patch in [json!({ "name": "Renamed" }), json!({ "locked": true }), json!({})] {
        let refused =
            helper.send_json("PATCH", &above.path(), &patch).await.assert(403, "beyond_own_capabilities");
        assert_eq!(refused.json()["error"], "You would need read_audit yourself for this.");
    }
    helper.request("DELETE", &above.path()).await.assert(403, "beyond_own_capabilities");
    let administrator = app.user().administrator().make().await;
    helper
        .send_json("PATCH", &administrator.path(), &json!({ "locked": true }))
        .await
        .assert(403, "beyond_own_capabilities");
    helper.request("DELETE", &administrator.path()).await.assert(403, "beyond_own_capabilities");
    let equal = app.user().with(["edit_users", "delete_users"]).make().await;
    helper.send_json("PATCH", &equal.path(), &json!({ "locked": true })).await.expect_status(200);
    helper.request("DELETE", &equal.path()).await.expect_status(204);
}

#[tokio::test]
async fn of_two_administrators_who_strip_each_other_at_once_one_succeeds() {
    let app = TestApp::start().await;
    for _ in 0..5 {
        let (first, first_session) = app.user().administrator().make_and_login().await;
        let (second, second_session) = app.user().administrator().make_and_login().await;
        let (one, other) =
            join(set_roles(&first_session, &second, &[]), set_roles(&second_session, &first, &[])).await;
        let mut statuses = [one.status, other.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 403], "{one:?} {other:?}");
    }
}

#[tokio::test]
async fn the_last_administrator_stays() {
    let app = TestApp::alone().await;
    let admin = app.admin().await;
    let me = admin.get("/api/v1/me").await.expect_status(200).data();
    let me = format!("{USERS}/{}", me["id"].as_str().unwrap());
    let none = json!({ "roles": [] });
    let roles = format!("{me}/roles");
    let locked = app.user().administrator().make().await;
    admin.send_json("PATCH", &locked.path(), &json!({ "locked": true })).await.expect_status(200);
    admin.send_json("PUT", &roles, &none).await.assert(409, "last_administrator");
    admin.send_json("PATCH", &me, &json!({ "locked": true })).await.assert(409, "last_administrator");
    admin.request("DELETE", &me).await.assert(409, "last_administrator");
    // One who is locked is none to miss, and other roles come and go.
    admin.request("DELETE", &locked.path()).await.expect_status(204);
    let role = app.role(&[]).await;
    admin.send_json("PUT", &roles, &json!({ "roles": [ADMINISTRATOR, role] })).await.expect_status(200);
    admin.send_json("PATCH", &me, &json!({ "name": "Still here" })).await.expect_status(200);
    // All at once, each themselves: whoever comes last stays.
    let mut racing = Vec::new();
    for _ in 0..4 {
        racing.push(app.user().administrator().make_and_login().await);
    }
    admin.send_json("PUT", &roles, &none).await.expect_status(200);
    let leave = racing.iter().enumerate().map(async |(index, (account, session))| match index % 3 {
        0 => set_roles(session, account, &[]).await.status,
        1 => session.send_json("PATCH", &account.path(), &json!({ "locked": true })).await.status,
        _ => session.request("DELETE", &account.path()).await.status,
    });
    let statuses = join_all(leave).await;
    let stayed = statuses.iter().filter(|status| **status == 409).count();
    let left = statuses.iter().filter(|status| matches!(**status, 200 | 204)).count();
    assert_eq!((stayed, left), (1, 3), "{statuses:?}");
}
