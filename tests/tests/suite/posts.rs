use std::time::Duration;

use app::{Client, PASSWORD, TestApp};
use futures::future::join_all;
use serde_json::{Value, json};

const POSTS: &str = "/api/v1/posts";
const OWN: &str = "/api/v1/me/posts";

/// The id of nothing.
const NOWHERE: &str = "/api/v1/posts/019376a1-9c3b-7aaa-8bbb-0123456789ab";

/// A bound to fail by, not a time to wait.
const PATIENCE: Duration = Duration::from_secs(15);

async fn author(app: &TestApp) -> Client {
    app.user().with(["create_posts"]).login().await
}

/// Writes a post; answers with its path.
async fn write(author: &Client, title: &str, status: &str) -> String {
    let post = json!({ "title": title, "body": "Text.", "status": status });
    let answer = author.post(POSTS, &post).await.expect_status(201);
    answer.header("location").unwrap().to_owned()
}

fn titles(json: &Value) -> Vec<&str> {
    json["data"].as_array().unwrap().iter().map(|post| post["title"].as_str().unwrap()).collect()
}

async fn list(client: &Client, query: &str) -> Value {
    client.get(&format!("{POSTS}?{query}")).await.expect_status(200).json()
}

/// The list, when the cache answers with it.
async fn from_cache(client: &Client, query: &str) -> Value {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    loop {
        let answer = client.get(&format!("{POSTS}?{query}")).await.expect_status(200);
        if answer.header("cache-status").is_some_and(|status| status.contains("; hit")) {
            return answer.json();
        }
        assert!(tokio::time::Instant::now() < deadline, "no list came from the cache");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Waits until nobody who is not signed in finds it any more.
async fn unseen(visitor: &Client, path: &str) {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    while visitor.get(path).await.status == 200 {
        assert!(tokio::time::Instant::now() < deadline, "it can still be read");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    visitor.get(path).await.assert(404, "not_found");
}

async fn my_id(client: &Client) -> String {
    client.get("/api/v1/me").await.expect_status(200).data()["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_post_is_written_by_those_who_may_and_read_by_all() {
    let app = TestApp::start().await;
    let author = author(&app).await;
    let post = json!({ "title": " On lamps ", "body": "Warm.\nDim.", "status": "published" });
    app.visitor().post(POSTS, &post).await.assert(401, "unauthenticated");
    app.member().await.post(POSTS, &post).await.assert(403, "missing_capability");
    app.user()
        .with(["edit_posts", "delete_posts"])
        .login()
        .await
        .post(POSTS, &post)
        .await
        .assert(403, "missing_capability");
    let answer = author.post(POSTS, &post).await.expect_status(201);
    let created = answer.data();
    assert_eq!((&created["title"], &created["version"]), (&json!("On lamps"), &json!(1)));
    assert_eq!(created["author_id"], my_id(&author).await);
    assert_eq!(created["published_at"], created["created_at"]);
    let path = answer.header("location").unwrap();
    assert_eq!(path, format!("{POSTS}/{}", created["id"].as_str().unwrap()));
    for reader in [app.visitor(), app.member().await, author] {
        let read = reader.get(path).await.expect_status(200);
        assert_eq!((read.data(), read.header("etag")), (created.clone(), Some("\"1\"")));
        reader.copy().with_header("if-none-match", "\"1\"").get(path).await.expect_status(304);
    }
}

#[tokio::test]
async fn defaults_and_bounds_of_a_post_hold() {
    let app = TestApp::start().await;
    let author = author(&app).await;
    let draft = author.post(POSTS, &json!({ "title": "T" })).await.expect_status(201).data();
    assert_eq!(
        (&draft["body"], &draft["status"], &draft["published_at"]),
        (&json!(""), &json!("draft"), &json!(null))
    );
    let longest = json!({ "title": "é".repeat(200), "body": "ü".repeat(100_000) });
    let longest = author.post(POSTS, &longest).await.expect_status(201).data();
    assert_eq!(longest["body"].as_str().unwrap().chars().count(), 100_000);
    for (field, value, code) in [
        ("title", json!(""), "length"),
        ("title", json!("t".repeat(201)), "length"),
        ("title", json!("a\nb"), "control"),
        ("body", json!("b".repeat(100_001)), "length"),
        ("body", json!("a\u{0}b"), "control"),
        ("body", json!(null), "null"),
        ("status", json!("archived"), "choice"),
        ("author_id", json!("019376a1-9c3b-7aaa-8bbb-0123456789ab"), "unknown"),
        ("published_at", json!("2026-01-31T12:00:00Z"), "unknown"),
    ] {
        let mut post = json!({ "title": "T" });
        post[field] = value.clone();
        let expected = [(field.to_owned(), code.to_owned())];
        assert_eq!(author.post(POSTS, &post).await.assert(422, "invalid_input").details(), expected);
        let path = format!("{POSTS}/{}", draft["id"].as_str().unwrap());
        let changed = author.send_json("PATCH", &path, &json!({ field: value })).await;
        assert_eq!(changed.assert(422, "invalid_input").details(), expected);
    }
}

#[tokio::test]
async fn a_draft_is_for_its_author_and_for_editors() {
    let app = TestApp::start().await;
    let author = author(&app).await;
    let path = write(&author, "Secret", "draft").await;
    let editor = app.user().with(["edit_posts"]).login().await;
    for reader in [&author, &editor, &app.admin().await] {
        assert_eq!(reader.get(&path).await.expect_status(200).data()["title"], "Secret");
    }
    let others = [
        app.visitor(),
        app.member().await,
        app.user().with(["create_posts"]).login().await,
        app.user().with(["delete_posts"]).login().await,
    ];
    for other in others {
        other.get(&path).await.assert(404, "not_found");
        other.copy().with_header("if-none-match", "*").get(&path).await.assert(404, "not_found");
    }
    // What shows somebody, but not rightly, is told so.
    let expired = app.visitor().with_header("authorization", "Bearer x");
    expired.get(&path).await.assert(401, "invalid_session");
}

#[tokio::test]
async fn nobody_finds_drafts_in_lists_nor_in_the_cache() {
    let app = TestApp::start().await;
    let author = author(&app).await;
    let me = my_id(&author).await;
    let draft = write(&author, "Hidden", "draft").await;
    let open = write(&author, "Open", "published").await;
    let query = format!("author_id={me}");
    // Each of those who see the draft by its path asks for the list, and fills the cache with it.
    let (admin, editor) = (app.admin().await, app.user().with(["edit_posts"]).login().await);
    for reader in [&author, &admin, &editor, &app.visitor()] {
        assert_eq!(titles(&list(reader, &query).await), ["Open"]);
        assert_eq!(list(reader, &query).await["meta"]["total"], 1);
        assert!(!titles(&list(reader, "limit=100").await).contains(&"Hidden"));
    }
    for reader in [&app.visitor(), &admin, &editor] {
        assert_eq!(titles(&from_cache(reader, &query).await), ["Open"]);
    }
    for wish in ["status=draft", "status=published", "status[in]=draft", "title=Hidden", "sort=status"] {
        author.get(&format!("{POSTS}?{wish}")).await.assert(400, "invalid_query");
    }
    // What is taken back is gone from the lists: at once for its author.
    author.send_json("PATCH", &open, &json!({ "status": "draft" })).await.expect_status(200);
    assert!(titles(&list(&author, &query).await).is_empty());
    author.send_json("PATCH", &draft, &json!({ "status": "published" })).await.expect_status(200);
    assert_eq!(titles(&list(&author, &query).await), ["Hidden"]);
    let (visitor, deadline) = (app.visitor(), tokio::time::Instant::now() + PATIENCE);
    while titles(&list(&visitor, &query).await) != ["Hidden"] {
        assert!(tokio::time::Instant::now() < deadline, "others see it within ten seconds");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test]
async fn authors_list_their_own_posts_and_nobody_elses() {
    let app = TestApp::start().await;
    let (author, other) = (author(&app).await, author(&app).await);
    write(&author, "First", "draft").await;
    write(&author, "Second", "published").await;
    write(&other, "Foreign", "published").await;
    let own = |query: &'static str| {
        let author = author.clone();
        async move { author.get(&format!("{OWN}?{query}")).await.expect_status(200) }
    };
    let answer = own("").await;
    assert_eq!((answer.header("cache-control"), answer.header("cache-status")), (Some("no-store"), None));
    assert_eq!(titles(&answer.json()), ["Second", "First"]);
    assert_eq!(titles(&own("sort=created_at").await.json()), ["First", "Second"]);
    assert_eq!(titles(&own("status=draft").await.json()), ["First"]);
    assert_eq!(titles(&own("status=published").await.json()), ["Second"]);
    assert_eq!(own("limit=1").await.json()["meta"]["total"], 2);
    write(&author, "Third", "draft").await;
    assert_eq!(titles(&own("limit=2").await.json()), ["Third", "Second"], "never from a cache");
    app.visitor().get(OWN).await.assert(401, "unauthenticated");
    assert!(titles(&app.member().await.get(OWN).await.expect_status(200).json()).is_empty());
    for wish in ["author_id=x", "published_at[gt]=2026-01-31T12:00:00Z"] {
        author.get(&format!("{OWN}?{wish}")).await.assert(400, "invalid_query");
    }
}

#[tokio::test]
async fn a_list_shows_the_beginning_of_a_text() {
    let app = TestApp::start().await;
    let author = author(&app).await;
    let post = json!({ "title": "Long", "body": "é".repeat(300), "status": "published" });
    author.post(POSTS, &post).await.expect_status(201);
    let query = format!("author_id={}", my_id(&author).await);
    let listed = list(&author, &query).await["data"][0].clone();
    assert_eq!(listed["excerpt"], "é".repeat(200));
    assert_eq!(listed.get("body"), None);
}

#[tokio::test]
async fn a_post_is_changed_by_its_author_and_by_editors() {
    let app = TestApp::start().await;
    let author = author(&app).await;
    let (editor, deleter) =
        (app.user().with(["edit_posts"]).login().await, app.user().with(["delete_posts"]).login().await);
    let strangers = [app.member().await, app.user().with(["create_posts"]).login().await, deleter];
    for status in ["draft", "published"] {
        let path = write(&author, "Before", status).await;
        let renamed = |title: &str| json!({ "title": title });
        app.visitor().send_json("PATCH", &path, &renamed("V")).await.assert(401, "unauthenticated");
        for stranger in &strangers {
            let refused = stranger.send_json("PATCH", &path, &renamed("S")).await;
            // Whatever version they name, what they must not see is not there.
            let stale = stranger.copy().with_header("if-match", "\"7\"");
            let stale = stale.send_json("PATCH", &path, &renamed("S")).await;
            for refused in [refused, stale] {
                if status == "draft" {
                    refused.assert(404, "not_found");
                } else {
                    let refused = refused.assert(403, "missing_capability");
                    assert!(refused.json()["error"].as_str().unwrap().contains("edit_posts"));
                }
            }
        }
        assert_eq!(author.get(&path).await.data()["version"], 1, "nothing was changed");
        let changed = author.send_json("PATCH", &path, &renamed("By the author")).await.expect_status(200);
        assert_eq!(
            (changed.header("etag"), &changed.data()["title"]),
            (Some("\"2\""), &json!("By the author"))
        );
        let changed =
            editor.send_json("PATCH", &path, &renamed("By the editor")).await.expect_status(200).data();
        assert_eq!((&changed["version"], &changed["body"]), (&json!(3), &json!("Text.")));
        assert_eq!(changed["author_id"], my_id(&author).await, "it stays its author's");
    }
    for client in [&author, &editor] {
        client.send_json("PATCH", NOWHERE, &json!({})).await.assert(404, "not_found");
    }
}

#[tokio::test]
async fn a_post_is_deleted_by_its_author_and_by_those_who_may_delete_any() {
    let app = TestApp::start().await;
    let author = author(&app).await;
    let (editor, deleter) =
        (app.user().with(["edit_posts"]).login().await, app.user().with(["delete_posts"]).login().await);
    let (draft, open) = (write(&author, "D", "draft").await, write(&author, "O", "published").await);
    for path in [&draft, &open] {
        app.visitor().request("DELETE", path).await.assert(401, "unauthenticated");
        // Who sees it is told what they lack.
        let refused = editor.request("DELETE", path).await.assert(403, "missing_capability");
        assert!(refused.json()["error"].as_str().unwrap().contains("delete_posts"));
    }
    for stranger in [app.member().await, app.user().with(["create_posts"]).login().await] {
        stranger.request("DELETE", &draft).await.assert(404, "not_found");
        stranger.request("DELETE", &open).await.assert(403, "missing_capability");
    }
    author.get(&draft).await.expect_status(200);
    for (who, status) in
        [(&author, "draft"), (&author, "published"), (&deleter, "draft"), (&deleter, "published")]
    {
        let path = write(&author, "Short-lived", status).await;
        who.request("DELETE", &path).await.expect_status(204);
        author.get(&path).await.assert(404, "not_found");
        who.request("DELETE", &path).await.assert(404, "not_found");
    }
    deleter.request("DELETE", NOWHERE).await.assert(404, "not_found");
}

#[tokio::test]
async fn who_may_not_write_any_more_keeps_their_posts_in_order() {
    let app = TestApp::start().await;
    let (account, author) = app.user().with(["create_posts"]).make_and_login().await;
    let path = write(&author, "Kept", "draft").await;
    let admin = app.admin().await;
    admin
        .send_json("PUT", &format!("{}/roles", account.path()), &json!({ "roles": [] }))
        .await
        .expect_status(200);
    author.post(POSTS, &json!({ "title": "T" })).await.assert(403, "missing_capability");
    author.send_json("PATCH", &path, &json!({ "title": "Changed" })).await.expect_status(200);
    author.request("DELETE", &path).await.expect_status(204);
}

#[tokio::test]
async fn a_post_is_published_once_and_keeps_that_time() {
    let app = TestApp::start().await;
    let author = author(&app).await;
    let path = write(&author, "Late", "draft").await;
    let turn = |status: &'static str| {
        let (author, path) = (author.clone(), path.clone());
        async move {
            author.send_json("PATCH", &path, &json!({ "status": status })).await.expect_status(200).data()
        }
    };
    let published = turn("published").await;
    assert!(published["published_at"].is_string());
    assert_eq!(published["published_at"], published["updated_at"]);
    assert_eq!(turn("draft").await["published_at"], published["published_at"]);
    unseen(&app.visitor(), &path).await;
    assert_eq!(turn("published").await["published_at"], published["published_at"]);
}

#[tokio::test]
async fn a_change_for_another_version_is_refused() {
    let app = TestApp::start().await;
    let author = author(&app).await;
    let path = write(&author, "Guarded", "draft").await;
    for client in [author.clone(), app.user().with(["edit_posts", "delete_posts"]).login().await] {
        let stale = client.with_header("if-match", "\"2\"");
        for answer in
            [stale.send_json("PATCH", &path, &json!({})).await, stale.request("DELETE", &path).await]
        {
            let answer = answer.assert(412, "precondition_failed");
            assert_eq!(answer.header("etag"), Some("\"1\""));
        }
    }
    author.copy().with_header("if-match", "\"1\"").request("DELETE", &path).await.expect_status(204);
    author.copy().with_header("if-match", "*").request("DELETE", &path).await.assert(404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_author_and_editor_at_once_only_one_changes_a_version() {
    let app = TestApp::start().await;
    let (author, editor) = (author(&app).await, app.user().with(["edit_posts"]).login().await);
    let path = write(&author, "Contested", "draft").await;
    let first = [&author, &editor].map(|client| client.copy().with_header("if-match", "\"1\""));
    let patches = (0..8).map(|number| {
        let (client, path) = (first[number % 2].clone(), path.clone());
        async move { client.send_json("PATCH", &path, &json!({ "title": format!("{number}") })).await.status }
    });
    let mut statuses = join_all(patches).await;
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412, 412, 412, 412, 412, 412, 412]);
    assert_eq!(author.get(&path).await.data()["version"], 2);
}

#[tokio::test]
async fn refused_writes_do_not_touch_the_lists_of_others() {
    let app = TestApp::start().await;
    let author = author(&app).await;
    let path = write(&author, "Calm", "published").await;
    let generation = || {
        let sql = "SELECT value FROM generations WHERE resource = ?1";
        app.server().sql(sql, &["published_posts"]).unwrap()
    };
    // Other tests write posts meanwhile: a moment without any is found soon.
    let deadline = tokio::time::Instant::now() + PATIENCE;
    let stranger = app.member().await;
    loop {
        let before = generation();
        let refused = stranger.request("DELETE", &path).await.assert(403, "missing_capability");
        assert_eq!(refused.header("ashlar-seen"), None);
        if generation() == before {
            break;
        }
        assert!(tokio::time::Instant::now() < deadline, "a refused write raises the generation");
    }
}

#[tokio::test]
async fn when_an_author_is_gone_drafts_go_and_published_posts_stay_without_a_name() {
    let app = TestApp::start().await;
    let (account, author) = app.user().with(["create_posts"]).make_and_login().await;
    let (draft, open) = (write(&author, "D", "draft").await, write(&author, "O", "published").await);
    let seen = app.visitor().get(&open).await.expect_status(200).header("etag").unwrap().to_owned();
    app.admin().await.request("DELETE", &account.path()).await.expect_status(204);
    let editor = app.user().with(["edit_posts"]).login().await;
    editor.get(&draft).await.assert(404, "not_found");
    assert_eq!(editor.get(&open).await.expect_status(200).data()["author_id"], json!(null));
    let late = app.visitor().with_header("if-none-match", &seen);
    let deadline = tokio::time::Instant::now() + PATIENCE;
    while late.get(&open).await.status == 304 {
        assert!(tokio::time::Instant::now() < deadline, "the tag of what had a name holds");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(late.get(&open).await.expect_status(200).data()["author_id"], json!(null));
    app.member().await.send_json("PATCH", &open, &json!({})).await.assert(403, "missing_capability");
    editor.send_json("PATCH", &open, &json!({ "title": "Kept" })).await.expect_status(200);
}

#[tokio::test]
async fn whoever_deletes_an_author_does_not_see_their_name_in_posts_any_more() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    for by_themselves in [true, false] {
        let (account, author) = app.user().with(["create_posts"]).make_and_login().await;
        write(&author, "Left", "published").await;
        let query = format!("author_id={}", account.id());
        assert_eq!(titles(&from_cache(&app.visitor(), &query).await), ["Left"]);
        let writer = if by_themselves { &author } else { &admin };
        let gone = if by_themselves {
            writer.send_json("DELETE", "/api/v1/me", &json!({ "password": PASSWORD })).await
        } else {
            writer.request("DELETE", &account.path()).await
        };
        let told = gone.expect_status(204).header("ashlar-seen").unwrap().to_owned();
        assert!(told.starts_with("published_posts."), "{told}");
        for reader in [writer.clone(), app.visitor().with_header("ashlar-seen", &told)] {
            assert!(titles(&list(&reader, &query).await).is_empty(), "by themselves: {by_themselves}");
        }
    }
}

#[tokio::test]
async fn the_key_of_an_author_writes_and_keeps_their_posts() {
    let app = TestApp::start().await;
    let author = author(&app).await;
    let body = json!({ "name": "Publisher", "capabilities": ["create_posts"], "password": PASSWORD });
    let key = author.post("/api/v1/auth/api-keys", &body).await.expect_status(201).data();
    let bearer = format!("Bearer {}", key["key"].as_str().unwrap());
    let program = app.visitor().with_header("authorization", &bearer);
    let path = write(&program, "By a program", "draft").await;
    assert_eq!(author.get(&path).await.expect_status(200).data()["title"], "By a program");
    program.get(&path).await.expect_status(200);
    program.request("DELETE", &path).await.expect_status(204);
}
