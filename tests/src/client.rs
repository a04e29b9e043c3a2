//! Somebody who talks to the application: a network address, a cookie jar, headers.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex};

use harness::{Runtime, Server};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, redirect};
use serde_json::{Value, json};

use crate::{Answer, described, headers, secrets};

/// The address of client number `number`: 127.0.0.0/8 is this machine, and each has one from 127.1.0.0 on.
pub(crate) fn address(number: u32) -> IpAddr {
    let [_, a, b, c] = number.to_be_bytes();
    IpAddr::V4(Ipv4Addr::new(127, a.saturating_add(1), b, c))
}

/// Keeps cookies as a browser does, and comes from a loopback address of its own.
#[derive(Debug, Clone)]
pub struct Client {
    base_url: String,
    runtime: Runtime,
    http: reqwest::Client,
    cookies: Arc<Mutex<BTreeMap<String, String>>>,
    headers: HeaderMap,
}

impl Client {
    /// Client number `number` of this run.
    pub(crate) fn new(server: &Server, number: u32) -> Self {
        let http = reqwest::Client::builder()
            .local_address(address(number))
            .redirect(redirect::Policy::none())
            .no_proxy()
            .build();
        Self {
            base_url: server.base_url(),
            runtime: server.runtime(),
            http: http.expect("a client"),
            cookies: Arc::default(),
            headers: HeaderMap::new(),
        }
    }

    /// The same client with one more header on every request.
    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: &str) -> Self {
        self.headers
            .insert(HeaderName::from_static(name), HeaderValue::from_str(value).expect("a header value"));
        self
    }

    /// The same client, a copy of its cookie jar.
    #[must_use]
    pub fn copy(&self) -> Self {
        let cookies = Arc::new(Mutex::new(self.cookies.lock().unwrap().clone()));
        Self { cookies, ..self.clone() }
    }

    /// The same client with a copy of another's cookie jar.
    #[must_use]
    pub fn with_cookies_of(self, other: &Self) -> Self {
        Self { cookies: other.copy().cookies, ..self }
    }

    /// A cookie's value.
    pub fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.lock().unwrap().get(name).cloned()
    }

    /// Puts a cookie into the jar.
    pub fn set_cookie(&self, name: &str, value: &str) {
        self.cookies.lock().unwrap().insert(name.to_owned(), value.to_owned());
    }

    /// Takes a cookie out of the jar.
    pub fn remove_cookie(&self, name: &str) {
        self.cookies.lock().unwrap().remove(name);
    }

    /// GET.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None).await
    }

    /// POST with a JSON body.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::POST, path, Some(("application/json", body.to_string().into_bytes()))).await
    }

    /// POST with any body.
    pub async fn post_raw(&self, path: &str, media_type: &str, body: impl Into<Vec<u8>>) -> Answer {
        self.send(Method::POST, path, Some((media_type, body.into()))).await
    }

    /// Any method with a JSON body.
    pub async fn send_json(&self, method: &str, path: &str, body: &Value) -> Answer {
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        self.send(method, path, Some(("application/json", body.to_string().into_bytes()))).await
    }

    /// Any method, without a body.
    pub async fn request(&self, method: &str, path: &str) -> Answer {
        self.send(Method::from_bytes(method.as_bytes()).expect("a method"), path, None).await
    }

    /// Signs in; the cookie jar keeps the session.
    pub async fn login(&self, email: &str, password: &str) -> Answer {
        self.post("/api/v1/auth/login", &json!({ "email": email, "password": password })).await
    }

    async fn send(&self, method: Method, path: &str, body: Option<(&str, Vec<u8>)>) -> Answer {
        let what = format!("{method} {path}");
        let mut request =
            self.http.request(method, format!("{}{path}", self.base_url)).headers(self.headers.clone());
        let cookies: Vec<_> =
            self.cookies.lock().unwrap().iter().map(|(name, value)| format!("{name}={value}")).collect();
        if !cookies.is_empty() {
            request = request.header("cookie", cookies.join("; "));
        }
        if let Some((media_type, body)) = body {
            request = request.header("content-type", media_type).body(body);
        }
        let request = request.build().unwrap_or_else(|error| panic!("{what}: {error:?}"));
        secrets::note_headers(request.headers());
        secrets::note_body(request.body().and_then(|body| body.as_bytes()).unwrap_or_default());
        let response = self.http.execute(request).await.unwrap_or_else(|error| panic!("{what}: {error:?}"));
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        self.keep_cookies(&headers);
        let body = response.bytes().await.unwrap_or_else(|error| panic!("{what}: {error:?}"));
        secrets::note_headers(&headers);
        secrets::note_body(&body);
        let answer = Answer { what: what.clone(), status, headers, body };
        if let Some(problem) = self.check(&answer) {
            panic!("{what}: {problem}: {}", String::from_utf8_lossy(&answer.body));
        }
        answer
    }

    /// What is wrong with an answer that the application gave.
    fn check(&self, answer: &Answer) -> Option<String> {
        // Spin answers in place of an instance that panicked.
        if self.runtime == Runtime::Spin && answer.status == 500 && answer.body.is_empty() {
            return None;
        }
        let (method, target) = answer.what.split_once(' ').unwrap_or_default();
        let origin = self.headers.get("origin").and_then(|origin| origin.to_str().ok());
        described::check(method, target, answer).or_else(|| headers::check(method, target, origin, answer))
    }

    fn keep_cookies(&self, headers: &HeaderMap) {
        let mut cookies = self.cookies.lock().unwrap();
        for cookie in headers.get_all("set-cookie") {
            let cookie = cookie.to_str().expect("a readable cookie");
            let (pair, attributes) = cookie.split_once(';').unwrap_or((cookie, ""));
            let (name, value) = pair.split_once('=').expect("a cookie");
            if attributes.split(';').any(|attribute| attribute.trim() == "Max-Age=0") {
                cookies.remove(name);
            } else {
                cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}
