use shared::query::{Class, Resource};
use shared::repositories::{api_keys, audit, managed_users, posts, products, roles};

use crate::world::World;

/// What the declared paths of products serve, as conditions and order, by the index that does.
const SERVED: &[(&str, &str)] = &[
    ("", "products_by_created"),
    ("sort=created_at", "products_by_created"),
    ("sort=price", "products_by_price"),
    ("sort=-name", "products_by_name"),
    ("sort=price,name", "products_by_price_name"),
    ("sort=-price,-name", "products_by_price_name"),
    ("sort=-price,name", "products_by_price_down_name"),
    ("sort=price,-name", "products_by_price_down_name"),
    ("category=rare", "products_by_category_created"),
    ("category=rare&sort=price", "products_by_category_price"),
    ("category=rare&sort=name", "products_by_category_name"),
    ("status=draft", "products_by_status_created"),
    ("status[nin]=draft,active&sort=-price", "products_by_status_price"),
    ("status[in]=draft&sort=name", "products_by_status_name"),
    ("category=rare&status=active", "products_by_category_status_created"),
    ("category=rare&status=active&sort=price", "products_by_category_status_price"),
    ("category=rare&status=active&sort=name", "products_by_category_status_name"),
    ("price[gte]=20&price[lt]=40&sort=price", "products_by_price"),
    ("price[gt]=20&sort=-price", "products_by_price"),
    ("price=20&sort=price", "products_by_price"),
    // Two indexes are as good.
    ("price=20&sort=name", "products_by_price_"),
    ("name[prefix]=Lamp%201&sort=name", "products_by_name"),
    ("category=rare&name[prefix]=Lamp%201&sort=-name", "products_by_category_name"),
    ("category=rare&status=active&price[lte]=40&sort=price", "products_by_category_status_price"),
    ("or[1][category]=rare", "products_by_category_created"),
];

/// A served page of 20 with its count takes fewer steps than this of SQLite's machine, whatever the table has.
const FEW: i32 = 3_000;

#[test]
fn what_an_index_serves_is_read_along_it_alone() {
    let world = World::with_products(30_000);
    for (text, index) in SERVED {
        // From the first page by number, and from a cursor in both directions.
        let query = world.query(&products::RESOURCE, text);
        let (_, ends) = world.ids(&query);
        let (first, last) = ends.unwrap();
        for cursor in [String::new(), format!("&after={last}"), format!("&before={first}")] {
            let text = format!("{text}{cursor}");
            let query = world.query(&products::RESOURCE, &text);
            let plan = query.plan().unwrap();
            assert!(
                matches!(plan.class(), Class::Served { .. }) && !world.total(&query).is_negative(),
                "{text}: {:?}",
                plan.class()
            );
            let steps = world.explain(&plan.page());
            let unserved = |step: &String| {
                step.contains("TEMP B-TREE")
                    || (step.starts_with("SCAN products") && !step.contains(" INDEX "))
            };
            assert!(!steps.iter().any(unserved), "{text}: {steps:#?}");
            let along = |step: &String| step.contains("products USING") && step.contains(index);
            assert!(steps.iter().any(along) || index.ends_with("created"), "{text}: {steps:#?}");
            let page = world.page(&query);
            assert!(page.steps < FEW, "{text}: {} steps", page.steps);
        }
    }
}

#[test]
fn a_page_far_behind_a_cursor_costs_what_the_first_costs() {
    let world = World::with_products(30_000);
    for sort in ["price", "-price", "price,name", "-price,name", "price,-name", "-created_at"] {
        let start = world.page(&world.query(&products::RESOURCE, &format!("sort={sort}"))).steps;
        let far = world.query(&products::RESOURCE, &format!("sort={sort}&page=1000"));
        let (_, ends) = world.ids(&far);
        let (first, last) = ends.unwrap();
        for text in [format!("sort={sort}&after={last}"), format!("sort={sort}&before={first}")] {
            let steps = world.page(&world.query(&products::RESOURCE, &text)).steps;
            assert!(steps < start * 3, "{text}: {steps} steps, {start} at the start");
        }
        assert!(world.page(&far).steps > start * 20, "by number, rows are passed over");
    }
}

#[test]
fn a_range_does_not_keep_a_cursor_from_going_to_its_place() {
    let world = World::with_products(30_000);
    for (range, sort) in
        [("price[gte]=2", "price"), ("price[lte]=99", "-price"), ("price[gt]=1&price[lt]=100", "price")]
    {
        let (_, ends) =
            world.ids(&world.query(&products::RESOURCE, &format!("{range}&sort={sort}&page=900")));
        let (first, last) = ends.unwrap();
        for cursor in [format!("after={last}"), format!("before={first}")] {
            let text = format!("{range}&sort={sort}&{cursor}");
            let page = world.page(&world.query(&products::RESOURCE, &text));
            assert!(page.steps < FEW, "{text}: {} steps", page.steps);
        }
    }
}

#[test]
fn every_declared_index_is_in_the_migrations_with_these_columns() {
    let world = World::new();
    let resources: [(&Resource, &str); 7] = [
        (&products::RESOURCE, "products"),
        (&posts::PUBLISHED, "posts"),
        (&posts::OWN, "posts"),
        (&managed_users::RESOURCE, "users"),
        (&roles::RESOURCE, "roles"),
        (&audit::RESOURCE, "audit_log"),
        (&api_keys::RESOURCE, "api_keys"),
    ];
    for (resource, table) in resources {
        for path in resource.paths.iter().filter(|path| path.index != "INTEGER PRIMARY KEY") {
            let sql = "SELECT coalesce(name, 'seq'), \"desc\" FROM pragma_index_xinfo(?1) WHERE key OR cid = -1 AND ?2";
            let mut prepared = world.connection.prepare(sql).unwrap();
            // A rowid ends every index; it is a column of its own in the audit log only.
            let rows = prepared.query_map((path.index, table == "audit_log"), |row| {
                let minus = if row.get(1)? { "-" } else { "" };
                Ok(format!("{minus}{}", row.get::<_, String>(0)?))
            });
            let columns: Vec<_> = rows.unwrap().collect::<Result<_, _>>().unwrap();
            assert_eq!(columns, path.columns, "{}", path.index);
            let sql = "SELECT tbl_name, coalesce(sql, '') FROM sqlite_master WHERE name = ?1";
            let (found, text): (String, String) =
                world.connection.query_row(sql, [path.index], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
            assert_eq!(found, table);
            let condition = text.split_once(" WHERE ").map(|(_, condition)| condition);
            match path.where_null {
                Some(column) => assert_eq!(condition, Some(format!("{column} IS NULL").as_str())),
                None => assert!(condition.is_none_or(|text| text == "status = 'published'"), "{condition:?}"),
            }
        }
    }
}
