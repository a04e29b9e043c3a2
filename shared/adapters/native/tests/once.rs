//! A process that dies around or within the write of a request with an idempotency key: whoever asks again finds the
//! product made once, with its answer.

#![expect(clippy::unwrap_used, reason = "what a test is written in fails by panicking")]

#[path = "accounts/world.rs"]
#[expect(dead_code, reason = "the tests of accounts use the rest")]
mod world;

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use edge::http::Response;
use edge::http::body::{ClientAddress, RequestBody};
use http::Method;
use serde_json::{Value as Json, json};
use shared::ports::{Database, DatabaseError, Ports, Rows, Statement};
use shared::seed::ADMINISTRATOR_ROLE;

use world::{World, run};

const EMAIL: &str = "ada@example.test";

/// Where the process dies in the batch that writes the product.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Death {
    /// Before this statement, so that nothing of the batch is done.
    Before(usize),
    /// After the batch, before its answer arrives.
    After,
    /// Never.
    None,
}

/// Dies in a batch that writes a product; answers how many statements that batch has.
struct Dying {
    inner: Rc<dyn Database>,
    death: Death,
    statements: Cell<usize>,
}

#[async_trait(?Send)]
impl Database for Dying {
    async fn query(&self, statement: Statement) -> Result<Rows, DatabaseError> {
        self.inner.query(statement).await
    }

    async fn batch(&self, mut statements: Vec<Statement>) -> Result<Vec<Rows>, DatabaseError> {
        if !statements.iter().any(|statement| statement.sql.starts_with("INSERT INTO products")) {
            return self.inner.batch(statements).await;
        }
        self.statements.set(statements.len());
        let died = || DatabaseError::Other(anyhow::anyhow!("the process died"));
        match self.death {
            Death::None => self.inner.batch(statements).await,
            Death::After => self.inner.batch(statements).await.and(Err(died())),
            Death::Before(at) => {
                statements.insert(at, Statement::new("SELECT no_such_function()"));
                self.inner.batch(statements).await
            }
        }
    }
}

async fn administrator(world: &World) -> String {
    world.sign_up(EMAIL).await;
    let give =
        format!("INSERT INTO user_roles (user_id, role_id) SELECT id, '{ADMINISTRATOR_ROLE}' FROM users");
    world.sql(&give).await;
    world.session(EMAIL).await
}

/// Asks for a product, with a database that dies there. Answers how many statements the write had, too.
async fn ask(world: &World, cookie: &str, key: &str, death: Death) -> (Response, usize) {
    let dying = Rc::new(Dying { inner: Rc::clone(&world.ports.database), death, statements: Cell::new(0) });
    let ports = Ports { database: Rc::<Dying>::clone(&dying), ..world.ports.clone() };
    let product = json!({ "name": "Lamp", "category": key, "price": 1 });
    let request = http::Request::builder()
        .method(Method::POST)
        .uri("/api/v1/products")
        .header("content-type", "application/json")
        .header("idempotency-key", key)
        .header("cookie", cookie)
        .extension(ClientAddress("192.0.2.1".parse().unwrap()));
    let request = request.body(RequestBody::from(Bytes::from(product.to_string()))).unwrap();
    let answer = world.app.handle(ports, request).await;
    (answer, dying.statements.get())
}

fn data(answer: &Response) -> Json {
    serde_json::from_slice::<Json>(answer.body()).unwrap()["data"].take()
}

#[test]
fn whoever_asks_again_after_a_death_finds_one_product_with_its_answer() {
    run(async {
        let world = World::new().await;
        let cookie = administrator(&world).await;
        let (_, statements) = ask(&world, &cookie, "counted", Death::None).await;
        assert!(statements >= 4, "the key, the answer, the product, the generation: {statements}");
        let deaths = (0..=statements).map(Death::Before).chain([Death::After]);
        for (number, death) in deaths.enumerate() {
            let key = format!("key-{number}");
            let (lost, _) = ask(&world, &cookie, &key, death).await;
            assert_eq!(lost.status(), 500, "{death:?}");
            let (answer, _) = ask(&world, &cookie, &key, Death::None).await;
            assert_eq!(answer.status(), 201, "{death:?}");
            let replayed = answer.headers().contains_key("idempotency-replayed");
            assert_eq!(replayed, death == Death::After, "{death:?}");
            let made = format!("SELECT count(*) AS n FROM products WHERE category = '{key}'");
            assert_eq!(world.number(&made).await, 1, "{death:?}");
            let id = format!("SELECT id AS t FROM products WHERE category = '{key}'");
            assert_eq!(data(&answer)["id"], world.text(&id).await, "{death:?}");
            let (again, _) = ask(&world, &cookie, &key, Death::After).await;
            assert_eq!((again.status().as_u16(), data(&again)), (201, data(&answer)), "{death:?}");
        }
    });
}

#[test]
fn a_key_is_remembered_for_a_day_and_then_deleted() {
    run(async {
        let world = World::new().await;
        let cookie = administrator(&world).await;
        let is_replayed = |answer: &Response| answer.headers().contains_key("idempotency-replayed");
        let (first, _) = ask(&world, &cookie, "kept", Death::None).await;
        world.clock.advance(Duration::from_hours(24).checked_sub(Duration::from_millis(1)).unwrap());
        let cookie = world.session(EMAIL).await;
        let (again, _) = ask(&world, &cookie, "kept", Death::None).await;
        assert!(is_replayed(&again) && data(&first) == data(&again));
        world.clock.advance(Duration::from_millis(1));
        let (later, _) = ask(&world, &cookie, "kept", Death::None).await;
        assert!(
            !is_replayed(&later) && data(&first) != data(&later),
            "its time is over before it is deleted"
        );
        let kept = "SELECT count(*) AS n FROM idempotency_keys";
        for (hours, left) in [(23, 1), (2, 0)] {
            world.clock.advance(Duration::from_hours(hours));
            world.sweep().await;
            assert_eq!(world.number(kept).await, left, "{hours} hours later");
        }
    });
}

#[test]
fn keys_go_with_their_user() {
    run(async {
        let world = World::new().await;
        let cookie = administrator(&world).await;
        ask(&world, &cookie, "kept", Death::None).await;
        let kept = "SELECT count(*) AS n FROM idempotency_keys";
        assert_eq!(world.number(kept).await, 1);
        world.sql("DELETE FROM users").await;
        assert_eq!(world.number(kept).await, 0);
    });
}
