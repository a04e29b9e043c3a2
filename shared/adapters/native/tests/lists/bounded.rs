use std::rc::Rc;

use futures::executor::block_on;
use native::{Instance, TestClock};
use shared::error::Error;
use shared::ports::Statement;
use shared::query::{AccessPath, Answer, Class, EXACT_CAP, Field, Kind, ListQuery, Operator, Resource};
use shared::repositories::products;
use shared::services::lists;
use shared::time::Timestamp;

use crate::world::World;

fn class(world: &World, text: &str) -> Class {
    world.query(&products::RESOURCE, text).plan().unwrap().class()
}

#[test]
fn few_rows_are_sorted_and_no_order_is_walked() {
    let world = World::with_products(60_000);
    // 6,000 are rare, and in no declared order by this condition.
    let text = "category=rare&price[gte]=50&sort=-created_at";
    let expected = Class::Bounded {
        sorts: Some("products_by_category_price"),
        walks: Some("products_by_category_created"),
    };
    assert_eq!(class(&world, text), expected);
    let query = world.query(&products::RESOURCE, text);
    let answer = world.page(&query).text;
    assert_eq!(Answer::read(&query, &answer).unwrap().rows.len(), 20);
    // The walk is planned and not taken: without rows to sort there is next to no work.
    let nothing = world.query(&products::RESOURCE, "category=none&price[gte]=50&sort=-created_at");
    let page = world.page(&nothing);
    assert!(page.text.is_empty() && page.steps < 300, "{page:?}");
}

#[test]
fn many_rows_are_walked_along_the_order_until_the_page_is_full() {
    let world = World::with_products(60_000);
    // 54,000 are common: they are not sorted.
    let walked = world.query(&products::RESOURCE, "category=common&price[gte]=50&sort=-created_at");
    let page = world.page(&walked);
    assert_eq!(Answer::read(&walked, &page.text).unwrap().rows.len(), 20);
    // Passing over 10,000 costs 3 steps each; what follows is a page.
    assert!(page.steps < 60_000, "{} steps", page.steps);
    let sorted = world.query(&products::RESOURCE, "price[gte]=50&price[lt]=60&sort=-created_at");
    assert!(world.page(&sorted).steps > 60_000, "sorting 6,000 rows costs more");
}

#[test]
fn a_walk_without_another_index_is_not_counted_before() {
    let world = World::with_products(30_000);
    let text = "status[in]=active,archived&sort=price";
    assert!(matches!(class(&world, text), Class::Bounded { .. }));
    let text = "or[1][price][lt]=90&or[1][category]=rare&sort=price";
    assert_eq!(class(&world, text), Class::Bounded { sorts: None, walks: Some("products_by_price") });
    assert!(world.page(&world.query(&products::RESOURCE, text)).steps < 3_000);
}

#[test]
fn what_would_look_at_more_rows_is_refused() {
    let world = World::with_products(60_000);
    let read = |text: &str| {
        let query = world.query(&products::RESOURCE, text);
        let page = world.page(&query);
        Answer::read(&query, &page.text).map(|answer| answer.rows.len())
    };
    // No index has this order, and there are more than 10,000 rows.
    assert_eq!(read("sort=name,price"), None);
    assert_eq!(read("category=rare&sort=name,price"), Some(20), "6,000 are sorted");
    // Nothing meets the conditions, and that takes more than 50,000 rows to find out.
    assert_eq!(read("or[1][name]=none&or[1][category]=none&sort=price"), None);
    let least = World::with_products(50_000);
    let query = least.query(&products::RESOURCE, "or[1][name]=none&or[1][category]=none&sort=price");
    assert!(least.page(&query).text.is_empty(), "50,000 are looked at to the end");
    let small = World::with_products(10_000);
    let query = small.query(&products::RESOURCE, "sort=name,price");
    assert!(!small.page(&query).text.ends_with('!'), "10,000 are sorted");
}

#[test]
fn the_work_of_a_refusal_is_bounded() {
    let world = World::with_products(120_000);
    let query = world.query(&products::RESOURCE, "or[1][name]=none&or[1][category]=none&sort=price");
    let page = world.page(&query);
    assert!(page.text.ends_with('!') && page.steps < 50_000 * 30, "{} steps", page.steps);
}

#[test]
fn a_count_says_when_it_ended_early() {
    let world = World::with_products(60_000);
    let total = |text: &str| world.total(&world.query(&products::RESOURCE, text));
    assert_eq!(total("category=rare"), 6_000);
    assert_eq!(total("category=common"), 10_001, "one past the cap");
    assert_eq!(total("category=common&count=exact"), 54_000);
    let cut = total("or[1][category]=rare&or[1][category][in]=none,rare");
    assert!((-6_001..0).contains(&cut), "of some 50,000: {cut}");
    assert_eq!(total("or[1][category]=rare&or[1][category][in]=none,rare&count=exact"), 6_000);
    assert_eq!(total("or[1][category]=common&or[1][price]=1"), 10_001);
    assert_eq!(total("status[in]=draft,active&category=rare&price[lt]=50"), {
        let sql = "SELECT count(*) FROM products WHERE status IN ('draft', 'active') AND category = 'rare' AND price < 50";
        world.connection.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap()
    });
}

static NUMBERS: Resource = Resource {
    table: "numbers",
    fields: &[
        Field::new("id", Kind::Integer).sortable().filtered(&[Operator::Gt]),
        Field::new("half", Kind::Integer).filtered(&[Operator::Eq, Operator::Lt]),
    ],
    default_sort: "id",
    paths: &[AccessPath::new("", &["id"]).behind_view()],
    search: None,
    relations: &[],
};

#[test]
fn an_exact_count_of_too_many_rows_is_refused() {
    let clock = TestClock::new(Timestamp::from_millis(0));
    let ports = block_on(Instance::in_memory(Rc::new(clock))).unwrap().ports;
    let last = EXACT_CAP + 1;
    let view = format!(
        "CREATE VIEW numbers AS WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < {last}) \
         SELECT n AS id, n / 2 AS half FROM number"
    );
    block_on(ports.database.query(Statement::new(view))).unwrap();
    let total = |condition: (&str, &str)| {
        let pairs = [condition, ("count", "exact")].map(|(name, value)| (name.to_owned(), value.to_owned()));
        let query = ListQuery::parse(&NUMBERS, &pairs).unwrap();
        match block_on(lists::read(&*ports.database, &query)) {
            Ok(_) => Some(()),
            Err(Error::TooBroad(message)) if message.starts_with("count=exact ") => None,
            Err(error) => panic!("{error}"),
        }
    };
    assert_eq!(total(("id[gt]", "1")), Some(()), "as many as may be");
    assert_eq!(total(("id[gt]", "0")), None);
    assert_eq!(total(("half[lt]", "99")), None, "few meet it, and no index knows");
}
