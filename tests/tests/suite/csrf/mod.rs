//! Requests that other sites could try to have the victim's browser send, with the victim's genuine cookies: each is
//! refused and changes nothing. And what must go on working.

mod foreign;

use app::{Answer, Client, LISTED_ORIGIN, Raw, TestApp};
use harness::Options;
use serde_json::{Value, json};

use foreign::{FOREIGN, Headers};

const OURS: &str = "https://api.example.com";
const EVIL: &str = "https://evil.example";
const COOKIE: &str = "__Host-ashlar_access";
const PRODUCTS: &str = "/api/v1/products";
const POSTS: &str = "/api/v1/posts";
const KEYS: &str = "/api/v1/auth/api-keys";
const LOGIN: &str = "/api/v1/auth/login";
const FORM: &str = "application/x-www-form-urlencoded";
const MULTIPART: &str = "multipart/form-data; boundary=x";

/// A status and the code of a failure; no code for what is no failure.
type Expected = (u16, &'static str);

const REFUSED: Expected = (403, "origin_not_allowed");
const NO_JSON: Expected = (415, "unsupported_media_type");
const WRONG_METHOD: Expected = (405, "method_not_allowed");

/// A server as in production, where no origin is allowed for the developer's sake.
async fn production() -> TestApp {
    let vars = [
        ("ENVIRONMENT", "production"),
        ("PUBLIC_URL", OURS),
        ("ALLOWED_ORIGINS", LISTED_ORIGIN),
        ("JWT_KEYS", "test:dGhpcyBrZXkgc2lnbnMgbm90aGluZyBidXQgdGVzdHMu"),
        ("MAIL_FROM", "Shop <shop@example.com>"),
        ("WRITE_LIMIT", "100000"),
        ("WRITE_CLIENT_LIMIT", "100000"),
    ];
    let vars = vars.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    TestApp::alone_with(Options { vars, ..Options::default() }).await
}

/// The administrator, who may do everything and has something to lose.
struct Victim {
    app: TestApp,
    client: Client,
    cookies: String,
    product: String,
    post: String,
    key: String,
}

/// What would have changed if an attack had worked.
type State = Vec<Value>;

impl Victim {
    async fn new() -> Self {
        let app = production().await;
        let client = app.admin().await;
        let at = |answer: Answer| answer.expect_status(201).header("location").unwrap().to_owned();
        let product = at(client.post(PRODUCTS, &json!({ "name": "P", "category": "c", "price": 1 })).await);
        let post = at(client.post(POSTS, &json!({ "title": "P", "status": "published" })).await);
        let key =
            at(client.post(KEYS, &json!({ "name": "K", "password": app.server().admin().password })).await);
        let cookies = format!("{COOKIE}={}; other=x", client.cookie(COOKIE).unwrap());
        Self { app, client, cookies, product, post, key }
    }

    /// Unsafe requests as our own application sends them, without what tells where they come from.
    fn requests(&self) -> Vec<(&'static str, Raw)> {
        let with = |method: &str, path: &str, body: &str| {
            let request = Raw::new(method, path).header("cookie", &self.cookies);
            if body.is_empty() { request } else { request.body(body) }
        };
        // The attacker knows even that.
        let key = json!({ "name": "A", "password": self.app.server().admin().password }).to_string();
        let attacker = r#"{"email":"attacker@example.test","password":"long enough"}"#;
        let account = r#"{"email":"attacker@example.test","name":"A","password":"long enough"}"#;
        vec![
            ("adding a product", with("POST", PRODUCTS, r#"{"name":"A","category":"c","price":1}"#)),
            ("changing a product", with("PATCH", &self.product, r#"{"price":9}"#)),
            ("deleting a product", with("DELETE", &self.product, "")),
            ("writing a post", with("POST", POSTS, r#"{"title":"A","status":"published"}"#)),
            ("deleting a post", with("DELETE", &self.post, "")),
            ("making an API key", with("POST", KEYS, &key)),
            ("revoking an API key", with("DELETE", &self.key, "")),
            ("signing out", with("POST", "/api/v1/auth/logout", "")),
            ("signing in as the attacker", with("POST", LOGIN, attacker)),
            ("signing up", with("POST", "/api/v1/auth/signup", account)),
        ]
    }

    async fn state(&self) -> State {
        let mut state = Vec::new();
        for path in [&self.product, &self.post] {
            state.push(self.client.get(path).await.expect_status(200).data());
        }
        // Queries that nobody else sends: the answers come from the database.
        for path in [PRODUCTS, POSTS, KEYS, "/api/v1/me/posts"] {
            let list =
                self.client.get(&format!("{path}?count=exact&limit=97")).await.expect_status(200).json();
            state.push(list["meta"]["total"].clone());
        }
        let accounts = self.app.server().sql("SELECT count(*) FROM users", &[]).unwrap();
        state.push(json!(accounts));
        state
    }

    /// Sends an attack; says what went wrong.
    async fn suffer(&self, name: &str, request: &Raw, expected: Expected) -> Option<String> {
        let answer = match self.app.send_raw(request, name).await {
            Ok(answer) => answer,
            Err(problem) => return Some(format!("{name}: {problem}")),
        };
        let code = serde_json::from_slice::<Value>(&answer.body).unwrap_or_default();
        let code = code["code"].as_str().unwrap_or_default();
        let cookies =
            answer.header("set-cookie").map_or_else(String::new, |cookie| format!(", sets {cookie}"));
        let shared = answer.header("access-control-allow-origin").unwrap_or_default();
        let right = (answer.status, code) == expected && cookies.is_empty() && shared.is_empty();
        (!right).then(|| format!("{name}: {} {code}{cookies} {shared}, not {expected:?}", answer.status))
    }

    /// Sends attacks; fails unless all are refused and nothing has changed.
    async fn withstands(&self, attacks: &[(String, Raw, Expected)]) {
        let before = self.state().await;
        let mut problems = Vec::new();
        for (name, request, expected) in attacks {
            problems.extend(self.suffer(name, request, *expected).await);
        }
        assert!(problems.is_empty(), "{} of {}:\n{}", problems.len(), attacks.len(), problems.join("\n"));
        assert_eq!(self.state().await, before, "nothing has changed");
    }
}

fn with_headers(request: Raw, headers: Headers) -> Raw {
    headers.iter().fold(request, |request, (name, value)| request.header(name, value))
}

#[tokio::test]
async fn nothing_that_another_site_sends_is_done() {
    let victim = Victim::new().await;
    assert!(FOREIGN.len() >= 40, "{} attacks", FOREIGN.len());
    let mut attacks = Vec::new();
    for (way, headers) in FOREIGN {
        for (what, request) in victim.requests() {
            let mut request = with_headers(request, headers);
            if !headers.iter().any(|(name, _)| *name == "content-type") {
                request = request.header("content-type", "application/json");
            }
            attacks.push((format!("{what}, from {way}"), request, REFUSED));
        }
    }
    victim.withstands(&attacks).await;
}

#[tokio::test]
async fn a_host_of_the_attackers_choice_makes_no_origin_ours() {
    let victim = Victim::new().await;
    let hosts: &[(&str, &str, Headers)] = &[
        ("a name that points to us", "evil.example", &[("origin", "https://evil.example")]),
        ("a name that points to us, over HTTP", "evil.example", &[("origin", "http://evil.example")]),
        (
            "a name with our prefix",
            "api.example.com.evil.example",
            &[("origin", "https://api.example.com.evil.example")],
        ),
        (
            "a page of a sibling at our address",
            "blog.example.com",
            &[("origin", "https://blog.example.com"), ("sec-fetch-site", "same-site")],
        ),
        ("a host without its scheme", "evil.example", &[("origin", "evil.example")]),
        ("an address", "127.0.0.1", &[("origin", "http://127.0.0.1"), ("sec-fetch-site", "same-origin")]),
        ("another site at our host", "api.example.com", &[("origin", EVIL)]),
    ];
    let mut attacks = Vec::new();
    for (way, host, headers) in hosts {
        for (what, request) in victim.requests() {
            let request = with_headers(request, headers).host(Some(host.as_bytes()));
            let request = request.header("content-type", "application/json");
            attacks.push((format!("{what}, from {way}"), request, REFUSED));
        }
    }
    victim.withstands(&attacks).await;
}

#[tokio::test]
async fn nothing_but_json_is_read_whoever_sends_it() {
    let victim = Victim::new().await;
    let before = victim.state().await;
    let product = r#"{"name":"A","category":"c","price":1}"#;
    // As `<input name='{"name":"A",…,"x":"' value='"}'>` is sent.
    let smuggled = r#"{"name":"A","category":"c","price":1,"x":"="}"#;
    let multipart = "--x\r\ncontent-disposition: form-data; name=\"name\"\r\n\r\nA\r\n--x--\r\n";
    let bodies: &[(&str, Option<&str>, &str)] = &[
        ("a form", Some(FORM), "name=A&category=c&price=1"),
        ("a form with JSON in it", Some(FORM), smuggled),
        ("plain text that is JSON", Some("text/plain"), product),
        ("plain text with a name in it", Some("text/plain"), smuggled),
        ("plain text that speaks of JSON", Some("text/plain; application/json"), product),
        ("a form with files", Some(MULTIPART), multipart),
        ("a form with files that is JSON", Some(MULTIPART), product),
        ("no media type", None, product),
        ("an empty media type", Some(""), product),
        ("bytes", Some("application/octet-stream"), product),
        ("XML", Some("text/xml"), "<name>A</name>"),
        ("two media types", Some("text/plain, application/json"), product),
    ];
    let mut attacks = Vec::new();
    for (what, media_type, body) in bodies {
        for (path, where_to) in [(PRODUCTS, "products"), (LOGIN, "the login"), (KEYS, "the API keys")] {
            let request = || {
                let request = Raw::new("POST", path).header("cookie", &victim.cookies);
                let request =
                    media_type.iter().fold(request, |raw, media_type| raw.header("content-type", media_type));
                request.body(body)
            };
            // From a page of ours, as if one could be made to send it; then as a browser sends it for another site.
            attacks.push((format!("{what} to {where_to}"), request().header("origin", OURS), NO_JSON));
            attacks.push((
                format!("{what} to {where_to} from elsewhere"),
                request().header("origin", EVIL),
                REFUSED,
            ));
        }
    }
    // An answer to our own origin is shared with it.
    for (name, request, expected) in &attacks {
        let answer = victim.app.send_raw(request, name).await.unwrap();
        answer.assert(expected.0, expected.1);
    }
    assert_eq!(victim.state().await, before, "nothing has changed");
}

#[tokio::test]
async fn no_method_stands_in_for_another() {
    let victim = Victim::new().await;
    let before = victim.state().await;
    let raw = |method: &str, path: &str| {
        Raw::new(method, path).header("cookie", &victim.cookies).header("sec-fetch-site", "cross-site")
    };
    let product = r#"{"name":"A","category":"c","price":1}"#;
    let get_with_body =
        |path: &str| raw("GET", path).header("content-type", "application/json").body(product);
    let delete_by = |name: &str| raw("POST", &victim.product).header(name, "DELETE");
    let get_as = |name: &str, method: &str| raw("GET", &victim.product).header(name, method);
    let queried = |query: &str| raw("GET", &format!("{}?{query}", victim.product));
    let done: Expected = (200, "");
    let attacks = [
        ("DELETE as a POST's override", delete_by("x-http-method-override"), WRONG_METHOD),
        ("DELETE as a POST's method", delete_by("x-http-method"), WRONG_METHOD),
        ("DELETE as a POST's override of old", delete_by("x-method-override"), WRONG_METHOD),
        ("DELETE as a GET's override", get_as("x-http-method-override", "DELETE"), done),
        ("DELETE as a GET's method", get_as("x-http-method", "DELETE"), done),
        ("DELETE in a query", queried("_method=DELETE"), done),
        ("PATCH in a query", queried("_method=PATCH&price=9"), done),
        (
            "DELETE in a list's query",
            raw("GET", &format!("{PRODUCTS}?_method=DELETE")),
            (400, "invalid_query"),
        ),
        (
            "POST in a list's query",
            raw("GET", &format!("{PRODUCTS}?name=A&price=1&_method=POST")),
            (400, "invalid_query"),
        ),
        ("a new product in a GET", get_with_body(PRODUCTS), done),
        ("a change in a GET", get_with_body(&victim.product), done),
        ("a logout by GET", raw("GET", "/api/v1/auth/logout"), WRONG_METHOD),
        ("a logout by HEAD", raw("HEAD", "/api/v1/auth/logout"), (405, "")),
        ("a login by GET", raw("GET", &format!("{LOGIN}?email=a@example.test&password=x")), WRONG_METHOD),
        ("a HEAD of a product", raw("HEAD", &victim.product), (200, "")),
        ("a key by GET", raw("GET", &format!("{KEYS}?name=A")), (400, "invalid_query")),
        (
            "the method in a form",
            raw("POST", &victim.product).header("content-type", FORM).body("_method=DELETE"),
            WRONG_METHOD,
        ),
        (
            "the method in a form to a list",
            raw("POST", PRODUCTS).header("content-type", FORM).body("_method=DELETE"),
            REFUSED,
        ),
        ("a method of WebDAV", raw("MOVE", &victim.product), WRONG_METHOD),
    ];
    for (name, request, expected) in attacks {
        let answer = victim.app.send_raw(&request, name).await.unwrap();
        let code = serde_json::from_slice::<Value>(&answer.body).unwrap_or_default();
        let code = code["code"].as_str().unwrap_or_default();
        assert_eq!((answer.status, code), expected, "{name}");
        assert_eq!(answer.header("access-control-allow-origin"), None, "{name}");
        assert_eq!(victim.state().await, before, "{name}");
    }
}

#[tokio::test]
async fn a_bearer_token_does_not_lend_itself_to_the_cookies_beside_it() {
    let victim = Victim::new().await;
    let member = victim.app.member().await.cookie(COOKIE).unwrap();
    let bearers = [
        ("nonsense", "x".to_owned(), (401, "invalid_session")),
        ("no key", "ashlar_x".to_owned(), (401, "invalid_api_key")),
        ("nobody's rights", member, (403, "missing_capability")),
    ];
    let mut attacks = Vec::new();
    for (what, token, expected) in bearers {
        // The login and the sign-up are for anybody, whatever they show; signing out would end the member's own session.
        for (target, request) in victim.requests().into_iter().take(3) {
            let request = request
                .header("origin", EVIL)
                .header("content-type", "application/json")
                .header("authorization", format!("Bearer {token}"));
            attacks.push((format!("{target}, with {what}"), request, expected));
        }
    }
    victim.withstands(&attacks).await;
}

#[tokio::test]
async fn other_sites_get_no_leave_for_what_needs_one() {
    let victim = Victim::new().await;
    let origins =
        [EVIL, "null", "https://evil.app.example.com", "http://api.example.com", "http://localhost:3000"];
    for origin in origins {
        for (path, method) in
            [(PRODUCTS, "POST"), (victim.product.as_str(), "DELETE"), (KEYS, "POST"), (LOGIN, "POST")]
        {
            let preflight = Raw::new("OPTIONS", path)
                .header("cookie", &victim.cookies)
                .header("origin", origin)
                .header("access-control-request-method", method)
                .header("access-control-request-headers", "authorization, content-type");
            let answer = victim.app.send_raw(&preflight, origin).await.unwrap().expect_status(204);
            for name in answer.headers.keys() {
                assert!(!name.as_str().starts_with("access-control-"), "{name} for {origin} on {path}");
            }
        }
    }
}

#[tokio::test]
async fn who_may_write_does_so() {
    let victim = Victim::new().await;
    let password = &victim.app.server().admin().password;
    let new = json!({ "name": "Program", "capabilities": ["create_products"], "password": password });
    let key = victim.client.post(KEYS, &new).await;
    let key = format!("Bearer {}", key.expect_status(201).data()["key"].as_str().unwrap());
    let bearer = format!("Bearer {}", victim.client.cookie(COOKIE).unwrap());
    let cookies = || Raw::new("POST", PRODUCTS).header("cookie", &victim.cookies);
    let without = || Raw::new("POST", PRODUCTS);
    let genuine = [
        ("our own page", cookies().header("origin", OURS).header("sec-fetch-site", "same-origin")),
        ("our own page in a browser that says less", cookies().header("origin", OURS)),
        ("our own page, told by the browser alone", cookies().header("sec-fetch-site", "same-origin")),
        (
            "a listed page of our site",
            cookies().header("origin", LISTED_ORIGIN).header("sec-fetch-site", "same-site"),
        ),
        (
            "a listed page of another site",
            cookies().header("origin", LISTED_ORIGIN).header("sec-fetch-site", "cross-site"),
        ),
        (
            "an old browser with our page's address",
            cookies().header("referer", "https://api.example.com/docs?x"),
        ),
        ("a program that keeps cookies", cookies()),
        ("a program with a token", without().header("authorization", &bearer)),
        ("a program with an API key", without().header("authorization", &key)),
        (
            "a program with an API key that names an origin",
            without().header("authorization", &key).header("origin", EVIL),
        ),
        (
            "a program with a token in a sandbox",
            without().header("authorization", &bearer).header("origin", "null"),
        ),
    ];
    for (name, request) in genuine {
        let body = json!({ "name": name, "category": "genuine", "price": 1 }).to_string();
        let request = request.header("content-type", "application/json").body(body);
        victim.app.send_raw(&request, name).await.unwrap().expect_status(201);
    }
    let list = victim.client.get(&format!("{PRODUCTS}?category=genuine")).await.expect_status(200).json();
    assert_eq!(list["meta"]["total"], 11);
}
