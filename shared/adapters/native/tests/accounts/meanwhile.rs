//! What was asked for before something changed, and what changes between a look and the write that rests on it.

use std::time::Duration;

use http::Method;
use serde_json::json;

use crate::world::{PASSWORD, World, run};
use crate::{EMAIL, NEW};

const TOKENS: &str = "SELECT count(*) AS n FROM one_time_tokens WHERE purpose <> 'verify_email'";
const LEFT: &str = "SELECT count(*) AS n FROM jobs WHERE status <> 'done'";

#[test]
fn a_reset_that_was_asked_for_before_a_change_of_the_password_sends_no_link() {
    run(async {
        let world = World::new().await;
        world.sign_up(EMAIL).await;
        world.sweep().await;
        let cookie = world.session(EMAIL).await;
        world.forgot(EMAIL).await;
        world.clock.advance(Duration::from_millis(1));
        let body = json!({ "current_password": PASSWORD, "new_password": NEW });
        world.send(Method::POST, "/auth/change-password", &cookie, &body).await;
        assert_eq!(world.mail().await.body["subject"], "Your password was changed");
        assert_eq!((world.number(TOKENS).await, world.number(LEFT).await), (0, 0));
    });
}

#[test]
fn a_link_that_was_used_is_not_made_anew_by_a_late_attempt() {
    run(async {
        let world = World::new().await;
        world.sign_up(EMAIL).await;
        world.sweep().await;
        world.mails.failing.set(true);
        world.forgot(EMAIL).await;
        let token = world.mail().await.token();
        world.clock.advance(Duration::from_millis(1));
        assert_eq!(world.reset(&token, NEW).await, 204, "it arrived all the same");
        world.mails.failing.set(false);
        // Its row has had its time, and is pruned.
        world.sql("DELETE FROM one_time_tokens").await;
        world.clock.advance(Duration::from_mins(1));
        assert_eq!(world.mail().await.body["subject"], "Your password was changed");
        assert_eq!(world.reset(&token, "a third password").await, 400);
        assert_eq!(world.number(LEFT).await, 0);
    });
}

#[test]
fn a_link_is_not_kept_for_somebody_who_changed_while_it_was_made() {
    let soon = "password_changed_at = 1800000030000, password_hash = 'another'";
    for change in [soon, "locked_at = 1800000030000", "email = 'other@example.test'"] {
        run(async {
            let world = World::new().await;
            world.sign_up(EMAIL).await;
            world.sweep().await;
            world.forgot(EMAIL).await;
            let sql = format!("UPDATE users SET {change}");
            world.heard.meanwhile.replace(Some(("INSERT INTO one_time_tokens", sql)));
            assert_eq!(world.sweep().await, [], "{change}");
            assert!(world.heard.meanwhile.borrow().is_none(), "{change}");
            assert_eq!((world.number(TOKENS).await, world.number(LEFT).await), (0, 1), "{change}");
            // The next attempt sees how things are.
            world.clock.advance(Duration::from_mins(1));
            assert_eq!(world.sweep().await, [], "{change}");
            assert_eq!((world.number(TOKENS).await, world.number(LEFT).await), (0, 0), "{change}");
        });
    }
}

#[test]
fn a_wish_for_another_address_needs_the_password_to_be_right_when_it_is_written() {
    run(async {
        let world = World::new().await;
        world.sign_up(EMAIL).await;
        world.sweep().await;
        let cookie = world.session(EMAIL).await;
        let sql = "UPDATE users SET password_changed_at = 1800000030000".to_owned();
        world.heard.meanwhile.replace(Some(("INSERT INTO jobs", sql)));
        let body = json!({ "email": "intruder@example.test", "password": PASSWORD });
        assert_eq!(world.send(Method::POST, "/auth/change-email", &cookie, &body).await.status(), 403);
        assert!(world.heard.meanwhile.borrow().is_none());
        assert_eq!(world.number(LEFT).await, 0);
    });
}
