//! Two requests, of which one is carried out as a whole between any two steps of the other.

#![expect(clippy::unwrap_used, reason = "what a test is written in fails by panicking")]

#[path = "accounts/world.rs"]
#[expect(dead_code, reason = "the tests of accounts use the rest")]
mod world;

use std::cell::Cell;
use std::rc::Rc;

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

/// A request of the administrator's.
struct Sent<'a> {
    method: Method,
    path: &'a str,
    key: Option<&'a str>,
    body: Json,
}

/// Has another request carried out right before it is asked for the time with this number.
struct Interrupted {
    world: Rc<World>,
    calls: Cell<usize>,
    at: usize,
    other: Cell<Option<http::Request<RequestBody>>>,
    answer: Rc<Cell<Option<Response>>>,
}

impl Interrupted {
    async fn call(&self) {
        let due = self.calls.get() == self.at;
        self.calls.set(self.calls.get() + 1);
        if let Some(other) = self.other.take_if(due) {
            self.answer.set(Some(self.world.app.handle(self.world.ports.clone(), other).await));
        }
    }
}

trait TakeIf<T> {
    fn take_if(&self, due: bool) -> Option<T>;
}

impl<T> TakeIf<T> for Cell<Option<T>> {
    fn take_if(&self, due: bool) -> Option<T> {
        if due { self.take() } else { None }
    }
}

#[async_trait(?Send)]
impl Database for Interrupted {
    async fn query(&self, statement: Statement) -> Result<Rows, DatabaseError> {
        self.call().await;
        self.world.ports.database.query(statement).await
    }

    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Rows>, DatabaseError> {
        self.call().await;
        self.world.ports.database.batch(statements).await
    }
}

fn request(cookie: &str, sent: &Sent<'_>) -> http::Request<RequestBody> {
    let mut request = http::Request::builder()
        .method(sent.method.clone())
        .uri(format!("/api/v1{}", sent.path))
        .header("content-type", "application/json")
        .header("cookie", cookie)
        .extension(ClientAddress("192.0.2.1".parse().unwrap()));
    if let Some(key) = sent.key {
        request = request.header("idempotency-key", key);
    }
    request.body(RequestBody::from(Bytes::from(sent.body.to_string()))).unwrap()
}

async fn administrator() -> (Rc<World>, String) {
    let world = World::new().await;
    world.sign_up(EMAIL).await;
    let give =
        format!("INSERT INTO user_roles (user_id, role_id) SELECT id, '{ADMINISTRATOR_ROLE}' FROM users");
    world.sql(&give).await;
    let cookie = world.session(EMAIL).await;
    (Rc::new(world), cookie)
}

/// A new product's id.
async fn product(world: &World, cookie: &str) -> String {
    let product = json!({ "name": "Lamp", "category": "c", "price": 1 });
    let made = world.send(Method::POST, "/products", cookie, &product).await;
    body(&made)["data"]["id"].as_str().unwrap().to_owned()
}

fn body(answer: &Response) -> Json {
    serde_json::from_slice(answer.body()).unwrap()
}

/// Sends one request, and another in the middle of it, before the call of the database with this number. Answers what the
/// first one was answered, and the other, if there were so many calls.
async fn interrupt(
    world: &Rc<World>,
    cookie: &str,
    at: usize,
    one: &Sent<'_>,
    other: &Sent<'_>,
) -> (Response, Option<Response>) {
    let answer = Rc::new(Cell::new(None));
    let database = Interrupted {
        world: Rc::clone(world),
        calls: Cell::new(0),
        at,
        other: Cell::new(Some(request(cookie, other))),
        answer: Rc::clone(&answer),
    };
    let ports = Ports { database: Rc::new(database), ..world.ports.clone() };
    (world.app.handle(ports, request(cookie, one)).await, answer.take())
}

#[test]
fn a_restoration_with_a_key_is_replayed_whenever_the_other_one_is_carried_out() {
    run(async {
        let (world, cookie) = administrator().await;
        for at in 0.. {
            let id = product(&world, &cookie).await;
            let path = format!("/products/{id}");
            assert_eq!(world.send(Method::DELETE, &path, &cookie, &json!({})).await.status(), 204);
            let (path, key) = (format!("/products/deleted/{id}/restore"), format!("key-{at}"));
            let restore = Sent { method: Method::POST, path: &path, key: Some(&key), body: json!({}) };
            let (one, other) = interrupt(&world, &cookie, at, &restore, &restore).await;
            let Some(other) = other else {
                assert!(at >= 3, "the session, the deleted product, the batch: {at}");
                break;
            };
            assert_eq!((one.status(), body(&one)), (other.status(), body(&other)), "{at}");
            assert!(one.headers().contains_key("idempotency-replayed"), "{at}");
        }
    });
}

#[test]
fn a_change_in_bulk_that_is_refused_says_why_or_is_tried_again() {
    run(async {
        let (world, cookie) = administrator().await;
        for at in 0.. {
            let id = product(&world, &cookie).await;
            let items = json!({ "items": [{ "id": id, "version": 2, "changes": { "stock": 1 } }] });
            let one = Sent { method: Method::PATCH, path: "/products/bulk", key: None, body: items };
            let path = format!("/products/{id}");
            let other = Sent { method: Method::PATCH, path: &path, key: None, body: json!({ "price": 2 }) };
            let (answer, other) = interrupt(&world, &cookie, at, &one, &other).await;
            let body = body(&answer);
            if other.is_none() {
                assert_eq!((answer.status().as_u16(), &body["details"][0]["code"]), (409, &json!("changed")));
                break;
            }
            assert_eq!(answer.status(), 200, "made right before call {at}: {body}");
        }
    });
}

#[test]
fn an_answer_that_no_key_can_keep_is_refused_before_anything_is_done() {
    run(async {
        let (world, cookie) = administrator().await;
        let unknown: serde_json::Map<_, _> = (30..50).map(|n| ("x".repeat(n), json!(1))).collect();
        let mut items = vec![Json::Object(unknown); 999];
        items.push(json!({ "name": "Lamp", "category": "c", "price": 1 }));
        let body_of = json!({ "atomic": false, "items": items });
        let send = |key| Sent { method: Method::POST, path: "/products/bulk", key, body: body_of.clone() };
        let ask = async |key| world.app.handle(world.ports.clone(), request(&cookie, &send(key))).await;
        let refused = ask(Some("kept")).await;
        let answer = body(&refused);
        assert_eq!((refused.status().as_u16(), &answer["details"][0]["field"]), (422, &json!("items")));
        assert_eq!(world.number("SELECT count(*) AS n FROM products").await, 0);
        assert_eq!(ask(None).await.status(), 200);
    });
}
