//! What reads cost, held to a budget for each route. A new route that reads fails until it has one.

use std::collections::BTreeMap;

use app::{Answer, TestApp};
use serde_json::json;

/// The table of routes with their guards, as it is committed.
const ROUTES: &str = include_str!("../../../edge/tests/routes.txt");

/// Statements, round trips to the database, and rows that it reads, where the runtime tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Cost {
    statements: u64,
    trips: u64,
    rows: Option<u64>,
}

/// The budgets: who is signed in is found out by one statement in a trip of its own, for five rows (session, user, role,
/// and the capabilities of the role). Lists show seven rows and read one more, and the generation; without a total.
const BUDGETS: &[(&str, u64, u64, u64)] = &[
    ("/healthz", 0, 0, 0),
    ("/readyz", 4, 4, 200),
    ("/openapi.json", 0, 0, 0),
    ("/docs", 0, 0, 0),
    ("/docs/{file}", 0, 0, 0),
    ("/api/v1/auth/sessions", 2, 2, 30),
    ("/api/v1/auth/api-keys", 2, 2, 20),
    ("/api/v1/me", 1, 1, 5),
    ("/api/v1/me/capabilities", 1, 1, 5),
    ("/api/v1/capabilities", 1, 1, 5),
    ("/api/v1/users", 2, 2, 60),
    ("/api/v1/users/{id}", 2, 2, 10),
    ("/api/v1/roles", 2, 2, 200),
    ("/api/v1/roles/{id}", 2, 2, 10),
    ("/api/v1/audit", 5, 4, 60),
    ("/api/v1/audit/verify", 9, 9, 20_000),
    ("/api/v1/products", 1, 1, 10),
    ("/api/v1/products/{id}", 1, 1, 2),
    ("/api/v1/products/stats", 1, 1, 3_000),
    // Of an export the first part.
    ("/api/v1/products/export", 2, 2, 5_000),
    ("/api/v1/products/deleted", 2, 2, 20),
    ("/api/v1/posts", 1, 1, 10),
    ("/api/v1/me/posts", 2, 2, 15),
    ("/api/v1/posts/{id}", 2, 2, 7),
    ("/api/v1/jobs/{id}", 2, 2, 6),
];

fn number(answer: &Answer, metric: &str) -> Option<u64> {
    let header = answer.header("server-timing").unwrap();
    let told = header.split(", ").find_map(|part| part.strip_prefix(metric)?.strip_prefix(";desc="))?;
    Some(told.trim_matches('"').parse().unwrap())
}

fn cost(answer: &Answer) -> Cost {
    Cost {
        statements: number(answer, "queries").unwrap(),
        trips: number(answer, "trips").unwrap(),
        rows: number(answer, "rows"),
    }
}

#[tokio::test]
async fn every_route_that_reads_keeps_to_its_budget() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let id = |answer: Answer| answer.expect_status(201).data()["id"].as_str().unwrap().to_owned();
    let product = json!({ "name": "Lamp", "description": "", "category": "cost", "price": 1, "stock": 1, "status": "active" });
    let product = id(admin.post("/api/v1/products", &product).await);
    let post = id(admin.post("/api/v1/posts", &json!({ "title": "A post", "body": "Text" })).await);
    let role = app.role(&["read_users"]).await;
    let (account, who) = app.user().administrator().make_and_login().await;
    let paths = BTreeMap::from([
        ("/docs/{file}", "/docs/nothing".to_owned()),
        ("/api/v1/users/{id}", account.path()),
        ("/api/v1/roles/{id}", format!("/api/v1/roles/{role}")),
        ("/api/v1/products/{id}", format!("/api/v1/products/{product}")),
        ("/api/v1/posts/{id}", format!("/api/v1/posts/{post}")),
        ("/api/v1/jobs/{id}", "/api/v1/jobs/019376a1-9c3b-7aaa-8bbb-0123456789ab".to_owned()),
    ]);
    // What no other test asks for, so that no cache has it. A total would count what other tests have made.
    let lists = ["users", "roles", "audit", "products", "posts", "me/posts", "products/deleted"];
    let lists = lists.map(|list| (format!("/api/v1/{list}"), format!("/api/v1/{list}?limit=7&count=none")));
    let lists = BTreeMap::from(lists);
    let mut over = Vec::new();
    for template in ROUTES.lines().filter_map(|line| line.strip_prefix("GET")?.split_whitespace().next()) {
        let Some((_, statements, trips, rows)) = BUDGETS.iter().find(|(route, ..)| *route == template) else {
            over.push(format!("{template} has no budget"));
            continue;
        };
        let path = paths.get(template).or_else(|| lists.get(template));
        let answer = who.get(path.map_or(template, String::as_str)).await;
        let cost = cost(&answer);
        let within = cost.statements <= *statements
            && cost.trips <= *trips
            && cost.rows.is_none_or(|read| read <= *rows);
        if !within {
            over.push(format!("{template}: {cost:?} of {statements}, {trips}, {rows}"));
        }
    }
    assert!(over.is_empty(), "{over:#?}");
}

#[tokio::test]
async fn only_reads_tell_what_they_cost() {
    let app = TestApp::start().await;
    let account = app.account().await;
    let login = app.visitor().login(&account.email, &account.password).await.expect_status(200);
    assert_eq!(login.header("server-timing"), None);
    let list = app.visitor().get("/api/v1/products").await.expect_status(200);
    let header = list.header("server-timing").unwrap();
    for metric in ["db;dur=", "cache;dur=", "app;dur=", "total;dur=", "queries;desc=", "trips;desc="] {
        assert!(header.contains(metric), "{header}");
    }
}
