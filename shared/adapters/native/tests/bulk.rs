//! Many items take as many statements as one, and none of these looks at rows that no item is about.

#![expect(clippy::unwrap_used, reason = "what a test is written in fails by panicking")]

#[path = "accounts/world.rs"]
#[expect(dead_code, reason = "the tests of accounts use the rest")]
mod world;

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
