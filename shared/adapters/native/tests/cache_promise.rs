//! The promise of the cache, through the application: after a committed write its writer never sees the old list, and
//! nobody sees one that is older than [`MAX_STALENESS`], whatever becomes of the store.

#![expect(
    unreachable_pub,
    clippy::unwrap_used,
    clippy::panic,
    reason = "what a test is written in fails by panicking"
)]

#[path = "cache_promise/database.rs"]
mod database;
#[path = "cache_promise/eventual.rs"]
mod eventual;
#[path = "cache_promise/faults.rs"]
mod faults;
#[path = "cache_promise/flights.rs"]
mod flights;
#[path = "cache_promise/histories.rs"]
mod histories;
#[path = "cache_promise/shop.rs"]
mod shop;
#[path = "cache_promise/store.rs"]
mod store;
#[path = "cache_promise/tokens.rs"]
mod tokens;

use std::time::Duration;

use shared::cache::MAX_STALENESS;
use shared::ports::Clock as _;
use tokio::task::LocalSet;

use shop::{BEFORE, COOKIE, HEADER, Shop, Write, hit, miss};
use store::Fault;

const MILLISECOND: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);

/// A millisecond less.
fn just_before(end: Duration) -> Duration {
    end.saturating_sub(MILLISECOND)
}

fn run(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    LocalSet::new().block_on(&runtime, test);
}

/// The writer's list is right each time, however long the store keeps the old one.
async fn expect_never_old(shop: &Shop, headers: &[(&str, &str)], names: &[&str]) {
    shop.store.set(Fault::Frozen);
    for second in 0..60 {
        assert_eq!(shop.list(headers).await.names, names, "{headers:?} after {second} s");
        shop.clock.advance(SECOND);
    }
}

#[test]
fn a_writer_with_its_cookie_never_sees_the_old_list() {
    run(async {
        for write in Write::ALL {
            // The pointer is lost: only what the writer presents tells of the write.
            let shop = Shop::warm(Fault::None).await;
            let cookie = format!("{COOKIE}={}", shop.write(write).await);
            assert_eq!(shop.list(&[]).await, hit(BEFORE), "the cache has the old list");
            assert_eq!(shop.list(&[("cookie", &cookie)]).await, miss(write.leaves()), "{write:?}");

            let shop = Shop::warm(Fault::None).await;
            let cookie = format!("{COOKIE}={}", shop.write(write).await);
            expect_never_old(&shop, &[("cookie", &cookie)], write.leaves()).await;
        }
    });
}

#[test]
fn a_writer_with_the_header_only_never_sees_the_old_list() {
    run(async {
        for write in Write::ALL {
            let shop = Shop::warm(Fault::None).await;
            let token = shop.write(write).await;
            assert_eq!(shop.list(&[]).await, hit(BEFORE), "the cache has the old list");
            assert_eq!(shop.list(&[(HEADER, &token)]).await, miss(write.leaves()), "{write:?}");

            let shop = Shop::warm(Fault::None).await;
            let token = shop.write(write).await;
            expect_never_old(&shop, &[(HEADER, &token)], write.leaves()).await;
        }
    });
}

#[test]
fn a_stranger_sees_the_old_list_for_ten_seconds_at_most() {
    run(async {
        for write in Write::ALL {
            let shop = Shop::warm(Fault::None).await;
            shop.clock.advance(SECOND);
            shop.write(write).await;
            shop.clock.advance(just_before(MAX_STALENESS.saturating_sub(SECOND)));
            assert_eq!(shop.list(&[]).await, hit(BEFORE), "it may");
            assert_eq!(shop.list(&[]).await, hit(write.leaves()), "the first has it read anew");

            let shop = Shop::warm(Fault::None).await;
            shop.write(write).await;
            shop.clock.advance(MAX_STALENESS);
            assert_eq!(shop.list(&[]).await, miss(write.leaves()), "{write:?}");
            assert_eq!(shop.list(&[]).await, hit(write.leaves()), "{write:?}");
        }
    });
}

#[test]
fn a_stranger_sees_a_write_at_once_on_the_isolate_that_wrote() {
    run(async {
        for write in Write::ALL {
            let shop = Shop::warm(Fault::None).await;
            assert_eq!(shop.list_there(&[]).await, hit(BEFORE), "from the store");
            shop.write(write).await;
            assert_eq!(shop.list_there(&[]).await, miss(write.leaves()), "{write:?}");
            assert_eq!(shop.list_there(&[]).await, hit(write.leaves()), "{write:?}");
        }
    });
}

#[test]
fn a_writer_fills_the_cache_for_others() {
    run(async {
        let shop = Shop::warm(Fault::None).await;
        let token = shop.write(Write::Create).await;
        assert_eq!(shop.list_for(&token).await, miss(&["New", "Old"]));
        assert_eq!(shop.list(&[]).await, hit(&["New", "Old"]));
    });
}

#[test]
fn however_a_query_is_written_it_is_the_same_query() {
    run(async {
        let shop = Shop::warm(Fault::None).await;
        for query in ["sort=%6eame", "limit=20&sort=name", "page=1&sort=name&count=capped"] {
            assert_eq!(shop.list_of(query, &[]).await, hit(BEFORE), "{query}");
        }
        for query in ["sort=-name", "sort=name&limit=19", "sort=name&count=none"] {
            assert_eq!(shop.list_of(query, &[]).await, miss(BEFORE), "{query}");
        }
    });
}

#[test]
fn what_was_read_before_a_write_on_a_clock_ahead_of_time_is_not_shown_to_its_writer() {
    run(async {
        let shop = Shop::open(Fault::None).await;
        let now = shop.clock.now();
        shop.clock.advance(25 * SECOND);
        assert_eq!(shop.list(&[]).await, miss(BEFORE));
        shop.clock.set(now);
        let token = shop.write(Write::Create).await;
        expect_never_old(&shop, &[(HEADER, &token)], &["New", "Old"]).await;
    });
}

#[test]
fn what_was_read_in_the_future_is_no_answer() {
    run(async {
        let shop = Shop::open(Fault::None).await;
        let now = shop.clock.now();
        shop.clock.advance(Duration::from_hours(1));
        shop.list(&[]).await;
        shop.clock.set(now);
        shop.store.set(Fault::Frozen);
        shop.write(Write::Create).await;
        shop.clock.advance(MAX_STALENESS);
        assert_eq!(shop.list(&[]).await, miss(&["New", "Old"]));
    });
}
