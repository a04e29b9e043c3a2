//! What may answer a read where the database has copies, and what is done with what a copy answered.

#![expect(clippy::unwrap_used, reason = "what a test is written in fails by panicking")]

#[path = "accounts/world.rs"]
#[expect(dead_code, reason = "the tests of accounts use the rest")]
mod world;

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use edge::app::App;
use edge::http::Response;
use edge::http::body::{ClientAddress, RequestBody};
use shared::cache::MAX_STALENESS;
use shared::ports::{Anchor, Database, DatabaseError, Ports, Rows, Statement};

use world::{World, config, run};

/// A database with copies, all of them up to date.
struct Copied {
    inner: Rc<dyn Database>,
    anchor: RefCell<Anchor>,
}

#[async_trait(?Send)]
impl Database for Copied {
    async fn query(&self, statement: Statement) -> Result<Rows, DatabaseError> {
        self.inner.query(statement).await
    }

    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Rows>, DatabaseError> {
        self.inner.batch(statements).await
    }

    fn anchor(&self, anchor: Anchor) {
        *self.anchor.borrow_mut() = anchor;
    }

    fn is_primary(&self) -> bool {
        *self.anchor.borrow() == Anchor::Primary
    }
}

/// Reads products, and again when nothing of that is left; answers what could answer that.
async fn read(header: Option<(&str, &str)>) -> (Anchor, Response) {
    let world = World::new().await;
    let inner = Rc::clone(&world.ports.database);
    let database = Rc::new(Copied { inner, anchor: RefCell::new(Anchor::Primary) });
    let ports = Ports { database: Rc::<Copied>::clone(&database), ..world.ports.clone() };
    let app = App::new(config(&[("READ_REPLICAS", "on")]));
    let ask = || {
        let mut request = http::Request::get("/api/v1/products");
        if let Some((name, value)) = header {
            request = request.header(name, value);
        }
        let request = request.extension(ClientAddress("192.0.2.1".parse().unwrap()));
        app.handle(ports.clone(), request.body(RequestBody::from(Bytes::new())).unwrap())
    };
    assert_eq!(ask().await.status(), 200);
    // The store is asked and filled for what was asked for before.
    world.clock.advance(MAX_STALENESS + Duration::from_millis(1));
    let answer = ask().await;
    let anchor = database.anchor.borrow().clone();
    (anchor, answer)
}

#[test]
fn whoever_shows_that_they_wrote_is_answered_by_the_primary() {
    run(async {
        for (header, anchor) in [
            (None, Anchor::Nearest),
            (Some(("cookie", "theme=dark")), Anchor::Nearest),
            (Some(("ashlar-seen", "products.1.1800000000000.AAAA")), Anchor::Primary),
            (Some(("ashlar-seen", "")), Anchor::Primary),
            (Some(("cookie", "theme=dark; __Host-ashlar_seen_posts=any")), Anchor::Primary),
            (Some(("cookie", "__Host-ashlar_access=any")), Anchor::Primary),
            (Some(("ashlar-bookmark", "forged")), Anchor::Primary),
        ] {
            assert_eq!(read(header).await.0, anchor, "{header:?}");
        }
    });
}

#[test]
fn what_a_copy_answered_is_not_spread_by_the_store() {
    run(async {
        for (header, stored) in [(None, false), (Some(("ashlar-seen", "any")), true)] {
            let (_, answer) = read(header).await;
            let status = answer.headers()["cache-status"].to_str().unwrap();
            let store = status.split(", ").find(|level| level.starts_with("ashlar-kv")).unwrap();
            assert_eq!(store.contains("stored"), stored, "{status}");
        }
    });
}
