//! Single flight, refreshing in the background, and what is not there.

use std::time::Duration;

use edge::http::Response;
use shared::cache::Local;
use shared::ports::{Clock as _, Database as _, Statement};
use tokio::task::JoinHandle;

use super::shop::{BEFORE, HEADER, READER, Shop, Write, finished, hit, miss, page, settle};
use super::store::Fault;
use super::{MILLISECOND, SECOND, run};

const LIST: &str = "/api/v1/products?sort=name";

/// A product that nobody has made.
const NOWHERE: &str = "/api/v1/products/019376a1-9c3b-7aaa-8bbb-0123456789ab";

async fn begin(shop: &Shop, target: &str, headers: &[(&str, &str)]) -> JoinHandle<Response> {
    shop.begin_on(READER, "GET", target, headers, "").await
}

fn status(answer: &Response) -> &str {
    answer.headers()["cache-status"].to_str().unwrap()
}

/// Steps the clock until the requests are answered.
async fn answers(shop: &Shop, requests: Vec<JoinHandle<Response>>) -> Vec<Response> {
    for _ in 0..20_000 {
        if requests.iter().all(JoinHandle::is_finished) {
            break;
        }
        shop.clock.advance(MILLISECOND);
        settle().await;
    }
    let mut answers = Vec::new();
    for request in requests {
        assert!(request.is_finished(), "it waits for ever");
        answers.push(request.await.unwrap());
    }
    answers
}

async fn answered(shop: &Shop, target: &str) -> Response {
    answers(shop, vec![begin(shop, target, &[]).await]).await.remove(0)
}

#[test]
fn a_thousand_misses_at_once_cost_one_query() {
    run(async {
        for fault in [Fault::None, Fault::Failing] {
            let shop = Shop::open(fault).await;
            for target in [LIST, shop.product(), NOWHERE] {
                shop.database.before.set(50 * MILLISECOND);
                let before = shop.database.reads.get();
                let mut requests = Vec::new();
                for _ in 0..1_000 {
                    requests.push(shop.begin_at_once(target));
                }
                let answers = answers(&shop, requests).await;
                assert_eq!(shop.database.reads.get() - before, 1, "{target}");
                let expected = if target == NOWHERE { 404 } else { 200 };
                assert!(answers.iter().all(|answer| answer.status() == expected), "{target}");
                if target == LIST {
                    let collapsed = answers.iter().filter(|answer| status(answer).contains("collapsed"));
                    assert_eq!(collapsed.count(), 999);
                    assert!(answers.iter().all(|answer| **answer.body() == **answers[0].body()));
                }
            }
        }
    });
}

#[test]
fn of_a_flight_that_is_cancelled_another_takes_the_place_at_once() {
    run(async {
        let shop = Shop::open(Fault::None).await;
        shop.database.before.set(SECOND);
        let leader = begin(&shop, LIST, &[]).await;
        let follower = begin(&shop, LIST, &[]).await;
        leader.abort();
        settle().await;
        shop.database.before.set(Duration::ZERO);
        shop.clock.advance(40 * MILLISECOND);
        settle().await;
        assert_eq!(page(&finished(follower).await), miss(BEFORE));
    });
}

#[test]
fn of_what_is_not_kept_those_who_wait_ask_at_once_and_not_one_after_the_other() {
    const LARGE: &str = "WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 100) \
        INSERT INTO products (id, name, description, category, price, stock, status, created_at, updated_at) \
        SELECT printf('%08d', n), 'Large', hex(zeroblob(2000)), 'c', n, 0, 'draft', n, n FROM number";
    run(async {
        for fails in [false, true] {
            let shop = Shop::open(Fault::None).await;
            shop.database.query(Statement::new(LARGE)).await.unwrap();
            shop.database.fails.set(fails);
            shop.database.before.set(100 * MILLISECOND);
            let start = shop.clock.now();
            let requests = (0..20).map(|_| shop.begin_at_once("/api/v1/products?sort=name&limit=100"));
            let answers = answers(&shop, requests.collect()).await;
            let took = shop.clock.now().since(start);
            assert!(took < 300 * MILLISECOND, "{took:?}");
            let expected = if fails { 503 } else { 200 };
            assert!(answers.iter().all(|answer| answer.status() == expected));
            assert!(fails || answers[0].body().len() > 256 * 1024);
        }
    });
}

#[test]
fn a_flight_that_takes_too_long_counts_as_lost() {
    run(async {
        let shop = Shop::open(Fault::None).await;
        shop.database.before.set(Duration::from_hours(1));
        let _stuck = begin(&shop, LIST, &[]).await;
        shop.database.before.set(Duration::ZERO);
        let mut requests = Vec::new();
        for _ in 0..10 {
            requests.push(begin(&shop, LIST, &[]).await);
        }
        let reads = shop.database.reads.get();
        let answers = answers(&shop, requests).await;
        assert!(answers.iter().all(|answer| page(answer).names == BEFORE));
        assert_eq!(shop.database.reads.get(), reads + 1, "one of them takes its place");
    });
}

#[test]
fn who_has_written_does_not_wait_for_what_others_read_before() {
    run(async {
        let shop = Shop::open(Fault::None).await;
        shop.database.after.set(SECOND);
        // It has read already, and its answer is on its way.
        let others = begin(&shop, LIST, &[]).await;
        let token = shop.write(Write::Create).await;
        shop.database.after.set(Duration::ZERO);
        assert_eq!(shop.list(&[(HEADER, &token)]).await, miss(&["New", "Old"]));
        shop.clock.advance(SECOND);
        settle().await;
        assert_eq!(page(&finished(others).await).names, BEFORE);
        assert_eq!(shop.list(&[]).await, hit(&["New", "Old"]), "what is older is not kept");
    });
}

#[test]
fn what_is_due_is_answered_at_once_and_read_anew_behind_it() {
    run(async {
        let shop = Shop::warm(Fault::Failing).await;
        shop.write(Write::Create).await;
        shop.database.before.set(SECOND);
        shop.clock.advance(6 * SECOND);
        let reads = shop.database.reads.get();
        for (turn, expected) in [(1, "refreshing"), (2, "hit"), (3, "hit")] {
            let answer = finished(begin(&shop, LIST, &[]).await).await;
            assert_eq!(page(&answer), hit(BEFORE), "{turn}");
            assert!(status(&answer).contains(expected), "{turn}: {}", status(&answer));
        }
        assert_eq!(shop.database.reads.get(), reads + 1, "once for all");
        shop.clock.advance(SECOND);
        settle().await;
        assert_eq!(shop.list(&[]).await, hit(&["New", "Old"]));
    });
}

#[test]
fn a_refresh_that_fails_is_tried_again_and_extends_nothing() {
    run(async {
        let shop = Shop::warm(Fault::Failing).await;
        shop.database.fails.set(true);
        for age in 5..10 {
            shop.clock.advance(if age == 5 { 5 * SECOND } else { SECOND });
            let reads = shop.database.reads.get();
            assert_eq!(shop.list(&[]).await, hit(BEFORE), "{age} s");
            assert_eq!(shop.database.reads.get(), reads + 1, "{age} s");
        }
        shop.clock.advance(SECOND);
        assert_eq!(answered(&shop, LIST).await.status(), 503);
        shop.database.fails.set(false);
        assert_eq!(shop.list(&[]).await, miss(BEFORE));
    });
}

#[test]
fn a_refresh_takes_what_another_isolate_has_read_lately() {
    run(async {
        let shop = Shop::warm(Fault::None).await;
        shop.write(Write::Create).await;
        shop.clock.advance(6 * SECOND);
        // The isolate that wrote reads, and fills the store.
        assert_eq!(shop.list_there(&[]).await, miss(&["New", "Old"]));
        let reads = shop.database.reads.get();
        assert_eq!(shop.list(&[]).await, hit(BEFORE));
        settle().await;
        assert_eq!(shop.list(&[]).await, hit(&["New", "Old"]));
        assert_eq!(shop.database.reads.get(), reads);
    });
}

#[test]
fn what_is_not_there_is_known_for_two_seconds_unless_it_is_made() {
    run(async {
        let shop = Shop::open(Fault::None).await;
        let reads = || shop.database.reads.get();
        let before = reads();
        for _ in 0..3 {
            assert_eq!(answered(&shop, NOWHERE).await.status(), 404);
        }
        assert_eq!(reads(), before + 1);
        shop.clock.advance(2 * SECOND);
        assert_eq!(answered(&shop, NOWHERE).await.status(), 404);
        assert_eq!(reads(), before + 2);

        // Deleted: its writer and the isolate that wrote know at once, others soon.
        let path = shop.product();
        assert_eq!(answered(&shop, path).await.status(), 200);
        let token = shop.write(Write::Delete).await;
        assert_eq!(answered(&shop, path).await.status(), 200, "another isolate may not know");
        let gone = answers(&shop, vec![begin(&shop, path, &[(HEADER, &token)]).await]).await;
        assert_eq!(gone[0].status(), 404);
        assert_eq!(answered(&shop, path).await.status(), 404, "now this one knows");
    });
}

#[test]
fn a_write_rules_out_that_something_is_not_there() {
    run(async {
        let shop = Shop::open(Fault::None).await;
        let writer = |target: &'static str| shop.begin_on(super::shop::WRITER, "GET", target, &[], "");
        let ask = async || answers(&shop, vec![writer(NOWHERE).await]).await[0].status();
        let before = shop.database.reads.get();
        assert_eq!((ask().await, ask().await), (404.try_into().unwrap(), 404.try_into().unwrap()));
        assert_eq!(shop.database.reads.get(), before + 1);
        shop.write(Write::Create).await;
        ask().await;
        assert_eq!(shop.database.reads.get(), before + 2, "asked anew after the write");
    });
}

#[test]
fn what_is_asked_once_costs_the_store_nothing() {
    run(async {
        let shop = Shop::open_with(Fault::None, Local::default).await;
        let ask = async |target: &str| {
            let answer = answers(&shop, vec![begin(&shop, target, &[]).await]).await.remove(0);
            status(&answer).to_owned()
        };
        let fresh = Duration::from_secs(11);
        for number in 0..5 {
            let target = format!("{LIST}&price[gte]={number}");
            assert_eq!(ask(&target).await, "ashlar-isolate; fwd=uri-miss; stored", "the first time");
        }
        assert_eq!((shop.store.writes(), ask(LIST).await.starts_with("ashlar-isolate; fwd")), (0, true));
        shop.clock.advance(fresh);
        assert!(
            ask(LIST).await.starts_with("ashlar-kv; fwd=uri-miss; stored"),
            "it has ended, and is wanted again"
        );
        settle().await;
        assert_eq!(shop.store.writes(), 1);
    });
}

#[test]
fn the_store_takes_one_write_of_a_list_in_a_second() {
    run(async {
        let shop = Shop::open(Fault::None).await;
        let mut stored = 0;
        for number in 0..20 {
            // Each write makes the next list another one, for its writer.
            let token = shop.add(&format!("N{number}")).await;
            let answer = answers(&shop, vec![begin(&shop, LIST, &[(HEADER, &token)]).await]).await.remove(0);
            stored += usize::from(status(&answer).starts_with("ashlar-kv; fwd=request; stored"));
            shop.clock.advance(100 * MILLISECOND);
        }
        assert_eq!((stored, shop.store.writes()), (2, 2));
    });
}
