//! Walks the table of routes: every guard refuses whom it must, and lets through whom it must. A new route is walked
//! without a line here; a new kind of guard fails until it has its rule.

use std::collections::{BTreeMap, BTreeSet};

use app::described::DOCUMENT;
use app::{Answer, Client, TestApp};
use serde_json::{Value, json};

/// The table of routes with their guards, as it is committed.
const TABLE: &str = include_str!("../../../edge/tests/routes.txt");

/// An id that nothing has, so that nothing is changed or deleted.
const NOTHING: &str = "019376a1-9c3b-7aaa-8bbb-0123456789ab";

#[derive(Debug, Clone, Copy)]
struct Route {
    method: &'static str,
    path: &'static str,
    guard: &'static str,
}

impl Route {
    fn all() -> Vec<Self> {
        let route = |line: &'static str| {
            let mut words = line.split_whitespace();
            let mut word = || words.next().unwrap();
            Self { method: word(), path: word(), guard: word() }
        };
        TABLE.lines().map(route).collect()
    }

    fn operation(self) -> &'static Value {
        &DOCUMENT["paths"][self.path][self.method.to_ascii_lowercase()]
    }

    /// Calls it with ids of nothing and an empty object.
    async fn call(self, who: &Client) -> Answer {
        let mut path = String::new();
        for segment in self.path.split('/').skip(1) {
            path.push('/');
            path.push_str(if segment.starts_with('{') { NOTHING } else { segment });
        }
        match self.method {
            "GET" => who.get(&path).await,
            method => who.send_json(method, &path, &json!({})).await,
        }
    }

    async fn is_refused(self, who: &Client, status: u16, code: &str) {
        let answer = self.call(who).await;
        let found = (answer.status, answer.json()["code"].clone());
        assert_eq!(found, (status, json!(code)), "{self:?}");
    }

    /// The guard lets the caller through, whatever comes then.
    async fn is_open_to(self, who: &Client) {
        let answer = self.call(who).await;
        assert!(!matches!(answer.status, 401 | 403), "{self:?}: {}", String::from_utf8_lossy(&answer.body));
        assert!(answer.status < 500, "{self:?}: {}", answer.status);
    }
}

/// Every capability, as the application tells it.
async fn capabilities(app: &TestApp) -> Vec<String> {
    let all = app.admin().await.get("/api/v1/capabilities").await.expect_status(200).data();
    all.as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn the_document_and_the_table_of_routes_tell_of_the_same_guards() {
    let known: BTreeSet<_> = capabilities(&TestApp::start().await).await.into_iter().collect();
    let routes = Route::all();
    let documented: usize =
        DOCUMENT["paths"].as_object().unwrap().values().map(|item| item.as_object().unwrap().len()).sum();
    assert_eq!(routes.len(), documented, "a route is in one of them only");
    for route in routes {
        let operation = route.operation();
        let (capability, security) =
            (operation["x-capability"].as_str(), operation["security"].as_array().unwrap());
        match route.guard {
            "public" => assert!(security.is_empty() && capability.is_none(), "{route:?}"),
            "internal" => assert_eq!(security, &[json!({ "internal": [] })], "{route:?}"),
            // Anybody may ask, and the answer depends on who does.
            "visitor" => assert!(security.first() == Some(&json!({})) && capability.is_none(), "{route:?}"),
            "authenticated" | "in_session" => {
                assert!(!security.is_empty() && capability.is_none(), "{route:?}");
            }
            guard => {
                assert_eq!(capability, Some(guard), "{route:?}");
                assert!(known.contains(guard) && !security.is_empty(), "no rule for the guard of {route:?}");
            }
        }
    }
}

#[tokio::test]
async fn without_a_session_only_public_routes_answer() {
    let app = TestApp::start().await;
    for route in Route::all() {
        let visitor = app.visitor();
        match route.guard {
            // Some of them ask for a password or a token themselves, and say so.
            "public" if route.operation()["responses"]["401"].is_object() => {
                assert_ne!(route.call(&visitor).await.status, 403, "{route:?}");
            }
            "public" | "visitor" => {
                assert!(!matches!(route.call(&visitor).await.status, 401 | 403), "{route:?}");
            }
            "internal" => route.is_refused(&visitor, 404, "not_found").await,
            _ => route.is_refused(&visitor, 401, "unauthenticated").await,
        }
    }
}

#[tokio::test]
async fn whoever_is_signed_in_reaches_what_asks_for_no_more() {
    let app = TestApp::start().await;
    for route in Route::all() {
        match route.guard {
            // Somebody new each time: what ends a session or deletes an account must not touch the next route's. Here is
            // the place for what an API key reaches: the former, and of the latter none (`session_required`).
            "authenticated" | "in_session" | "visitor" => route.is_open_to(&app.member().await).await,
            "internal" => route.is_refused(&app.member().await, 404, "not_found").await,
            _ => {}
        }
    }
}

#[tokio::test]
async fn a_capability_opens_its_routes_and_all_others_together_do_not() {
    let app = TestApp::start().await;
    let all = capabilities(&app).await;
    let mut guarded: BTreeMap<&str, Vec<Route>> = BTreeMap::new();
    for route in Route::all() {
        if all.iter().any(|name| name == route.guard) {
            guarded.entry(route.guard).or_default().push(route);
        }
    }
    assert!(guarded.len() >= 5, "{guarded:?}");
    for (capability, routes) in guarded {
        let others = all.iter().filter(|name| *name != capability).cloned();
        let lacking = app.user().with(others).login().await;
        let holding = app.user().with([capability]).login().await;
        for route in routes {
            route.is_refused(&lacking, 403, "missing_capability").await;
            route.is_open_to(&holding).await;
        }
    }
}
