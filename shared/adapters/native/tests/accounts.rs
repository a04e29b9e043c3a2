//! Accounts where time, keys, costs and failures of the mail API matter, and what the database holds of them.

#![expect(clippy::unwrap_used, reason = "what a test is written in fails by panicking")]

#[path = "accounts/meanwhile.rs"]
mod meanwhile;
#[path = "accounts/world.rs"]
mod world;

use std::rc::Rc;
use std::time::Duration;

use edge::app::App;
use futures::future::join;
use http::Method;
use queue_consumer::consumer::Consumer;
use serde_json::json;
use shared::auth::one_time;
use shared::ids::{Id as _, UserId};
use shared::ports::{Statement, Value};
use shared::repositories::users;
use shared::seed::ADMINISTRATOR_ROLE;

use world::{KEY, NEXT_KEY, PASSWORD, World, config, cookies, run};

const EMAIL: &str = "ada@example.test";
const NEW: &str = "quite another password";

#[test]
fn a_token_is_in_the_mail_and_nowhere_in_the_database() {
    run(async {
        let world = World::new().await;
        world.sign_up(EMAIL).await;
        let welcome = world.mail().await.token();
        world.forgot(EMAIL).await;
        let reset = world.mail().await.token();
        let texts = world.texts().await;
        for token in [welcome, reset] {
            assert!(texts.iter().all(|text| !text.contains(&token)), "{token} is in the database");
            assert!(texts.contains(&one_time::hash(&token)), "and its hash is not");
        }
    });
}

#[test]
fn a_job_that_is_done_has_forgotten_whom_it_was_about() {
    run(async {
        let world = World::new().await;
        world.forgot(EMAIL).await;
        let payload = "SELECT group_concat(payload) AS t FROM jobs";
        assert!(world.text(payload).await.contains(EMAIL));
        assert!(world.sweep().await.is_empty(), "nobody has this address");
        assert_eq!(world.text(payload).await, "{\"version\":\"1\"}");
    });
}

#[test]
fn an_attempt_that_comes_again_makes_the_same_mail_whatever_keys_have_come_since() {
    run(async {
        let mut world = World::new().await;
        world.sign_up(EMAIL).await;
        world.mails.failing.set(true);
        let first = world.mail().await;
        world.clock.advance(Duration::from_mins(1));
        world.consumer = Consumer::new(config(&[("JWT_KEYS", &format!("{NEXT_KEY},{KEY}"))]));
        world.mails.failing.set(false);
        assert_eq!(world.mail().await, first);
        assert_eq!(world.verify(&first.token()).await, 204);
    });
}

#[test]
fn when_the_key_is_gone_another_mail_goes_out_and_its_token_works() {
    run(async {
        let mut world = World::new().await;
        world.sign_up(EMAIL).await;
        world.mails.failing.set(true);
        let first = world.mail().await;
        world.clock.advance(Duration::from_mins(1));
        world.consumer = Consumer::new(config(&[("JWT_KEYS", NEXT_KEY)]));
        world.mails.failing.set(false);
        let second = world.mail().await;
        assert!(first.token() != second.token() && first.key != second.key);
        assert_eq!(world.verify(&first.token()).await, 400);
        assert_eq!(world.verify(&second.token()).await, 204);
    });
}

#[test]
fn tokens_have_their_time() {
    run(async {
        let world = World::new().await;
        world.sign_up(EMAIL).await;
        let welcome = world.mail().await.token();
        world.forgot(EMAIL).await;
        let late = world.mail().await.token();
        world.clock.advance(Duration::from_mins(45));
        assert_eq!(world.reset(&late, NEW).await, 400);
        world.forgot(EMAIL).await;
        let in_time = world.mail().await.token();
        world.clock.advance(Duration::from_mins(45) - Duration::from_millis(1));
        assert_eq!(world.reset(&in_time, NEW).await, 204);
        world.sign_up("grace@example.test").await;
        let mails = world.sweep().await;
        let fresh = mails.iter().find(|mail| mail.body["to"][0] == "grace@example.test").unwrap().token();
        world.clock.advance(Duration::from_hours(24) - Duration::from_millis(1));
        assert_eq!(world.verify(&fresh).await, 204);
        assert_eq!(world.verify(&welcome).await, 400);
    });
}

#[test]
fn expired_tokens_are_removed_and_others_stay() {
    run(async {
        let world = World::new().await;
        world.sign_up(EMAIL).await;
        world.forgot(EMAIL).await;
        assert_eq!(world.sweep().await.len(), 2);
        let count = "SELECT count(*) AS n FROM one_time_tokens";
        world.clock.advance(Duration::from_mins(40));
        world.sweep().await;
        assert_eq!(world.number(count).await, 2);
        world.clock.advance(Duration::from_mins(5));
        world.sweep().await;
        assert_eq!(world.number(count).await, 1, "the link of the welcome mail");
    });
}

#[test]
fn requests_for_mails_do_the_same_whoever_has_the_address() {
    run(async {
        let world = World::new().await;
        world.sign_up("verified@example.test").await;
        assert_eq!(world.verify(&world.mail().await.token()).await, 204);
        world.sign_up("waiting@example.test").await;
        world.sweep().await;
        for path in ["/auth/forgot-password", "/auth/resend-verification"] {
            let mut heard = Vec::new();
            for email in ["verified@example.test", "waiting@example.test", "nobody0@example.test"] {
                world.heard.statements.borrow_mut().clear();
                let answer = world.post(path, &json!({ "email": email })).await;
                assert_eq!(answer.status(), 202);
                let statements = world.heard.statements.borrow();
                let sql: Vec<_> = statements.iter().map(|statement| statement.sql.clone()).collect();
                heard.push((sql, answer.body().to_vec()));
            }
            assert_eq!(heard[0].0.len(), 2, "the job and the entry in the audit log: {heard:?}");
            assert!(heard.iter().all(|one| *one == heard[0]), "{path}: {heard:?}");
        }
    });
}

#[test]
fn a_login_hashes_the_password_anew_when_the_cost_has_changed() {
    run(async {
        let mut world = World::new().await;
        world.sign_up(EMAIL).await;
        let hash = "SELECT password_hash AS t FROM users";
        let before = world.text(hash).await;
        assert!(before.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{before}");
        assert_eq!(world.login(EMAIL, PASSWORD).await.status(), 200);
        assert_eq!(world.text(hash).await, before, "it is as it should be");
        world.app = App::new(config(&[("PASSWORD_MEMORY_KIB", "7168"), ("PASSWORD_ITERATIONS", "5")]));
        assert_eq!(world.login(EMAIL, NEW).await.status(), 401);
        assert_eq!(world.text(hash).await, before, "the password was wrong");
        assert_eq!(world.login(EMAIL, PASSWORD).await.status(), 200);
        let after = world.text(hash).await;
        assert!(after.starts_with("$argon2id$v=19$m=7168,t=5,p=1$"), "{after}");
        assert_eq!(world.login(EMAIL, PASSWORD).await.status(), 200);
        assert_eq!(world.text(hash).await, after);
    });
}

/// Has somebody set the password anew just before the next batch.
async fn reset_before_the_next_batch(world: &Rc<World>, password: &'static str) {
    world.forgot(EMAIL).await;
    let mails = world.sweep().await;
    let token = mails.iter().find(|mail| mail.body["subject"] == "Set a new password").unwrap().token();
    let other = Rc::clone(world);
    let reset = async move { assert_eq!(other.reset(&token, password).await, 204) };
    world.heard.overtaking.replace(Some(Box::pin(reset)));
}

#[test]
fn neither_session_nor_key_is_made_with_a_password_that_was_set_anew_meanwhile() {
    run(async {
        let world = Rc::new(World::new().await);
        world.sign_up(EMAIL).await;
        let cookie = world.session(EMAIL).await;
        reset_before_the_next_batch(&world, NEW).await;
        let key = json!({ "name": "Late", "password": PASSWORD });
        let answer = world.send(Method::POST, "/auth/api-keys", &cookie, &key).await;
        assert_eq!(answer.status(), 403);
        assert_eq!(world.number("SELECT count(*) AS n FROM api_keys").await, 0);
        reset_before_the_next_batch(&world, "a third password").await;
        let answer = world.login(EMAIL, NEW).await;
        assert_eq!(answer.status(), 401);
        assert!(answer.headers().get("set-cookie").is_none());
        let alive = "SELECT count(*) AS n FROM sessions WHERE revoked_at IS NULL";
        assert_eq!(world.number(alive).await, 0);
        assert_eq!(world.login(EMAIL, "a third password").await.status(), 200);
    });
}

#[test]
fn hashing_anew_does_not_undo_a_change_of_the_password() {
    run(async {
        let world = World::new().await;
        world.sign_up(EMAIL).await;
        let hash = "SELECT password_hash AS t FROM users";
        let (id, before) = (world.text("SELECT id AS t FROM users").await, world.text(hash).await);
        world.forgot(EMAIL).await;
        let mails = world.sweep().await;
        let token = mails.iter().find(|mail| mail.body["subject"] == "Set a new password").unwrap().token();
        assert_eq!(world.reset(&token, NEW).await, 204);
        let changed = world.text(hash).await;
        let late = users::rehash(&UserId::parse(&id).unwrap(), &before, "another hash");
        world.ports.database.query(late).await.unwrap();
        assert_eq!(world.text(hash).await, changed);
    });
}

#[test]
fn an_older_job_sends_no_link_once_a_newer_one_has() {
    run(async {
        let world = World::new().await;
        world.sign_up(EMAIL).await;
        world.sweep().await;
        world.mails.failing.set(true);
        world.forgot(EMAIL).await;
        world.mail().await;
        world.mails.failing.set(false);
        world.forgot(EMAIL).await;
        let newer = world.mail().await;
        world.clock.advance(Duration::from_mins(1));
        assert_eq!(world.sweep().await, [], "the older one has come to its second attempt");
        assert_eq!(world.number("SELECT count(*) AS n FROM jobs WHERE status <> 'done'").await, 0);
        assert_eq!(world.reset(&newer.token(), NEW).await, 204);
    });
}

#[test]
fn an_intruders_wish_for_another_address_ends_with_the_password() {
    run(async {
        let world = World::new().await;
        world.sign_up(EMAIL).await;
        world.sweep().await;
        let cookie = world.session(EMAIL).await;
        world.mails.failing.set(true);
        let body = json!({ "email": "intruder@example.test", "password": PASSWORD });
        assert_eq!(world.send(Method::POST, "/auth/change-email", &cookie, &body).await.status(), 202);
        assert_eq!(world.mail().await.body["to"][0], "intruder@example.test");
        world.clock.advance(Duration::from_millis(1));
        let body = json!({ "current_password": PASSWORD, "new_password": NEW });
        assert_eq!(world.send(Method::POST, "/auth/change-password", &cookie, &body).await.status(), 200);
        world.mails.failing.set(false);
        world.clock.advance(Duration::from_mins(1));
        let mails = world.sweep().await;
        assert!(mails.iter().all(|mail| mail.body["to"][0] == EMAIL), "{mails:?}");
        assert_eq!(
            world.number("SELECT count(*) AS n FROM one_time_tokens WHERE purpose = 'change_email'").await,
            0
        );
    });
}

async fn make_administrator(world: &World, email: &str) {
    let sql = format!(
        "INSERT INTO user_roles (user_id, role_id) SELECT id, '{ADMINISTRATOR_ROLE}' FROM users WHERE email = '{email}'"
    );
    world.sql(&sql).await;
}

#[test]
fn of_two_administrators_who_leave_at_once_one_stays() {
    run(async {
        let world = World::new().await;
        let emails = ["one@example.test", "other@example.test"];
        for email in emails {
            world.sign_up(email).await;
            make_administrator(&world, email).await;
        }
        let (one, other) = (world.session(emails[0]).await, world.session(emails[1]).await);
        let body = json!({ "password": PASSWORD });
        let (one, other) = join(
            world.send(Method::DELETE, "/me", &one, &body),
            world.send(Method::DELETE, "/me", &other, &body),
        )
        .await;
        let mut statuses = [one.status().as_u16(), other.status().as_u16()];
        statuses.sort_unstable();
        assert_eq!(statuses, [204, 409]);
        assert_eq!(world.number("SELECT count(*) AS n FROM users").await, 1);
    });
}

#[test]
fn an_administrator_who_is_locked_out_does_not_count() {
    run(async {
        let world = World::new().await;
        for email in [EMAIL, "locked@example.test"] {
            world.sign_up(email).await;
            make_administrator(&world, email).await;
        }
        world.sql("UPDATE users SET locked_at = 1 WHERE email = 'locked@example.test'").await;
        let cookie = world.session(EMAIL).await;
        let body = json!({ "password": PASSWORD });
        assert_eq!(world.send(Method::DELETE, "/me", &cookie, &body).await.status(), 409);
        world.sql("UPDATE users SET locked_at = NULL").await;
        assert_eq!(world.send(Method::DELETE, "/me", &cookie, &body).await.status(), 204);
    });
}

#[test]
fn no_link_works_while_its_user_is_locked_out_whenever_it_was_made() {
    run(async {
        let world = World::new().await;
        world.sign_up(EMAIL).await;
        world.sweep().await;
        let cookie = world.session(EMAIL).await;
        world.forgot(EMAIL).await;
        let reset = world.mail().await.token();
        let body = json!({ "email": "other@example.test", "password": PASSWORD });
        assert_eq!(world.send(Method::POST, "/auth/change-email", &cookie, &body).await.status(), 202);
        let change = world.mail().await.token();
        // As when a job has read the user before the lock, and adds its token after it.
        world.sql("UPDATE users SET locked_at = 1").await;
        assert_eq!((world.reset(&reset, NEW).await, world.verify(&change).await), (400, 400));
        world.sql("UPDATE users SET locked_at = NULL").await;
        assert_eq!(world.verify(&change).await, 204, "a refused link is not used up");
    });
}

#[test]
fn whoever_deletes_the_account_leaves_nothing_behind_but_the_audit_log() {
    run(async {
        let world = World::new().await;
        world.sign_up(EMAIL).await;
        world.sign_up("grace@example.test").await;
        world.sweep().await;
        let cookie = world.session(EMAIL).await;
        world.forgot(EMAIL).await;
        world.sweep().await;
        let id = world.text(&format!("SELECT id AS t FROM users WHERE email = '{EMAIL}'")).await;
        let body = json!({ "password": PASSWORD });
        assert_eq!(world.send(Method::DELETE, "/me", &cookie, &body).await.status(), 204);
        assert_eq!(world.mail().await.body["subject"], "Your account was deleted");
        let tables = world.tables("user_id").await;
        assert!(tables.contains(&"sessions".to_owned()) && tables.contains(&"one_time_tokens".to_owned()));
        for table in tables {
            let sql = format!("SELECT count(*) AS n FROM {table} WHERE user_id = '{id}'");
            assert_eq!(world.number(&sql).await, 0, "{table}");
        }
        let texts = world.texts().await;
        assert!(texts.iter().all(|text| !text.contains(EMAIL)), "{texts:?}");
        assert!(texts.iter().any(|text| text.contains("grace@example.test")));
    });
}

#[test]
fn no_statement_of_accounts_reads_a_whole_table() {
    run(async {
        let world = World::new().await;
        world.sign_up(EMAIL).await;
        let welcome = world.mail().await.token();
        let cookie = world.session(EMAIL).await;
        world.post("/auth/resend-verification", &json!({ "email": EMAIL })).await;
        world.sweep().await;
        assert_eq!(world.verify(&welcome).await, 204);
        let body = json!({ "email": "other@example.test", "password": PASSWORD });
        world.send(Method::POST, "/auth/change-email", &cookie, &body).await;
        assert_eq!(world.verify(&world.mail().await.token()).await, 204);
        world.forgot("other@example.test").await;
        let mails = world.sweep().await;
        let reset = mails.iter().find(|mail| mail.body["subject"] == "Set a new password").unwrap().token();
        assert_eq!(world.reset(&reset, PASSWORD).await, 204);
        let cookie = world.session("other@example.test").await;
        let body = json!({ "current_password": PASSWORD, "new_password": "a third password" });
        let answer = world.send(Method::POST, "/auth/change-password", &cookie, &body).await;
        assert_eq!(answer.status(), 200);
        let cookie = cookies(&answer);
        world.send(Method::PATCH, "/me", &cookie, &json!({ "name": "N" })).await;
        let body = json!({ "password": "a third password" });
        assert_eq!(world.send(Method::DELETE, "/me", &cookie, &body).await.status(), 204);
        let statements: Vec<Statement> = world.heard.statements.borrow().clone();
        assert!(statements.len() > 50);
        for statement in statements {
            let plan = format!("EXPLAIN QUERY PLAN {}", statement.sql);
            let plan = Statement { sql: plan.into(), params: vec![Value::Null; statement.params.len()] };
            for row in world.ports.database.query(plan).await.unwrap().iter() {
                let step: String = row.get("detail").unwrap();
                let newest = step.starts_with("SCAN audit_") && statement.sql.ends_with("seq DESC LIMIT 1");
                let reads_all = step.starts_with("SCAN")
                    && !newest
                    && !step.contains("CONSTANT ROW")
                    && !step.contains("VIRTUAL TABLE")
                    && !step.ends_with("INDEX roles_granting_all");
                assert!(!reads_all && !step.contains("TEMP B-TREE"), "{step}: {}", statement.sql);
            }
        }
    });
}
