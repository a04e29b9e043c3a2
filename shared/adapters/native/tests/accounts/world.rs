//! An application with its consumer over one instance, a mail API that remembers, and a database that is listened to.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use edge::app::App;
use edge::http::Response;
use edge::http::body::{ClientAddress, RequestBody};
use futures::future::LocalBoxFuture;
use http::Method;
use native::{Instance, TestClock};
use queue_consumer::consumer::Consumer;
use serde_json::{Value as Json, json};
use shared::config::Config;
use shared::ports::{Database, DatabaseError, HttpClient, HttpClientError, Ports, Rows, Statement, Value};
use shared::time::Timestamp;
use tokio::task::LocalSet;

pub(crate) const PASSWORD: &str = "a long enough password";
pub(crate) const KEY: &str = "k:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
pub(crate) const NEXT_KEY: &str = "n:ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8";

/// A mail as the provider got it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sent {
    pub(crate) key: String,
    pub(crate) body: Json,
}

impl Sent {
    pub(crate) fn token(&self) -> String {
        let text = self.body["text"].as_str().unwrap();
        text.lines().find_map(|line| line.strip_prefix("Token: ")).unwrap().to_owned()
    }
}

#[derive(Default)]
pub(crate) struct MailApi {
    pub(crate) sent: RefCell<Vec<Sent>>,
    /// Takes the mail and answers 503.
    pub(crate) failing: Cell<bool>,
}

#[async_trait(?Send)]
impl HttpClient for MailApi {
    async fn send(
        &self,
        request: http::Request<Bytes>,
        _: Duration,
    ) -> Result<http::Response<Bytes>, HttpClientError> {
        let key = request.headers()["idempotency-key"].to_str().unwrap().to_owned();
        self.sent.borrow_mut().push(Sent { key, body: serde_json::from_slice(request.body()).unwrap() });
        let status = if self.failing.get() { 503 } else { 200 };
        Ok(http::Response::builder().status(status).body(Bytes::from_static(b"{\"id\":\"1\"}")).unwrap())
    }
}

/// Remembers the statements that pass.
pub(crate) struct Heard {
    inner: Rc<dyn Database>,
    /// What somebody else writes right before the next batch with a statement that begins like the first of these.
    pub(crate) meanwhile: RefCell<Option<(&'static str, String)>>,
    pub(crate) statements: RefCell<Vec<Statement>>,
    /// What somebody else does just before the next batch.
    pub(crate) overtaking: RefCell<Option<LocalBoxFuture<'static, ()>>>,
}

#[async_trait(?Send)]
impl Database for Heard {
    async fn query(&self, statement: Statement) -> Result<Rows, DatabaseError> {
        self.statements.borrow_mut().push(statement.clone());
        self.inner.query(statement).await
    }

    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Rows>, DatabaseError> {
        let overtaking = self.overtaking.take();
        if let Some(overtaking) = overtaking {
            overtaking.await;
        }
        self.statements.borrow_mut().extend(statements.clone());
        let due =
            |(begins, _): &mut (&str, String)| statements.iter().any(|one| one.sql.starts_with(*begins));
        let due = self.meanwhile.borrow_mut().take_if(due);
        if let Some((_, sql)) = due {
            self.inner.query(Statement::new(sql)).await?;
        }
        self.inner.batch(statements).await
    }
}

pub(crate) struct World {
    pub(crate) app: App,
    pub(crate) consumer: Consumer,
    pub(crate) clock: Rc<TestClock>,
    pub(crate) ports: Ports,
    pub(crate) mails: Rc<MailApi>,
    pub(crate) heard: Rc<Heard>,
}

pub(crate) fn config(settings: &[(&str, &str)]) -> Config {
    Config::from_settings(|name| {
        let set = settings.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        set.or_else(|| match name {
            "ENVIRONMENT" => Some("development".to_owned()),
            "JWT_KEYS" => Some(KEY.to_owned()),
            _ => None,
        })
    })
    .unwrap()
}

impl World {
    pub(crate) async fn new() -> Self {
        let clock = Rc::new(TestClock::new(Timestamp::from_millis(1_800_000_000_000)));
        let mut ports = Instance::in_memory(Rc::<TestClock>::clone(&clock)).await.unwrap().ports;
        let mails = Rc::new(MailApi::default());
        let heard = Rc::new(Heard {
            inner: Rc::clone(&ports.database),
            meanwhile: RefCell::default(),
            statements: RefCell::default(),
            overtaking: RefCell::default(),
        });
        ports.http = Rc::<MailApi>::clone(&mails);
        ports.database = Rc::<Heard>::clone(&heard);
        let (app, consumer) = (App::new(config(&[])), Consumer::new(config(&[])));
        Self { app, consumer, clock, ports, mails, heard }
    }

    pub(crate) async fn send(&self, method: Method, path: &str, cookie: &str, body: &Json) -> Response {
        let request = http::Request::builder()
            .method(method)
            .uri(format!("/api/v1{path}"))
            .header("content-type", "application/json")
            .header("cookie", cookie)
            .extension(ClientAddress("192.0.2.1".parse().unwrap()));
        let request = request.body(RequestBody::from(Bytes::from(body.to_string()))).unwrap();
        let answer = self.app.handle(self.ports.clone(), request).await;
        settle().await;
        answer
    }

    pub(crate) async fn post(&self, path: &str, body: &Json) -> Response {
        self.send(Method::POST, path, "", body).await
    }

    /// Signs up, a millisecond after whatever was before.
    pub(crate) async fn sign_up(&self, email: &str) {
        self.clock.advance(Duration::from_millis(1));
        let body = json!({ "email": email, "name": "Ada", "password": PASSWORD });
        assert_eq!(self.post("/auth/signup", &body).await.status(), 201);
    }

    pub(crate) async fn login(&self, email: &str, password: &str) -> Response {
        self.post("/auth/login", &json!({ "email": email, "password": password })).await
    }

    /// The cookies of somebody who signs in.
    pub(crate) async fn session(&self, email: &str) -> String {
        let answer = self.login(email, PASSWORD).await;
        assert_eq!(answer.status(), 200);
        cookies(&answer)
    }

    pub(crate) async fn forgot(&self, email: &str) {
        self.clock.advance(Duration::from_millis(1));
        assert_eq!(self.post("/auth/forgot-password", &json!({ "email": email })).await.status(), 202);
    }

    pub(crate) async fn reset(&self, token: &str, password: &str) -> u16 {
        let body = json!({ "token": token, "password": password });
        self.post("/auth/reset-password", &body).await.status().as_u16()
    }

    pub(crate) async fn verify(&self, token: &str) -> u16 {
        self.post("/auth/verify-email", &json!({ "token": token })).await.status().as_u16()
    }

    /// Runs what is due, and answers the mails that went out.
    pub(crate) async fn sweep(&self) -> Vec<Sent> {
        let before = self.mails.sent.borrow().len();
        self.consumer.sweep(&self.ports).await;
        self.mails.sent.borrow().get(before..).unwrap().to_vec()
    }

    /// The only mail that goes out.
    pub(crate) async fn mail(&self) -> Sent {
        let mut sent = self.sweep().await;
        assert_eq!(sent.len(), 1, "{sent:?}");
        sent.remove(0)
    }

    pub(crate) async fn sql(&self, sql: &str) -> Rows {
        self.heard.inner.query(Statement::new(sql.to_owned())).await.unwrap()
    }

    pub(crate) async fn number(&self, sql: &str) -> i64 {
        self.sql(sql).await.first().unwrap().get("n").unwrap()
    }

    pub(crate) async fn text(&self, sql: &str) -> String {
        self.sql(sql).await.first().unwrap().get("t").unwrap()
    }

    /// Every text in every table.
    pub(crate) async fn texts(&self) -> Vec<String> {
        let mut texts = Vec::new();
        for table in self.tables("").await {
            let columns: Vec<String> = self.columns(&table).await;
            for row in self.sql(&format!("SELECT * FROM {table}")).await.iter() {
                for column in &columns {
                    if let Value::Text(text) = row.value(column).unwrap() {
                        texts.push(text.clone());
                    }
                }
            }
        }
        texts
    }

    /// The tables that have a column, or all.
    pub(crate) async fn tables(&self, column: &str) -> Vec<String> {
        let sql = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
        let names: Vec<String> = self.sql(sql).await.iter().map(|row| row.get("name").unwrap()).collect();
        let mut found = Vec::new();
        for name in names {
            if column.is_empty() || self.columns(&name).await.iter().any(|known| known == column) {
                found.push(name);
            }
        }
        found
    }

    async fn columns(&self, table: &str) -> Vec<String> {
        let rows = self.sql(&format!("SELECT name FROM pragma_table_info('{table}')")).await;
        rows.iter().map(|row| row.get("name").unwrap()).collect()
    }
}

/// The cookies that an answer sets, for the next request.
pub(crate) fn cookies(answer: &Response) -> String {
    let cookies = answer.headers().get_all("set-cookie").iter();
    let pairs: Vec<_> = cookies.map(|cookie| cookie.to_str().unwrap().split(';').next().unwrap()).collect();
    pairs.join("; ")
}

/// Lets tasks in the background run to their end.
async fn settle() {
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
}

pub(crate) fn run(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    LocalSet::new().block_on(&runtime, test);
}
