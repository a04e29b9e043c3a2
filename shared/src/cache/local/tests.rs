use super::*;
use crate::cache::policies::{GET_PRODUCT, LIST_POSTS, LIST_PRODUCTS};
use crate::cache::{Content, Loaded};

const START: i64 = 1_769_860_800_000;

struct Fixed;

impl Entropy for Fixed {
    fn fill(&self, buffer: &mut [u8]) -> anyhow::Result<()> {
        buffer.fill(7);
        Ok(())
    }
}

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(START + millis)
}

fn seen(generation: u64) -> Seen {
    Seen { generation, ..Seen::nothing("products") }
}

fn page(number: usize) -> Key {
    Key::new(&LIST_PRODUCTS, &format!("page={number}"))
}

fn entry(generation: u64, read: i64, took: i64, body: &str) -> Rc<Entry> {
    let loaded = Loaded { generation, content: Some(Content::of_body(body.to_owned())) };
    Rc::new(Entry::new(loaded, at(read), at(read + took)))
}

fn keep(local: &Local, key: &Key, entry: Rc<Entry>) -> bool {
    let now = entry.read_at;
    local.keep(key, entry, &Fixed, now)
}

fn found(local: &Local, key: &Key, generation: u64, now: i64) -> Option<bool> {
    match local.look(key, seen(generation), at(now)) {
        Look::Found { due, .. } => Some(due),
        Look::Outdated | Look::Missing => None,
    }
}

#[test]
fn what_is_kept_is_found_until_its_age_ends_it() {
    let local = Local::default();
    assert!(matches!(local.look(&page(1), seen(0), at(0)), Look::Missing));
    assert!(keep(&local, &page(1), entry(1, 0, 0, "")));
    assert_eq!(found(&local, &page(1), 0, 4_400), Some(false));
    assert_eq!(found(&local, &page(1), 0, 5_000), Some(true), "to be refreshed");
    assert_eq!(found(&local, &page(1), 0, 9_999), Some(true));
    assert_eq!(found(&local, &page(2), 0, 0), None);
    assert!(matches!(local.look(&page(1), seen(0), at(10_000)), Look::Outdated));
    assert!(matches!(local.look(&page(1), seen(0), at(0)), Look::Missing), "it is gone");
}

#[test]
fn a_generation_that_the_isolate_knows_of_rules_out_older_ones_for_everybody() {
    for learn in [
        |local: &Local| local.raise("products", 2, at(1)),
        |local: &Local| assert!(keep(local, &page(9), entry(2, 1, 0, ""))),
        |local: &Local| assert_eq!(found(local, &page(8), 2, 1), None),
    ] {
        let local = Local::default();
        keep(&local, &page(1), entry(1, 0, 0, ""));
        keep(&local, &Key::new(&LIST_POSTS, "page=1"), entry(1, 0, 0, ""));
        learn(&local);
        assert_eq!(found(&local, &page(1), 0, 2), None);
        assert!(!keep(&local, &page(1), entry(1, 2, 0, "")), "nor is it kept any more");
        assert!(keep(&local, &page(1), entry(2, 2, 0, "")));
        let posts = local.look(&Key::new(&LIST_POSTS, "page=1"), Seen::nothing("published_posts"), at(2));
        assert!(matches!(posts, Look::Found { .. }), "another resource");
    }
}

#[test]
fn a_database_that_was_put_back_is_cached_again_when_all_that_was_newer_has_ended() {
    let local = Local::default();
    local.raise("products", 50, at(0));
    // Somebody still has a token of it.
    local.raise("products", 50, at(15_000));
    assert!(!keep(&local, &page(1), entry(3, 19_999, 0, "")));
    assert!(keep(&local, &page(1), entry(3, 20_000, 0, "")));
    assert_eq!(found(&local, &page(1), 0, 20_001), Some(false));
}

#[test]
fn an_older_answer_does_not_replace_a_newer_one() {
    let local = Local::default();
    keep(&local, &page(1), entry(1, 100, 0, "newer"));
    assert!(local.keep(&page(1), entry(1, 50, 0, "older"), &Fixed, at(100)));
    let Look::Found { entry, .. } = local.look(&page(1), seen(0), at(101)) else { panic!() };
    assert!(entry.content.as_ref().unwrap().body.ends_with(b"newer"));
}

#[test]
fn memory_is_bounded_and_what_was_used_last_stays() {
    let local = Local::default();
    let text = "x".repeat(100_000);
    for number in 0..500 {
        assert!(keep(&local, &page(number), entry(1, 0, 0, &text)));
        assert_eq!(found(&local, &page(0), 0, 1), Some(false), "used all the time");
    }
    let entries = local.entries.borrow();
    assert!(entries.bytes <= MAX_BYTES && entries.bytes > MAX_BYTES - 101_000, "{}", entries.bytes);
    let sum: usize = entries.map.iter().map(|(_, kept)| kept.weight).sum();
    assert_eq!(sum, entries.bytes);
    drop(entries);
    assert_eq!(found(&local, &page(1), 0, 1), None);
    assert_eq!(found(&local, &page(499), 0, 1), Some(false));

    for number in 0..2 * MAX_ENTRIES {
        keep(&local, &page(number), entry(1, 0, 0, ""));
    }
    assert_eq!(local.entries.borrow().map.len(), MAX_ENTRIES);
    assert!(!keep(&local, &page(1), entry(1, 0, 0, &"x".repeat(MAX_ENTRY))), "too large");
    local.forget();
    assert_eq!(found(&local, &page(1), 0, 1), None);
    assert_eq!(local.entries.borrow().bytes, 0);
}

#[test]
fn what_takes_long_to_read_is_likely_to_be_refreshed_early() {
    let local = Local::default();
    let early = |took: i64, left: i64| {
        let due = (0..1_000).filter(|_| {
            let entry = Entry::new(Loaded { generation: 1, content: None }, at(0), at(took));
            local.is_due(&entry, at(5_000), at(5_000 - left))
        });
        due.count()
    };
    // With the probability e^(-left/took).
    assert!((320..420).contains(&early(100, 100)), "{}", early(100, 100));
    assert!((100..175).contains(&early(100, 200)), "{}", early(100, 200));
    assert_eq!((early(100, 4_000), early(0, 1)), (0, 0));
    assert_eq!(early(0, 0), 1_000);
}

#[test]
fn refreshes_of_several_isolates_are_spread() {
    let local = Local::default();
    let times: std::collections::BTreeSet<_> = (0..100)
        .map(|number| {
            keep(&local, &page(number), entry(1, 0, 0, ""));
            let entries = local.entries.borrow();
            entries.map.peek(page(number).text()).unwrap().due.since(at(0)).as_millis()
        })
        .collect();
    assert!(times.len() > 50 && times.iter().all(|time| (4_500..=5_000).contains(time)), "{times:?}");
}

#[test]
fn what_is_not_there_is_known_for_a_short_time_and_never_refreshed() {
    let local = Local::default();
    let key = Key::new(&GET_PRODUCT, "id");
    let absent = || Rc::new(Entry::new(Loaded { generation: 4, content: None }, at(0), at(0)));
    assert!(keep(&local, &key, absent()));
    assert_eq!(found(&local, &key, 0, 1_999), Some(false));
    assert_eq!(found(&local, &key, 0, 2_000), None);
    keep(&local, &key, absent());
    assert_eq!(found(&local, &key, 5, 1), None, "it may have been made since");
}

#[test]
fn a_slot_of_the_store_is_written_once_a_second() {
    let local = Local::default();
    let write = |slot: &str, millis| local.may_write(slot, at(millis));
    assert_eq!([write("a", 0), write("a", 999), write("b", 999)], [true, false, true]);
    assert_eq!([write("a", 1_000), write("a", 1_001), write("a", 500)], [true, false, true]);
    for slot in 0..5_000 {
        write(&slot.to_string(), 600);
    }
    assert!(local.writes.borrow().0.len() <= MAX_WRITES);
}

#[test]
fn a_store_that_was_too_slow_rests() {
    let local = Local::default();
    local.let_store_rest(at(0));
    let rests = |millis| local.store_rests(at(millis));
    assert_eq!([rests(0), rests(1_999), rests(2_000), rests(-1)], [true, true, false, false]);
}
