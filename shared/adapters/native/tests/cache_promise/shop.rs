//! An application over native ports, a clock that the test steps and a store that may be faulty.

use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use edge::app::App;
use edge::http::Response;
use edge::http::body::RequestBody;
use native::{Instance, TestClock};
use shared::auth::{Claims, KeySet, sign_session};
use shared::cache::Local;
use shared::config::Config;
use shared::ids::{SessionId, UserId};
use shared::models::session::{PASSWORD, Session};
use shared::models::user::User;
use shared::ports::{Clock as _, Ports, Statement};
use shared::repositories::{sessions, users};
use shared::seed::ADMINISTRATOR_ROLE;
use shared::time::Timestamp;
use tokio::task::JoinHandle;

use super::database::SlowDatabase;
use super::store::{Fault, Store};

pub const PRODUCTS: &str = "/api/v1/products";
pub const COOKIE: &str = "__Host-ashlar_seen_products";
pub const HEADER: &str = "ashlar-seen";

/// The isolate that reads.
pub const READER: usize = 0;
/// The isolate that writes.
pub const WRITER: usize = 1;

const KEYS: &str = "k:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
const OTHER_KEYS: &str = "k:HwECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

/// The ways to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Write {
    /// Adds a product.
    Create,
    /// Changes the one that is there.
    Patch,
    /// Deletes it.
    Delete,
}

impl Write {
    pub const ALL: [Self; 3] = [Self::Create, Self::Patch, Self::Delete];

    /// The names of all products after it.
    pub fn leaves(self) -> &'static [&'static str] {
        match self {
            Self::Create => &["New", "Old"],
            Self::Patch => &["New"],
            Self::Delete => &[],
        }
    }
}

/// The names of all products before any write.
pub const BEFORE: &[&str] = &["Old"];

/// The application on two isolates, with one product. Unless a test says otherwise, one reads and the other writes, so that
/// the one that reads hears of writes from its clients alone.
pub struct Shop {
    pub clock: Rc<TestClock>,
    pub store: Rc<Store>,
    pub database: Rc<SlowDatabase>,
    pub isolates: [(Rc<App>, Ports); 2],
    session: Claims,
    pub bearer: String,
    product: String,
}

/// A list as it was answered.
#[derive(Debug, PartialEq, Eq)]
pub struct Page {
    /// Whether the cache answered.
    pub hit: bool,
    /// The products' names in order.
    pub names: Vec<String>,
}

/// A list from the database with these names.
pub fn miss(names: &[&str]) -> Page {
    Page { hit: false, names: names.iter().map(|&name| name.to_owned()).collect() }
}

/// A list from the cache with these names.
pub fn hit(names: &[&str]) -> Page {
    Page { hit: true, ..miss(names) }
}

fn config(keys: &str) -> Config {
    let setting = |name: &str| match name {
        "ENVIRONMENT" => Some("development".to_owned()),
        "JWT_KEYS" => Some(keys.to_owned()),
        _ => None,
    };
    Config::from_settings(setting).unwrap()
}

impl Shop {
    /// A shop with one product, which was made too long ago for anybody to remember. Its isolates ask the store for
    /// everything, so that what the store does wrong comes to light.
    pub async fn open(fault: Fault) -> Self {
        Self::open_with(fault, Local::eager).await
    }

    /// The same with isolates of another kind.
    pub async fn open_with(fault: Fault, local: fn() -> Local) -> Self {
        let clock = Rc::new(TestClock::new(Timestamp::from_millis(1_800_000_000_000)));
        let mut ports = Instance::in_memory(Rc::<TestClock>::clone(&clock)).await.unwrap().ports;
        let store = Rc::new(Store::new(&clock, Fault::None));
        ports.key_value = Rc::<Store>::clone(&store);
        let database = Rc::new(SlowDatabase::new(Rc::clone(&ports.database), &clock));
        ports.database = Rc::<SlowDatabase>::clone(&database);
        let session = administrator(&ports).await;
        let isolate = |local| (Rc::new(App::new(config(KEYS))), Ports { local, ..ports.clone() });
        let isolates = [isolate(Rc::new(local())), isolate(Rc::new(local()))];
        let mut shop =
            Self { clock, store, database, isolates, session, bearer: String::new(), product: String::new() };
        shop.sign_in().await;
        let made = shop.post("Old").await;
        made.headers()["location"].to_str().unwrap().clone_into(&mut shop.product);
        shop.clock.advance(Duration::from_mins(5));
        shop.store.set(fault);
        shop
    }

    /// Has the administrator show a new token: each lasts for a few minutes.
    pub async fn sign_in(&mut self) {
        let (keys, now) = (self.keys().await, self.clock.now());
        let token = sign_session(&keys, &config(KEYS).public_url, &self.session, now).unwrap();
        self.bearer = format!("Bearer {token}");
    }

    /// One whose only list was asked for twice: it is in the cache, as old as the moment.
    pub async fn warm(fault: Fault) -> Self {
        let shop = Self::open(fault).await;
        assert_eq!(shop.list(&[]).await, miss(BEFORE));
        assert_eq!(shop.list(&[]).await, hit(BEFORE));
        shop
    }

    /// Starts a request; it runs as far as it gets without the clock.
    pub async fn begin(
        &self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> JoinHandle<Response> {
        let isolate = if method == "GET" { READER } else { WRITER };
        self.begin_on(isolate, method, target, headers, body).await
    }

    /// Starts a request on an isolate.
    pub async fn begin_on(
        &self,
        isolate: usize,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> JoinHandle<Response> {
        let answer = self.send(isolate, method, target, headers, body);
        settle().await;
        answer
    }

    /// Starts a read on the isolate that reads; nothing of it runs yet.
    pub fn begin_at_once(&self, target: &str) -> JoinHandle<Response> {
        self.send(READER, "GET", target, &[], "")
    }

    fn send(
        &self,
        isolate: usize,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> JoinHandle<Response> {
        let mut request = http::Request::builder().method(method).uri(target);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(RequestBody::from(Bytes::copy_from_slice(body.as_bytes()))).unwrap();
        let (app, ports) = self.isolates[isolate].clone();
        tokio::task::spawn_local(async move { app.handle(ports, request).await })
    }

    /// Starts to write.
    pub async fn begin_write(&self, write: Write) -> JoinHandle<Response> {
        let headers = [("authorization", self.bearer.as_str()), ("content-type", "application/json")];
        match write {
            Write::Create => {
                let body = r#"{"name":"New","category":"c","price":1}"#;
                self.begin("POST", PRODUCTS, &headers, body).await
            }
            Write::Patch => self.begin("PATCH", &self.product, &headers, r#"{"name":"New"}"#).await,
            Write::Delete => self.begin("DELETE", &self.product, &headers[..1], "").await,
        }
    }

    /// Writes, and answers with the token that its writer is handed.
    pub async fn write(&self, write: Write) -> String {
        token(&finished(self.begin_write(write).await).await)
    }

    /// Adds a product with this name, and answers with the token.
    pub async fn add(&self, name: &str) -> String {
        token(&self.post(name).await)
    }

    async fn post(&self, name: &str) -> Response {
        let headers = [("authorization", self.bearer.as_str()), ("content-type", "application/json")];
        let body = format!(r#"{{"name":"{name}","category":"c","price":1}}"#);
        finished(self.begin("POST", PRODUCTS, &headers, &body).await).await
    }

    /// The list of all products by name, for a client that says this.
    pub async fn list(&self, headers: &[(&str, &str)]) -> Page {
        self.list_of("sort=name", headers).await
    }

    /// A list.
    pub async fn list_of(&self, query: &str, headers: &[(&str, &str)]) -> Page {
        let answer = self.begin("GET", &format!("{PRODUCTS}?{query}"), headers, "").await;
        page(&finished(answer).await)
    }

    /// The list for a client that hands on these tokens by header, and for one with them as its cookie: the same.
    pub async fn list_for(&self, tokens: &str) -> Page {
        let by_header = self.list(&[(HEADER, tokens)]).await;
        let by_cookie = self.list(&[("cookie", &format!("a=b; {COOKIE}={tokens}"))]).await;
        assert_eq!(by_header, by_cookie, "{tokens}");
        by_header
    }

    /// The list on the isolate that writes.
    pub async fn list_there(&self, headers: &[(&str, &str)]) -> Page {
        let answer = self.begin_on(WRITER, "GET", &format!("{PRODUCTS}?sort=name"), headers, "").await;
        page(&finished(answer).await)
    }

    /// The isolate that reads forgets what it holds, so that the store is asked.
    pub fn forget(&self) {
        self.isolates[READER].1.local.forget();
    }

    /// Where the product is that was there first.
    pub fn product(&self) -> &str {
        &self.product
    }

    /// The keys of the application.
    pub async fn keys(&self) -> KeySet {
        KeySet::load(&config(KEYS), &self.isolates[READER].1).await.unwrap()
    }

    /// Keys of the same names that are not the application's.
    pub async fn other_keys(&self) -> KeySet {
        KeySet::load(&config(OTHER_KEYS), &self.isolates[READER].1).await.unwrap()
    }
}

/// How long the session lasts: longer than any test.
const LONG: Duration = Duration::from_hours(100_000);

/// Adds an administrator with a session.
async fn administrator(ports: &Ports) -> Claims {
    let (clock, now) = (&*ports.clock, ports.clock.now());
    let id = UserId::new(clock, &*ports.entropy).unwrap();
    let texts = ["admin@example.com", "Administrator", "none"].map(str::to_owned);
    let [email, name, hash] = texts;
    let user = User::new(id, email, name, hash, now);
    let session = Session {
        id: SessionId::new(clock, &*ports.entropy).unwrap(),
        user_id: user.id.clone(),
        methods: PASSWORD.to_owned(),
        authenticated_at: now,
        created_at: now,
        last_used_at: now,
        expires_at: now.plus(LONG),
        idle_expires_at: now.plus(LONG),
        address: String::new(),
        user_agent: String::new(),
        refresh_hash: String::new(),
    };
    let role = Statement::new("INSERT INTO user_roles (user_id, role_id) VALUES (?1, ?2)");
    let role = role.bind(&user.id).bind(ADMINISTRATOR_ROLE);
    let batch = vec![users::insert(&user), role, sessions::insert(&session)];
    ports.database.batch(batch).await.unwrap();
    Claims { user_id: user.id, session_id: session.id }
}

/// Lets every task get as far as it can without the clock.
pub async fn settle() {
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
}

/// The answer to a request that nothing keeps from ending.
pub async fn finished(answer: JoinHandle<Response>) -> Response {
    assert!(answer.is_finished(), "it waits for something");
    let answer = answer.await.unwrap();
    assert!(answer.status().is_success(), "{}", String::from_utf8_lossy(answer.body()));
    answer
}

/// What a list answered.
pub fn page(answer: &Response) -> Page {
    let json: serde_json::Value = serde_json::from_slice(answer.body()).unwrap();
    let name = |row: &serde_json::Value| row["name"].as_str().unwrap().to_owned();
    let names = json["data"].as_array().unwrap().iter().map(name).collect();
    Page { hit: answer.headers()["cache-status"].to_str().unwrap().contains("; hit"), names }
}

/// The token of a write's answer, which is the same in its header and its cookie.
pub fn token(answer: &Response) -> String {
    let text = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
    let (token, cookie) = (text(HEADER), text("set-cookie"));
    assert!(cookie.starts_with(&format!("{COOKIE}={token}; Max-Age=60; Path=/; Secure")), "{cookie}");
    token
}
