//! What clients present: forged tokens, tokens in the wrong order, several of them.

use std::time::Duration;

use shared::cache::Seen;
use shared::ports::Clock as _;

use super::shop::{BEFORE, COOKIE, HEADER, Shop, Write, hit, miss};
use super::store::Fault;
use super::{MILLISECOND, SECOND, expect_never_old, just_before, run};

/// How late the answer to an older write may arrive.
const LATEST: Duration = Duration::from_secs(20);

#[test]
fn a_token_that_is_not_genuine_changes_nothing() {
    run(async {
        let shop = Shop::warm(Fault::None).await;
        let genuine = shop.write(Write::Create).await;
        shop.store.set(Fault::Frozen);
        let (keys, others) = (shop.keys().await, shop.other_keys().await);
        let [name, generation, at, mac] = genuine.split('.').collect::<Vec<_>>()[..] else { panic!() };
        let now = shop.clock.now();
        let users = Seen { resource: "users", generation: 99, at: now }.to_token(&keys);
        let users_mac = users.rsplit_once('.').unwrap().1;
        let first = if mac.starts_with('A') { "B" } else { "A" };
        let forged = [
            Seen { resource: "products", generation: 99, at: now }.to_token(&others),
            users.replace("users", "products"),
            users.clone(),
            format!("{name}.{generation}.{at}.{users_mac}"),
            format!("{name}.1{generation}.{at}.{mac}"),
            format!("{name}.{generation}.1{at}.{mac}"),
            format!("{name}.{generation}.{at}.{first}{}", &mac[1..]),
            format!("{name}.{generation}.{at}.{}", &mac[1..]),
            format!("{name}.{generation}.{at}.{mac}A"),
            format!("{name}.{generation}.{at}.AAAAAAAAAAAAAAAAAAAAAA"),
            format!("{name}.{generation}.{at}."),
            format!("{name}.{generation}.{at}"),
            format!("{name}.{generation}.{mac}"),
            format!("{name}.{at}.{generation}.{mac}"),
            format!("{name}.99999999999999999999.{at}.{mac}"),
            "...".to_owned(),
            "products".to_owned(),
            String::new(),
        ];
        for token in forged {
            assert_eq!(shop.list_for(&token).await, hit(BEFORE), "{token}");
        }
        for (one, other) in [(&genuine, &users), (&users, &genuine)] {
            let twice = format!("{COOKIE}={one}; {COOKIE}={other}");
            assert_eq!(shop.list(&[("cookie", &twice)]).await, hit(BEFORE), "no jar has it twice");
        }
        assert_eq!(shop.list_for(&genuine).await, miss(&["New", "Old"]), "the genuine one does");
    });
}

#[test]
fn of_two_answers_the_older_may_arrive_last() {
    run(async {
        for lateness in [MILLISECOND, SECOND, 9 * SECOND, 15 * SECOND, LATEST] {
            let shop = Shop::open(Fault::None).await;
            let older = shop.add("First").await;
            shop.clock.advance(just_before(lateness));
            assert_eq!(shop.list(&[]).await, miss(&["First", "Old"]), "now this is in the cache");
            shop.clock.advance(MILLISECOND);
            let newer = shop.add("Second").await;
            assert_ne!(older, newer);
            // The answer to the first write took this long: its cookie has replaced that of the second.
            let cookie = format!("{COOKIE}={older}");
            expect_never_old(&shop, &[("cookie", &cookie)], &["First", "Old", "Second"]).await;
        }
    });
}

/// A shop whose cache holds what the second of two writes made old, at a moment when the first one's token no longer
/// keeps its bearer from it; with both tokens.
async fn with_two_tokens() -> (Shop, String, String) {
    let shop = Shop::open(Fault::None).await;
    let older = shop.add("First").await;
    shop.clock.advance(35 * SECOND);
    assert_eq!(shop.list(&[]).await, miss(&["First", "Old"]));
    let newer = shop.add("Second").await;
    shop.store.set(Fault::Frozen);
    shop.clock.advance(SECOND);
    assert_eq!(shop.list_for(&older).await, hit(&["First", "Old"]));
    (shop, older, newer)
}

#[test]
fn several_tokens_count_together() {
    run(async {
        let (shop, older, newer) = with_two_tokens().await;
        let seen = miss(&["First", "Old", "Second"]);
        let users = Seen { resource: "users", ..Seen::nothing("users") }.to_token(&shop.keys().await);
        for tokens in [
            format!("{older},{newer}"),
            format!("{newer} ,\t{older}"),
            format!("{users}, junk,, {newer}, {older}"),
            format!("{older}, {newer}, {users}"),
        ] {
            assert_eq!(shop.list(&[(HEADER, &tokens)]).await, seen, "{tokens}");
            assert_eq!(shop.list(&[(HEADER, &older), (HEADER, &tokens)]).await, seen, "in two headers");
        }
        for (header, cookie) in [(&older, &newer), (&newer, &older)] {
            let cookie = format!("{COOKIE}={cookie}");
            assert_eq!(shop.list(&[(HEADER, header), ("cookie", &cookie)]).await, seen);
        }
    });
}

#[test]
fn tokens_of_other_resources_and_junk_leave_room_for_the_one_that_counts() {
    run(async {
        let (shop, older, newer) = with_two_tokens().await;
        let seen = miss(&["First", "Old", "Second"]);
        let keys = shop.keys().await;
        let now = shop.clock.now();
        let others = |generation| Seen { resource: "posts", generation, at: now }.to_token(&keys);
        let others: Vec<_> = (0..30).map(others).collect();
        let others = others.join(",");
        for header in [format!("{others}, junk, {newer}"), format!("{newer}, junk, {others}")] {
            assert_eq!(shop.list(&[(HEADER, &header)]).await, seen, "among thirty of another resource");
        }
        let old = vec![older.as_str(); 30].join(",");
        let cookie = format!("{COOKIE}={newer}");
        assert_eq!(shop.list(&[(HEADER, &old), ("cookie", &cookie)]).await, seen, "beside a full header");
        let last = format!("{old}, {newer}");
        assert_eq!(shop.list(&[(HEADER, &last)]).await, seen, "as the last of many");
    });
}
