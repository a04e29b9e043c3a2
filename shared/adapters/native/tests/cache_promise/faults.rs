//! A store that is out of order: lists are slower, and never wrong.

use std::rc::Rc;

use shared::cache::{MAX_STALENESS, PATIENCE};

use super::shop::{BEFORE, PRODUCTS, Page, Shop, Write, finished, hit, miss, page, settle};
use super::store::{Fault, Garble};
use super::{MILLISECOND, SECOND, just_before, run};

fn garbled(garble: impl Fn(&str, Option<Vec<u8>>) -> Option<Vec<u8>> + 'static) -> Fault {
    let garble: Garble = Box::new(garble);
    Fault::Garbled(garble)
}

/// Pretends that nothing but these bytes is in the store.
fn holding(bytes: &[u8]) -> Fault {
    let bytes = bytes.to_vec();
    garbled(move |_, _| Some(bytes.clone()))
}

/// The list, with the isolate's level out of the way.
async fn from_store(shop: &Shop) -> Page {
    shop.forget();
    shop.list(&[]).await
}

#[test]
fn a_store_that_fails_makes_lists_slower_only() {
    run(async {
        for write in Write::ALL {
            let shop = Shop::open(Fault::Failing).await;
            assert_eq!(shop.list(&[]).await, miss(BEFORE));
            let token = shop.write(write).await;
            assert_eq!(shop.list_for(&token).await, miss(write.leaves()));
            assert_eq!(shop.list(&[]).await, hit(write.leaves()), "the isolate keeps it");
            assert_eq!(from_store(&shop).await, miss(write.leaves()));
            shop.store.set(Fault::None);
            shop.clock.advance(SECOND);
            assert_eq!(from_store(&shop).await, miss(write.leaves()), "it recovers");
            assert_eq!(from_store(&shop).await, hit(write.leaves()), "it recovers");
        }
    });
}

#[test]
fn a_store_that_never_answers_is_given_up() {
    run(async {
        let shop = Shop::warm(Fault::None).await;
        shop.store.set(Fault::Silent);
        shop.forget();
        let list = shop.begin("GET", &format!("{PRODUCTS}?sort=name"), &[], "").await;
        shop.clock.advance(just_before(PATIENCE));
        settle().await;
        assert!(!list.is_finished(), "it has its time");
        shop.clock.advance(MILLISECOND);
        settle().await;
        assert_eq!(page(&finished(list).await), miss(BEFORE));

        assert_eq!(from_store(&shop).await, miss(BEFORE), "it is not asked for a while");
        let token = shop.write(Write::Create).await;
        assert_eq!(shop.list_for(&token).await, miss(&["New", "Old"]), "without asking the store");
        shop.clock.advance(2 * SECOND);
        shop.forget();
        let list = shop.begin("GET", &format!("{PRODUCTS}?sort=name"), &[], "").await;
        assert!(!list.is_finished(), "it is asked again");
    });
}

#[test]
fn a_slow_store_answers_with_a_list_that_has_aged_meanwhile() {
    run(async {
        let slow = just_before(PATIENCE);
        let asked = MAX_STALENESS.saturating_sub(slow);
        for (age, expected) in [(just_before(asked), hit(BEFORE)), (asked, miss(&["New", "Old"]))] {
            let shop = Shop::warm(Fault::None).await;
            shop.write(Write::Create).await;
            shop.store.set(Fault::Slow(slow));
            shop.clock.advance(age);
            shop.forget();
            let list = shop.begin("GET", &format!("{PRODUCTS}?sort=name"), &[], "").await;
            shop.clock.advance(slow);
            settle().await;
            assert_eq!(page(&finished(list).await), expected);
        }
    });
}

#[test]
fn garbage_in_the_store_is_no_answer() {
    run(async {
        let shop = Shop::warm(Fault::None).await;
        let lengths = [0, 1, 7, 8, 9, 31, 32, 40, 48, 56, 60, 400];
        for byte in [0, b'0', b'{', 0x7f, 0xff] {
            for length in lengths {
                shop.store.set(holding(&vec![byte; length]));
                assert_eq!(from_store(&shop).await, miss(BEFORE), "{length} times {byte}");
            }
        }
        let token = shop.write(Write::Create).await;
        assert_eq!(shop.list_for(&token).await, miss(&["New", "Old"]));
    });
}

#[test]
fn a_list_that_the_store_cut_off_or_grew_is_no_answer() {
    run(async {
        let shop = Shop::warm(Fault::None).await;
        let target = format!("{PRODUCTS}?sort=name");
        let whole = finished(shop.begin("GET", &target, &[], "").await).await;
        assert!(page(&whole).hit);
        let mut kept = 0;
        let ends = Rc::new(std::cell::Cell::new(usize::MAX));
        loop {
            let (limit, length) = (kept, Rc::clone(&ends));
            shop.store.set(garbled(move |key, found| {
                let mut found = found?;
                if key.starts_with("cache:") {
                    length.set(found.len());
                    found.truncate(limit);
                }
                Some(found)
            }));
            shop.forget();
            let answer = finished(shop.begin("GET", &target, &[], "").await).await;
            assert_eq!(page(&answer).hit, kept >= ends.get(), "{kept} bytes of it");
            assert_eq!(**answer.body(), **whole.body());
            if kept >= ends.get() {
                break;
            }
            kept += 1;
        }
        shop.store.set(garbled(|_, found| found.map(|found| [&found[..], b" "].concat())));
        assert_eq!(from_store(&shop).await, miss(BEFORE));
    });
}

#[test]
fn the_list_of_another_query_in_the_same_slot_is_no_answer() {
    run(async {
        let shop = Shop::open(Fault::OneSlot).await;
        let queries = [("sort=name", BEFORE), ("name=New", &[]), ("price[gte]=1", BEFORE), ("page=2", &[])];
        for (query, names) in queries {
            shop.clock.advance(SECOND);
            shop.forget();
            assert_eq!(shop.list_of(query, &[]).await, miss(names), "{query}");
            shop.forget();
            assert_eq!(shop.list_of(query, &[]).await, hit(names), "{query}");
        }
    });
}

#[test]
fn what_a_silent_store_does_not_take_is_given_up_when_it_is_of_no_use() {
    run(async {
        let shop = Shop::open(Fault::None).await;
        let users = Rc::strong_count(&shop.store);
        shop.store.set(Fault::NoWrites);
        assert_eq!(shop.list_of("sort=-name", &[]).await, miss(BEFORE), "the fill keeps nobody waiting");
        shop.clock.advance(just_before(MAX_STALENESS));
        settle().await;
        assert_eq!(Rc::strong_count(&shop.store), users + 1, "it has its time");
        shop.clock.advance(MILLISECOND);
        settle().await;
        assert_eq!(Rc::strong_count(&shop.store), users);
    });
}
