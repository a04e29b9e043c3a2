//! What a deletion takes with it and what it changes, and when that which is over is deleted.

#![expect(clippy::unwrap_used, reason = "what a test is written in fails by panicking")]

#[path = "accounts/world.rs"]
#[expect(dead_code, reason = "the tests of accounts use the rest")]
mod world;

use std::time::Duration;

use http::Method;
use serde_json::json;
use shared::ports::{Statement, Value};
use shared::seed::ADMINISTRATOR_ROLE;

use world::{PASSWORD, World, run};

const EMAIL: &str = "ada@example.test";
const ROLE: &str = "019376a1-9c3b-7aaa-8bbb-00000000000a";
const DAY: Duration = Duration::from_hours(24);

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

/// Adds a job that has ended.
async fn bury(world: &World, id: &str, status: &str) {
    let job = format!(
        "INSERT INTO jobs (id, kind, payload, status, run_at, max_attempts, created_at, updated_at, finished_at) \
         VALUES ('{id}', 'mail.goodbye', '{{\"email\":\"{EMAIL}\"}}', '{status}', 0, 1, 0, 0, 1800000000000)"
    );
    world.sql(&job).await;
}

/// Whether the consumer's next sweep, a moment after this many days, leaves as many rows of the table.
async fn expect_after(world: &World, days: u32, table: &str, left: i64) {
    world.clock.advance(DAY * days);
    world.sweep().await;
    assert_eq!(world.number(&format!("SELECT count(*) AS n FROM {table}")).await, left, "{days} days later");
}

#[test]
fn jobs_that_have_ended_go_after_a_while_and_others_stay() {
    run(async {
        let world = World::new().await;
        bury(&world, "done", "done").await;
        bury(&world, "dead", "dead").await;
        let waiting = "INSERT INTO jobs (id, kind, payload, status, run_at, max_attempts, created_at, updated_at) \
            VALUES ('waits', 'k', '{}', 'queued', 9e15, 1, 0, 0)";
        world.sql(waiting).await;
        expect_after(&world, 7, "jobs", 3).await;
        expect_after(&world, 1, "jobs", 2).await;
        assert_eq!(world.text("SELECT min(id) AS t FROM jobs").await, "dead");
        expect_after(&world, 22, "jobs", 2).await;
        expect_after(&world, 1, "jobs", 1).await;
        assert_eq!(world.text("SELECT id AS t FROM jobs").await, "waits");
    });
}

#[test]
fn a_job_does_not_keep_addresses_in_the_reason_of_its_failure() {
    run(async {
        let world = World::new().await;
        let job = format!(
            "INSERT INTO jobs (id, kind, payload, status, run_at, max_attempts, created_at, updated_at) VALUES \
             ('j', 'mail.password_changed', '{{\"version\":\"1\",\"user_id\":\"{EMAIL}\"}}', 'queued', 0, 1, 0, 0)"
        );
        world.sql(&job).await;
        world.sweep().await;
        let reason = world.text("SELECT last_error AS t FROM jobs WHERE status = 'dead'").await;
        assert!(reason.contains("(address)") && !reason.contains(EMAIL), "{reason}");
    });
}

#[test]
fn api_keys_go_a_month_after_their_end_and_others_stay() {
    run(async {
        let world = World::new().await;
        world.sign_up(EMAIL).await;
        world.sweep().await;
        // A sign-up is a millisecond after whatever was before.
        let end = 1_800_000_000_001_i64;
        let late = end + 1_000 * 24 * 3_600_000;
        for (id, expires, revoked) in
            [("expired", end, "NULL"), ("revoked", late, "1800000000001"), ("lives", late, "NULL")]
        {
            let key = format!(
                "INSERT INTO api_keys (id, user_id, name, hash, hint, capabilities, created_at, expires_at, revoked_at) \
                 SELECT '{id}', id, 'N', '{id}', 'h', '[]', 0, {expires}, {revoked} FROM users"
            );
            world.sql(&key).await;
        }
        expect_after(&world, 29, "api_keys", 3).await;
        expect_after(&world, 1, "api_keys", 3).await;
        world.clock.advance(Duration::from_mins(5));
        world.sweep().await;
        assert_eq!(world.text("SELECT group_concat(id) AS t FROM api_keys").await, "lives");
    });
}

#[test]
fn what_was_deleted_goes_for_good_after_a_while() {
    run(async {
        let world = World::new().await;
        // A sweep's clock is the test's own.
        let deleted = "INSERT INTO deleted_rows (resource, id, row, deleted_at) VALUES ('products', 'a', '{}', 1800000000000)";
        world.sql(deleted).await;
        expect_after(&world, 29, "deleted_rows", 1).await;
        expect_after(&world, 1, "deleted_rows", 0).await;
    });
}

#[test]
fn a_product_whose_id_lives_again_is_not_restored_over_it() {
    run(async {
        let world = World::new().await;
        world.sign_up(EMAIL).await;
        let give =
            format!("INSERT INTO user_roles (user_id, role_id) SELECT id, '{ADMINISTRATOR_ROLE}' FROM users");
        world.sql(&give).await;
        let cookie = world.session(EMAIL).await;
        let insert = format!(
            "INSERT INTO products (id, name, description, category, price, stock, status, created_at, updated_at) \
             VALUES ('{ROLE}', 'N', '', 'c', 1, 0, 'draft', 0, 0)"
        );
        world.sql(&insert).await;
        let path = format!("/products/{ROLE}");
        assert_eq!(world.send(Method::DELETE, &path, &cookie, &json!({})).await.status(), 204);
        world.sql(&insert).await;
        let answer =
            world.send(Method::POST, &format!("/products/deleted/{ROLE}/restore"), &cookie, &json!({})).await;
        let body: serde_json::Value = serde_json::from_slice(answer.body()).unwrap();
        assert_eq!((answer.status().as_u16(), &body["code"]), (409, &json!("already_exists")));
        assert_eq!(world.number("SELECT count(*) AS n FROM deleted_rows").await, 1, "nothing was done");
        assert_eq!(world.send(Method::DELETE, &path, &cookie, &json!({})).await.status(), 204);
        assert_eq!(world.number("SELECT count(*) AS n FROM deleted_rows").await, 1, "the later life is kept");
    });
}

#[test]
fn what_is_over_is_found_by_indexes() {
    run(async {
        let world = World::new().await;
        world.sweep().await;
        let statements: Vec<Statement> = world.heard.statements.borrow().clone();
        let deletions = statements.iter().filter(|statement| statement.sql.starts_with("DELETE"));
        let tables: Vec<_> =
            deletions.clone().map(|statement| statement.sql.split(' ').nth(2).unwrap()).collect();
        assert_eq!(
            tables,
            ["sessions", "one_time_tokens", "jobs", "jobs", "api_keys", "deleted_rows", "idempotency_keys"]
        );
        for statement in deletions {
            let plan = format!("EXPLAIN QUERY PLAN {}", statement.sql);
            let plan = Statement { sql: plan.into(), params: vec![Value::Null; statement.params.len()] };
            for row in world.ports.database.query(plan).await.unwrap().iter() {
                let step: String = row.get("detail").unwrap();
                assert!(
                    !step.starts_with("SCAN") && !step.contains("TEMP B-TREE"),
                    "{step}: {}",
                    statement.sql
                );
            }
        }
    });
}
