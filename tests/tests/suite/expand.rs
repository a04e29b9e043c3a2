//! Things that are shown together with what they belong to.

use app::{Client, TestApp};
use serde_json::{Value, json};

const POSTS: &str = "/api/v1/posts";

async fn publish(author: &Client, title: &str) -> String {
    let post = json!({ "title": title, "body": "Text.", "status": "published" });
    author.post(POSTS, &post).await.expect_status(201).header("location").unwrap().to_owned()
}

#[tokio::test]
async fn a_post_is_shown_with_its_author_when_asked_for() {
    let app = TestApp::start().await;
    let (account, author) = app.user().with(["create_posts"]).make_and_login().await;
    let path = publish(&author, "By somebody").await;
    let me = author.get("/api/v1/me").await.expect_status(200).data();
    let expected = json!({ "id": account.id(), "name": me["name"] });
    for reader in [&author, &app.visitor()] {
        let read = reader.get(&format!("{path}?expand=author")).await.expect_status(200);
        assert_eq!(read.data()["author"], expected, "an id and a name, and no address");
        assert!(reader.get(&path).await.data().get("author").is_none());
    }
    let list = format!("{POSTS}?author_id={}&expand=author", account.id());
    for query in ["", "&fields=title", "&q=somebody&snippets=true"] {
        let listed = author.get(&format!("{list}{query}")).await.expect_status(200).json();
        assert_eq!(listed["data"][0]["author"], expected, "{query}");
    }
    let plain = author.get(&format!("{POSTS}?author_id={}", account.id())).await.expect_status(200).json();
    assert!(plain["data"][0].get("author").is_none());
}

#[tokio::test]
async fn a_new_name_is_shown_at_once_and_under_another_tag() {
    let app = TestApp::start().await;
    let (account, author) = app.user().with(["create_posts"]).make_and_login().await;
    let path = format!("{}?expand=author", publish(&author, "Renamed").await);
    let list = format!("{POSTS}?author_id={}&expand=author", account.id());
    let tag = author.get(&path).await.expect_status(200).header("etag").unwrap().to_owned();
    author.get(&list).await.expect_status(200);
    author.copy().with_header("if-none-match", &tag).get(&path).await.expect_status(304);
    author.send_json("PATCH", "/api/v1/me", &json!({ "name": "Ada Byron" })).await.expect_status(200);
    let read = author.copy().with_header("if-none-match", &tag).get(&path).await.expect_status(200);
    assert_eq!(read.data()["author"]["name"], "Ada Byron");
    let listed = app.visitor().get(&list).await.expect_status(200).json();
    assert_eq!(listed["data"][0]["author"]["name"], "Ada Byron");
}

#[tokio::test]
async fn what_is_gone_is_null() {
    let app = TestApp::start().await;
    let (account, author) = app.user().with(["create_posts"]).make_and_login().await;
    let path = publish(&author, "Left by somebody").await;
    app.admin().await.request("DELETE", &account.path()).await.expect_status(204);
    let reader = app.visitor();
    let read = reader.get(&format!("{path}?expand=author")).await.expect_status(200).data();
    assert_eq!((&read["author"], &read["author_id"]), (&Value::Null, &Value::Null));
    let listed = reader.get(&format!("{POSTS}?expand=author&limit=100&sort=-published_at")).await;
    let listed = listed.expect_status(200).json();
    let left = listed["data"].as_array().unwrap().iter().find(|post| post["title"] == "Left by somebody");
    assert_eq!(left.unwrap()["author"], Value::Null);
}

#[tokio::test]
async fn unknown_relations_are_refused_with_those_that_there_are() {
    let app = TestApp::start().await;
    let (_, author) = app.user().with(["create_posts"]).make_and_login().await;
    let path = publish(&author, "Not expanded").await;
    for base in [path.as_str(), POSTS] {
        for (query, code) in [
            ("expand=editor", "unknown"),
            ("expand=", "unknown"),
            ("expand=author,author", "duplicate"),
            ("expand=author&expand=author", "duplicate"),
        ] {
            let refused = author.get(&format!("{base}?{query}")).await.assert(400, "invalid_query");
            assert_eq!(refused.details(), [("expand".to_owned(), code.to_owned())], "{base}?{query}");
            if code == "unknown" {
                let message = refused.json()["details"][0]["message"].as_str().unwrap().to_owned();
                assert!(message.contains("author"), "{message}");
            }
        }
    }
    let refused = author.get("/api/v1/products?expand=author").await.assert(400, "invalid_query");
    assert_eq!(refused.details(), [("expand".to_owned(), "unknown".to_owned())]);
    let refused = author.get(&format!("{path}?colour=red")).await.assert(400, "invalid_query");
    assert_eq!(refused.details(), [("colour".to_owned(), "unknown".to_owned())]);
}
