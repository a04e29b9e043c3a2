//! What a deletion takes with it and what it changes, and when that which is over is deleted.

#![expect(clippy::unwrap_used, reason = "what a test is written in fails by panicking")]

#[path = "accounts/world.rs"]
#[expect(dead_code, reason = "the tests of accounts use the rest")]
mod world;

use http::Method;
use serde_json::json;
use shared::seed::ADMINISTRATOR_ROLE;

use world::{PASSWORD, World, run};

const EMAIL: &str = "ada@example.test";
const ROLE: &str = "019376a1-9c3b-7aaa-8bbb-00000000000a";

#[test]
fn the_last_role_that_allows_everything_is_not_deleted_from_under_its_members() {
    run(async {
        let world = World::new().await;
        world.sign_up(EMAIL).await;
        // A fork's own: the API makes none.
        let make = "INSERT INTO roles (id, name, grants_all, created_at, updated_at) VALUES ";
        world.sql(&format!("{make} ('{ROLE}', 'owner', 1, 0, 0)")).await;
        let give = |role| format!("INSERT INTO user_roles (user_id, role_id) SELECT id, '{role}' FROM users");
        world.sql(&give(ROLE)).await;
        let cookie = world.session(EMAIL).await;
        let path = format!("/roles/{ROLE}");
        assert_eq!(world.send(Method::DELETE, &path, &cookie, &json!({})).await.status(), 409);
        world.sql(&give(ADMINISTRATOR_ROLE)).await;
        assert_eq!(world.send(Method::DELETE, &path, &cookie, &json!({})).await.status(), 204);
    });
}

#[test]
fn a_post_whose_author_goes_is_another_version_and_lists_are_of_another_generation() {
    run(async {
        let world = World::new().await;
        let generation =
            "SELECT COALESCE(sum(value), 0) AS n FROM generations WHERE resource = 'published_posts'";
        let leave = async |email: &str| {
            let body = json!({ "password": PASSWORD });
            let cookie = world.session(email).await;
            assert_eq!(world.send(Method::DELETE, "/me", &cookie, &body).await.status(), 204);
        };
        world.sign_up(EMAIL).await;
        for (id, status) in [("a", "published"), ("b", "draft")] {
            let post = format!(
                "INSERT INTO posts (id, author_id, title, body, status, published_at, created_at, updated_at) \
                 SELECT '{id}', id, 'T', 'B', '{status}', 0, 0, 0 FROM users"
            );
            world.sql(&post).await;
        }
        world.sign_up("reader@example.test").await;
        leave("reader@example.test").await;
        assert_eq!(world.number(generation).await, 0, "who wrote nothing leaves lists as they are");
        for after in [1, 2] {
            leave(EMAIL).await;
            assert_eq!(world.number(generation).await, after);
            world.sign_up(EMAIL).await;
            world.sql("UPDATE posts SET author_id = (SELECT id FROM users)").await;
        }
        assert_eq!(world.number("SELECT version AS n FROM posts").await, 3, "twice without its author");
    });
}
