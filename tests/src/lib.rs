//! What the black-box suites are written in: an application to talk to, people who use it, answers to look at.
//!
//! A test does not know which runtime answers. All tests of a process share one server; each has people of its own
//! with addresses of their own, so that none depends on another.

#![allow(
    clippy::missing_panics_doc,
    clippy::return_self_not_must_use,
    clippy::must_use_candidate,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a helper of a test fails by panicking"
)]

mod answer;
mod client;
pub mod described;
pub mod headers;
mod person;
mod raw;
mod secrets;

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock};
use std::time::Duration;

use harness::{Message, Options, Runtime, Server};
use native::echo::EchoServer;
use serde_json::{Value, json};

pub use answer::Answer;
pub use client::Client;
pub use person::{ADMINISTRATOR, Person};
pub use raw::{CLOSED, Raw};

/// The password of everybody whom a test signs up.
pub const PASSWORD: &str = "a long enough password";

/// The origin that the shared server's `ALLOWED_ORIGINS` lists.
pub const LISTED_ORIGIN: &str = "https://app.example.com";

/// The most that background work may take in a test: a bound to fail by, not a time to wait.
const PATIENCE: Duration = Duration::from_mins(1);

/// How long a killed worker's job stays taken.
const LEASE: Duration = Duration::from_mins(1);

/// How many products the shared server starts with.
pub const SEEDED_PRODUCTS: u32 = 500;

/// The application under test.
#[derive(Debug, Clone)]
pub struct TestApp {
    server: &'static Server,
    echo: &'static EchoServer,
}

/// Somebody with an account.
#[derive(Debug, Clone)]
pub struct Account {
    /// The address.
    pub email: String,
    /// The password.
    pub password: String,
    /// What the sign-up answered.
    pub answer: Value,
}

impl Account {
    /// The user's id.
    pub fn id(&self) -> &str {
        self.answer["data"]["id"].as_str().expect("an id")
    }

    /// Where those find the user who administer users.
    pub fn path(&self) -> String {
        format!("/api/v1/users/{}", self.id())
    }
}

impl TestApp {
    /// The shared server, started by whoever comes first.
    pub async fn start() -> Self {
        static SERVER: OnceLock<Server> = OnceLock::new();
        static ECHO: OnceLock<EchoServer> = OnceLock::new();
        let start = || {
            let vars = [("ALLOWED_ORIGINS".to_owned(), LISTED_ORIGIN.to_owned())].into();
            let options = Options { vars, products: SEEDED_PRODUCTS, ..Options::default() };
            Server::start(Runtime::from_env().expect("a runtime"), options).expect("a running server")
        };
        let server =
            tokio::task::spawn_blocking(move || SERVER.get_or_init(start)).await.expect("the server starts");
        Self { server, echo: ECHO.get_or_init(|| EchoServer::start().expect("an echo server")) }
    }

    /// A server of the test's own, for what others must not notice. It ends with the process.
    pub async fn alone() -> Self {
        Self::alone_with(Options::default()).await
    }

    /// A server of the test's own that differs from the others.
    pub async fn alone_with(options: Options) -> Self {
        let start = move || {
            Server::start(Runtime::from_env().expect("a runtime"), options).expect("a running server")
        };
        let server = tokio::task::spawn_blocking(start).await.expect("the server starts");
        Self { server: Box::leak(Box::new(server)), ..Self::start().await }
    }

    /// Ends every process of the server, whatever it is doing, and starts it again on the same state.
    pub async fn restart(&self) {
        let server = self.server;
        let restarted = tokio::task::spawn_blocking(|| server.restart()).await;
        restarted.expect("the restart ends").expect("the server starts again");
    }

    /// What the server runs on: only for what one runtime cannot have, as docs/RUNTIMES.md lists it.
    pub fn runtime(&self) -> Runtime {
        self.server.runtime()
    }

    /// The server.
    pub fn server(&self) -> &Server {
        self.server
    }

    /// The base URL of a server that answers with what it was sent.
    pub fn echo_url(&self) -> &str {
        self.echo.url()
    }

    /// Somebody without an account, from a network address of their own.
    pub fn visitor(&self) -> Client {
        Client::new(self.server, next_number())
    }

    /// Sends a request byte by byte, from a network address of its own.
    ///
    /// # Errors
    /// A sentence when there is no whole answer in HTTP/1.
    pub async fn send_raw(&self, request: &Raw, what: &str) -> Result<Answer, String> {
        let server = SocketAddr::from((Ipv4Addr::LOCALHOST, self.server.port()));
        request.send(server, client::address(next_number()), what).await
    }

    /// A new address that nobody has used.
    pub fn new_email(&self) -> String {
        format!("person{}@example.test", next_number())
    }

    /// Signs somebody up.
    pub async fn account(&self) -> Account {
        let email = self.new_email();
        let body = json!({ "email": email, "name": "Test Person", "password": PASSWORD });
        let answer = self.visitor().post("/api/v1/auth/signup", &body).await.expect_status(201).json();
        Account { email, password: PASSWORD.to_owned(), answer }
    }

    /// Somebody who is signed in and holds no capability.
    pub async fn member(&self) -> Client {
        let account = self.account().await;
        self.sign_in(&account.email, &account.password).await
    }

    /// Somebody to be made: `app.user().with(["read_users"]).login().await`.
    pub fn user(&self) -> Person<'_> {
        Person::new(self)
    }

    /// Has the administrator make a role that allows this; answers its id.
    pub async fn role(&self, capabilities: &[&str]) -> String {
        person::make_role(&self.admin().await, &json!(capabilities)).await
    }

    /// The administrator, signed in, from a network address of their own. All share one session of the server, because
    /// a user has only so many: a test that ends it, or wants one of its own, signs in by itself.
    pub async fn admin(&self) -> Client {
        static SESSIONS: Mutex<BTreeMap<u16, Client>> = Mutex::new(BTreeMap::new());
        let port = self.server.port();
        let known = SESSIONS.lock().expect("the sessions").get(&port).cloned();
        let known = if let Some(known) = known {
            known
        } else {
            let admin = self.server.admin();
            let client = self.sign_in(&admin.email, &admin.password).await;
            SESSIONS.lock().expect("the sessions").entry(port).or_insert(client).clone()
        };
        self.visitor().with_cookies_of(&known)
    }

    /// Signs in from a network address of its own.
    pub async fn sign_in(&self, email: &str, password: &str) -> Client {
        let client = self.visitor();
        client.login(email, password).await.expect_status(200);
        client
    }

    /// Waits for a number of mails to an address.
    pub async fn mails_to(&self, email: &str, count: usize) -> Vec<Message> {
        let (server, email) = (self.server, email.to_owned());
        let found =
            tokio::task::spawn_blocking(move || server.mail().wait_for(&email, count, PATIENCE).ok_or(email));
        match found.await.expect("the wait ends") {
            Ok(mails) => {
                mails.iter().filter_map(|mail| mail.text.as_deref()).for_each(secrets::note_mail);
                mails
            }
            Err(email) => panic!("no {count} mails to {email} within {PATIENCE:?}"),
        }
    }

    /// Waits for the `number`th mail with this subject to an address, from 1 on, and answers the token in it.
    pub async fn mailed_token(&self, email: &str, subject: &str, number: usize) -> String {
        let mut count = number;
        loop {
            let mails = self.mails_to(email, count).await;
            let mut matching = mails.iter().filter(|mail| mail.subject == subject);
            if let Some(mail) = matching.nth(number - 1) {
                let text = mail.text.as_deref().unwrap_or_default();
                let token = text.lines().find_map(|line| line.strip_prefix("Token: "));
                return token.unwrap_or_else(|| panic!("no token in {text:?}")).to_owned();
            }
            count = mails.len() + 1;
        }
    }

    /// Waits for a mail with this subject to an address.
    pub async fn mailed(&self, email: &str, subject: &str) -> Message {
        let mut count = 1;
        loop {
            let mails = self.mails_to(email, count).await;
            count = mails.len() + 1;
            if let Some(mail) = mails.into_iter().find(|mail| mail.subject == subject) {
                return mail;
            }
        }
    }

    /// Wakes the consumer, as a timer would.
    pub async fn tick(&self) {
        let bearer = format!("Bearer {}", self.server.internal_secret());
        self.visitor()
            .with_header("authorization", &bearer)
            .post("/internal/tick", &json!({}))
            .await
            .expect_status(202);
    }

    /// Waits until a job has ended, and answers it. A job whose worker was killed is taken up when its lease runs out.
    pub async fn finished_job(&self, who: &Client, id: &str) -> Value {
        let deadline = tokio::time::Instant::now() + PATIENCE + LEASE;
        loop {
            let job = who.get(&format!("/api/v1/jobs/{id}")).await.expect_status(200).data();
            if matches!(job["status"].as_str(), Some("done" | "dead")) {
                return job;
            }
            assert!(tokio::time::Instant::now() < deadline, "the job did not end within {PATIENCE:?}: {job}");
            self.tick().await;
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

/// A number that no other test of this run has, nor of a run beside it.
fn next_number() -> u32 {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}
