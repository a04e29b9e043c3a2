//! Many items take as many statements as one, none of these looks at rows that no item is about, and a change writes no
//! index but those of what it names.

#![expect(clippy::unwrap_used, reason = "what a test is written in fails by panicking")]

#[path = "accounts/world.rs"]
#[expect(dead_code, reason = "the tests of accounts use the rest")]
mod world;

use std::collections::BTreeSet;

use http::Method;
use serde_json::{Value as Json, json};
use shared::ports::{Statement, Value};
use shared::seed::ADMINISTRATOR_ROLE;

use world::{World, run};

const EMAIL: &str = "ada@example.test";

async fn administrator(world: &World) -> String {
    world.sign_up(EMAIL).await;
    let give =
        format!("INSERT INTO user_roles (user_id, role_id) SELECT id, '{ADMINISTRATOR_ROLE}' FROM users");
    world.sql(&give).await;
    world.session(EMAIL).await
}

/// Sends it; answers the ids of the results and the statements that it took.
async fn send(world: &World, cookie: &str, method: Method, items: &[Json]) -> (Vec<Json>, Vec<Statement>) {
    world.heard.statements.borrow_mut().clear();
    let answer = world.send(method, "/products/bulk", cookie, &json!({ "items": items })).await;
    let body: Json = serde_json::from_slice(answer.body()).unwrap();
    assert_eq!((answer.status().as_u16(), &body["data"]["failed"]), (200, &json!(0)), "{body}");
    let ids = body["data"]["results"].as_array().unwrap().iter().map(|result| result["id"].clone()).collect();
    (ids, world.heard.statements.borrow().clone())
}

async fn expect_no_scan(world: &World, statement: &Statement) {
    let plan = format!("EXPLAIN QUERY PLAN {}", statement.sql);
    let plan = Statement { sql: plan.into(), params: vec![Value::Null; statement.params.len()] };
    for row in world.ports.database.query(plan).await.unwrap().iter() {
        let step: String = row.get("detail").unwrap();
        let scans = step.starts_with("SCAN")
            && !["SCAN i ", "SCAN (", "SCAN CONSTANT"].iter().any(|own| step.starts_with(own));
        assert!(!scans && !step.contains("AUTOMATIC"), "{step}: {}", statement.sql);
    }
}

#[test]
fn a_thousand_items_take_as_many_statements_as_one_and_scan_nothing() {
    run(async {
        let world = World::new().await;
        let cookie = administrator(&world).await;
        let product = json!({ "name": "Lamp", "category": "c", "price": 1 });
        let mut counts = Vec::new();
        for number in [1, 1000] {
            let (ids, made) = send(&world, &cookie, Method::POST, &vec![product.clone(); number]).await;
            let change = |id: &Json| json!({ "id": id, "version": 1, "changes": { "stock": 1 } });
            let changes: Vec<_> = ids.iter().map(change).collect();
            let (_, patched) = send(&world, &cookie, Method::PATCH, &changes).await;
            let deletions: Vec<_> = ids.iter().map(|id| json!({ "id": id, "version": 2 })).collect();
            let (_, deleted) = send(&world, &cookie, Method::DELETE, &deletions).await;
            counts.push([made.len(), patched.len(), deleted.len()]);
            for statement in [made, patched, deleted].iter().flatten() {
                if statement.sql.contains("json_each(?") {
                    expect_no_scan(&world, statement).await;
                }
            }
        }
        assert_eq!(counts[0], counts[1]);
        assert!(counts[0].iter().all(|count| *count <= 8), "{counts:?}");
    });
}

/// The indexes that the statement writes.
async fn indexes_written(world: &World, statement: &Statement) -> BTreeSet<String> {
    let program = Statement { sql: format!("EXPLAIN {}", statement.sql).into(), ..statement.clone() };
    let program = world.ports.database.query(program).await.unwrap();
    let opened = program.iter().filter(|step| step.get::<String>("opcode").unwrap() == "OpenWrite");
    let roots: Vec<_> = opened.map(|step| step.get::<i64>("p2").unwrap().to_string()).collect();
    let sql = "SELECT name FROM sqlite_master WHERE type = 'index' AND rootpage IN";
    let names = world.sql(&format!("{sql} ({})", roots.join(", "))).await;
    names.iter().map(|row| row.get("name").unwrap()).collect()
}

#[test]
fn a_change_writes_no_index_but_those_of_what_it_names() {
    run(async {
        let world = World::new().await;
        let cookie = administrator(&world).await;
        let product = json!({ "name": "Lamp", "category": "c", "price": 1, "compare_at_price": 2 });
        let (ids, _) = send(&world, &cookie, Method::POST, &vec![product; 2]).await;
        let path = format!("/products/{}", ids[0].as_str().unwrap());
        for (changes, of) in [
            (json!({}), None),
            (json!({ "stock": 4, "compare_at_price": null }), None),
            (json!({ "description": "Warm" }), None),
            (json!({ "price": 3 }), Some("price")),
            (json!({ "status": "active" }), Some("status")),
        ] {
            let one = json!({ "id": ids[0], "changes": &changes });
            let (_, mut statements) = send(&world, &cookie, Method::PATCH, &[one]).await;
            world.heard.statements.borrow_mut().clear();
            assert_eq!(world.send(Method::PATCH, &path, &cookie, &changes).await.status(), 200);
            statements.extend(world.heard.statements.borrow().clone());
            statements.retain(|statement| statement.sql.starts_with("UPDATE products"));
            assert_eq!(statements.len(), 2, "in bulk, and alone");
            for statement in statements {
                let written = indexes_written(&world, &statement).await;
                let of_products = written.iter().filter(|index| index.starts_with("products_by_"));
                let (due, others): (Vec<_>, Vec<_>) =
                    of_products.partition(|index| of.is_some_and(|of| index.contains(of)));
                assert_eq!((due.is_empty(), others), (of.is_none(), vec![]), "{}", statement.sql);
            }
        }
    });
}

#[test]
fn each_item_changes_what_it_names_itself() {
    run(async {
        let world = World::new().await;
        let cookie = administrator(&world).await;
        let product = json!({ "name": "Lamp", "category": "c", "price": 1, "compare_at_price": 2 });
        let (ids, _) = send(&world, &cookie, Method::POST, &vec![product; 3]).await;
        let changes = [
            json!({ "price": 5, "name": "Desk lamp" }),
            json!({ "compare_at_price": null, "description": "Warm" }),
            json!({ "compare_at_price": 9, "status": "active", "stock": 7, "category": "d" }),
        ];
        let items: Vec<_> =
            ids.iter().zip(changes).map(|(id, changes)| json!({ "id": id, "changes": changes })).collect();
        send(&world, &cookie, Method::PATCH, &items).await;
        let sql = "SELECT json_group_array(json_array(name, description, category, price, compare_at_price, stock, status, \
            version) ORDER BY rowid) AS t FROM products";
        let expected = json!([
            ["Desk lamp", "", "c", 5, 2, 0, "draft", 2],
            ["Lamp", "Warm", "c", 1, null, 0, "draft", 2],
            ["Lamp", "", "d", 1, 9, 7, "active", 2],
        ]);
        assert_eq!(world.text(sql).await, expected.to_string());
    });
}
