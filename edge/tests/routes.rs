//! The table of routes with their guards, as a snapshot: who may call what changes only in plain sight.

use edge::app::App;
use edge::openapi::{self, Document};
use shared::config::Config;

#[test]
fn every_route_has_the_guard_that_the_snapshot_says() {
    let (table, snapshot) = (openapi::route_table(), include_str!("routes.txt"));
    assert_eq!(table, snapshot, "\nIf the change is meant, run `cargo xtask generate`.");
}

#[test]
fn every_route_that_changes_something_is_limited() {
    for route in Document::of_routes().operations {
        let own = route.path.starts_with("/__test/") || route.guard == "internal";
        let limited = own || route.method.is_safe() || !route.limits.is_empty();
        assert!(limited, "{} {} is under no policy", route.method, route.path);
    }
}

#[test]
fn every_route_can_be_reached() {
    let development = |name: &str| (name == "ENVIRONMENT").then(|| "development".to_owned());
    let app = App::new(Config::from_settings(development).unwrap());
    for route in Document::of_routes().operations {
        let id = "019376a1-9c3b-7aaa-8bbb-0123456789ab";
        let path = route.path.replace("{id}", id).replace("{name}", "name").replace("{file}", "file");
        assert_eq!(app.template(&route.method, &path), Some(route.path), "{} {}", route.method, route.path);
    }
}
