use std::rc::Rc;

use futures::executor::block_on;
use native::{Instance, TestClock};
use serde_json::Value as Json;
use shared::audit::chain::Recorded;
use shared::models::api_key::ApiKeyRecord;
use shared::models::managed_user::ManagedUser;
use shared::models::post::{OwnPosts, PublishedPosts};
use shared::models::product::Product;
use shared::models::role::Role;
use shared::ports::{Database, Statement};
use shared::query::{Answer, Filter, ListQuery};
use shared::repositories::Listed;
use shared::time::Timestamp;

const ODD: &str = "'a\"b\\c\u{7}\u{1f}\u{7f}' || char(9) || char(10) || char(13) || 'é\u{2028}🦀</script>'";

/// One row and more of everything, with what JSON must escape and what SQL has no word for.
fn full_house() -> Rc<dyn Database> {
    let clock = Rc::new(TestClock::new(Timestamp::from_millis(0)));
    let database = block_on(Instance::in_memory(clock)).unwrap().ports.database;
    let statements = [
        format!(
            "INSERT INTO products (id, name, description, category, price, compare_at_price, stock, status, version, created_at, \
             updated_at) VALUES ('p1', {ODD}, '', {ODD}, 0, NULL, 2147483647, 'draft', 1, 0, 253402300799999), \
             ('p2', 'B', {ODD}, 'c', 9007199254740991, 5, 0, 'active', 2, 951782399999, 1769860800001)"
        ),
        format!(
            "INSERT INTO users (id, email, name, password_hash, created_at, updated_at, locked_at, email_verified_at) VALUES \
             ('019376a1-9c3b-7aaa-8bbb-000000000001', 'a@b.c', {ODD}, '', 59999, 60000, NULL, 5), \
             ('019376a1-9c3b-7aaa-8bbb-000000000002', 'b@b.c', 'N', '', 1, 999, 1, NULL)"
        ),
        "INSERT INTO roles (id, name, description, built_in, created_at, updated_at) VALUES \
         ('019376a1-9c3b-7aaa-8bbb-00000000000a', 'none', '', 0, 1, 1), ('019376a1-9c3b-7aaa-8bbb-00000000000b', 'some', 'x', 1, 1, 1)"
            .to_owned(),
        "INSERT INTO role_capabilities (role_id, capability) VALUES ('019376a1-9c3b-7aaa-8bbb-00000000000b', 'read_jobs'), \
         ('019376a1-9c3b-7aaa-8bbb-00000000000b', 'create_products'), ('019376a1-9c3b-7aaa-8bbb-00000000000b', 'gone')"
            .to_owned(),
        "INSERT INTO user_roles (user_id, role_id) VALUES \
         ('019376a1-9c3b-7aaa-8bbb-000000000001', '019376a1-9c3b-7aaa-8bbb-00000000000a'), \
         ('019376a1-9c3b-7aaa-8bbb-000000000001', '019376a1-9c3b-7aaa-8bbb-00000000000b')"
            .to_owned(),
        format!(
            "INSERT INTO posts (id, author_id, title, body, status, published_at, created_at, updated_at) VALUES \
             ('o1', '019376a1-9c3b-7aaa-8bbb-000000000001', {ODD}, {ODD} || hex(zeroblob(300)), 'published', 7, 1, 1), \
             ('o2', NULL, 'T', 'äöü', 'published', 8, 1, 1), ('o3', NULL, 'T', '', 'draft', NULL, 1, 1)"
        ),
        "INSERT INTO api_keys (id, user_id, name, hash, hint, capabilities, created_at, expires_at, last_used_at) VALUES \
         ('k1', '019376a1-9c3b-7aaa-8bbb-000000000001', 'K', 'h', 'abcd', '[\"read_audit\",\"gone\",\"create_posts\"]', 1, 2, NULL), \
         ('k2', '019376a1-9c3b-7aaa-8bbb-000000000001', 'K', 'i', 'abcd', '[]', 1, 2, 3)"
            .to_owned(),
        format!(
            "INSERT INTO audit_log (at, action, actor_id, credential, target_kind, target_id, details, address, user_agent, request_id) \
             VALUES (1, 'user.locked', NULL, NULL, 'user', 'x', '{{\"b\" : [1, {{\"a\":null}}],\n\"a\":\"é\"}}', '::1', {ODD}, 'r'), \
             (2, 'x', 'u', 'c', 'user', 'x', 'broken', '', '', ''), (3, 'x', 'u', 'c', 'user', 'x', '[1]', '', '', '')"
        ),
        "INSERT INTO audit_seals (seq, hash) VALUES (1, 'h')".to_owned(),
    ];
    for sql in statements {
        block_on(database.query(Statement::new(sql))).unwrap();
    }
    database
}

fn ask(database: &Rc<dyn Database>, statement: Statement) -> String {
    let rows = block_on(database.query(statement)).unwrap();
    rows.first().unwrap().get::<Option<String>>("data").unwrap().unwrap_or_default()
}

/// What SQLite writes of each row is what serde writes of its view.
fn check<T: Listed>(database: &Rc<dyn Database>, within: &[Filter], least: usize) {
    let resource = T::resource();
    let mut query = ListQuery::parse(resource, &[]).unwrap();
    for filter in within {
        query = query.within([filter.clone()]);
    }
    let text = ask(database, query.plan().unwrap().page());
    let answer = Answer::read(&query, &text).unwrap();
    assert!(answer.rows.len() >= least, "{}: {text}", resource.table);
    let key = resource.key().name;
    for row in answer.rows {
        let written: Json = serde_json::from_str(row).unwrap();
        let sql = format!("SELECT {} FROM {} WHERE {key} = ?1", T::COLUMNS, resource.table);
        let statement = match &written[key] {
            Json::String(id) => Statement::new(sql).bind(id.as_str()),
            number => Statement::new(sql).bind(number.as_i64().unwrap()),
        };
        let rows = block_on(database.query(statement)).unwrap();
        let view = T::view(rows.first().unwrap()).unwrap();
        assert_eq!(written, serde_json::to_value(&view).unwrap(), "{}", resource.table);
        let names: Vec<_> = resource.fields.iter().map(|field| field.name).collect();
        let order: Vec<_> = names.iter().map(|name| row.find(&format!("\"{name}\":"))).collect();
        assert!(order.is_sorted() && order.iter().all(Option::is_some), "{row}");
    }
}

#[test]
fn every_row_that_sqlite_writes_is_what_serde_makes_of_its_view() {
    let database = full_house();
    let author = shared::repositories::posts::of_author(
        &shared::ids::Id::parse("019376a1-9c3b-7aaa-8bbb-000000000001").unwrap(),
    );
    let owner = shared::repositories::api_keys::of_user(
        &shared::ids::Id::parse("019376a1-9c3b-7aaa-8bbb-000000000001").unwrap(),
    );
    check::<ManagedUser>(&database, &[], 2);
    check::<Role>(&database, &[], 3);
    check::<Recorded>(&database, &[], 3);
    check::<ApiKeyRecord>(&database, &owner, 2);
    check::<OwnPosts>(&database, &author, 1);
    check::<PublishedPosts>(&database, &[], 2);
    check::<Product>(&database, &[], 2);
}

#[test]
fn rows_show_the_members_that_are_asked_for_and_no_cursor_needs_more() {
    let database = full_house();
    let pairs =
        |fields: &str| [("fields".to_owned(), fields.to_owned()), ("sort".to_owned(), "-price".to_owned())];
    for (fields, expected) in
        [("name", ["id", "name"]), ("price,id", ["id", "price"]), ("created_at", ["created_at", "id"])]
    {
        let query = ListQuery::parse(Product::resource(), &pairs(fields)).unwrap();
        let query = query.signed_by(crate::world::keys("k:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"));
        let text = ask(&database, query.plan().unwrap().page());
        let answer = Answer::read(&query, &text).unwrap();
        for row in &answer.rows {
            let row: serde_json::Map<String, Json> = serde_json::from_str(row).unwrap();
            assert_eq!(row.keys().collect::<Vec<_>>(), expected);
        }
        let whole = ListQuery::parse(Product::resource(), &pairs(fields)[1..]).unwrap();
        let whole = whole.signed_by(crate::world::keys("k:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"));
        let whole_text = ask(&database, whole.plan().unwrap().page());
        let whole_answer = Answer::read(&whole, &whole_text).unwrap();
        let of = |query: &ListQuery, answer: &Answer<'_>| {
            query.cursors_of([None, answer.ends.map(|(_, last)| last)])[1].clone().unwrap()
        };
        assert_eq!(of(&query, &answer), of(&whole, &whole_answer));
    }
}
