//! Paths and other targets that lead nowhere.

use app::Raw;

use super::{
    Case, Expected, HEALTH, INVALID_QUERY, NOT_FOUND, OK, PRODUCTS, TOO_LONG, UNAUTHENTICATED, case,
};

/// The most bytes of path and query together.
const LIMIT: usize = 8192;

/// What no product is called.
const NO_IDS: &[&str] = &[
    "none",
    "0",
    "-1",
    "null",
    "undefined",
    "*",
    "%",
    "%4",
    "%zz",
    "%%",
    "%u0041",
    "%00",
    "019376a1-9c3b-7aaa-8bbb-0123456789ab%00",
    "%00019376a1-9c3b-7aaa-8bbb-0123456789ab",
    "%0a",
    "%0d%0aset-cookie:%20a=b",
    "%20",
    "%20019376a1-9c3b-7aaa-8bbb-0123456789ab",
    "+",
    "019376a1+9c3b+7aaa+8bbb+0123456789ab",
    "%2f",
    "%2F",
    "a%2fb",
    "a%5cb",
    "%5c..%5c..",
    "%2f..%2f..",
    "%25",
    "%252e%252e%252f",
    "%c0%ae",
    "%c0%ae%c0%ae%c0%af",
    "%e0%80%ae",
    "%f0%80%80%ae",
    "%80",
    "%c3",
    "%c3%28",
    "%ed%a0%80",
    "%f4%90%80%80",
    "%fe%ff",
    "%ff",
    "%ff%fe%00",
    "%ef%bb%bf",
    "%e2%80%ae",
    "%f0%9f%98%80",
    "019376a19c3b7aaa8bbb0123456789ab",
    "019376A1-9C3B-7AAA-8BBB-0123456789AB",
    "%30%31%39376a1-9c3b-7aaa-8bbb-0123456789ab",
    "{019376a1-9c3b-7aaa-8bbb-0123456789ab}",
    "urn:uuid:019376a1-9c3b-7aaa-8bbb-0123456789ab",
    "019376a1-9c3b-7aaa-8bbb-0123456789a",
    "019376a1-9c3b-7aaa-8bbb-0123456789abc",
    "019376a1-9c3b-7aaa-8bbb-0123456789ag",
    "1%20OR%201=1",
    "1'--",
    "1;DROP%20TABLE%20products",
    "$(id)",
    "$%7Bjndi:ldap:%2F%2Fx%7D",
    "__proto__",
    "constructor",
    "a.json",
    "a;b=c",
    "a,b",
    "@",
    ":id",
    "...",
    "....",
    "..;",
    ".%00.",
    "~root",
];

const NO_PATHS: &[&str] = &[
    "/",
    "//",
    "///",
    "//healthz",
    "/healthz/",
    "/healthz//",
    "/healthz;x=1",
    "/healthz%20",
    "/healthz%00",
    "/healthz%2f",
    "/healthz.json",
    "/%68ealthz",
    "/HEALTHZ",
    "/Healthz",
    "/readyz/",
    "/api",
    "/api/",
    "/api/v1",
    "/api/v1/",
    "/api/v1//products",
    "/api//v1/products",
    "//api/v1/products",
    "/api/v1/products/",
    "/api/v1/products//",
    "/api/v1/products/none/",
    "/api/v1/products/none/more",
    "/api/v1/Products",
    "/api/v2/products",
    "/api/v1/auth",
    "/api/v1/auth/",
    "/api/v1/auth/login/",
    "/api/v1/me/",
    "/api/v1/me/../../../../etc",
    "/api/v1/jobs",
    "/api/v1/jobs/",
    "/internal",
    "/internal/",
    "/../../../../etc/passwd",
    "/%2e%2e/%2e%2e/etc/passwd",
    "/..%2f..%2fetc%2fpasswd",
    "/..%5c..%5cwindows%5cwin.ini",
    "/.%2e/.%2e/etc/passwd",
    "/%252e%252e/%252e%252e/etc/passwd",
    "/%c0%ae%c0%ae/etc/passwd",
    "/....//....//etc/passwd",
    "/..;/etc/passwd",
    "/static/../../etc/passwd",
    "/.env",
    "/.git/config",
    "/wp-login.php",
    "/%00",
    "/%ff%fe",
    "/%",
    "/%zz",
    "/favicon.ico",
    "/robots.txt",
    "/http://127.0.0.1/healthz",
    "/@127.0.0.1/healthz",
];

pub(super) fn cases() -> Vec<Case> {
    let ids = NO_IDS.iter().map(|id| get(&format!("product {id}"), format!("{PRODUCTS}/{id}"), NOT_FOUND));
    let mut cases: Vec<_> = ids.collect();
    cases.extend(NO_PATHS.iter().map(|path| get(path, path, NOT_FOUND)));
    for id in ["%00", "..%2f..", "'%20OR%201=1"] {
        cases.push(get(&format!("job {id}"), format!("/api/v1/jobs/{id}"), UNAUTHENTICATED));
    }
    cases.extend(lengths());
    cases.extend(forms());
    cases
}

fn get(name: &str, target: impl AsRef<[u8]>, expected: Expected) -> Case {
    case(format!("target: {name}"), Raw::get(target), expected)
}

/// A target of this many bytes in all.
fn filled(start: &str, length: usize) -> String {
    format!("{start}{}", "x".repeat(length - start.len()))
}

fn lengths() -> Vec<Case> {
    let mut cases = Vec::new();
    let starts = [
        ("path", "/", NOT_FOUND),
        ("id", "/api/v1/products/", NOT_FOUND),
        ("query", "/healthz?", OK),
        ("list query", "/api/v1/products?name=", INVALID_QUERY),
        ("parameter name", "/api/v1/products?", INVALID_QUERY),
    ];
    for (name, start, fits) in starts {
        for (length, expected) in
            [(LIMIT - 1, fits), (LIMIT, fits), (LIMIT + 1, TOO_LONG), (32 * 1024, TOO_LONG)]
        {
            cases.push(get(&format!("{name} of {length} bytes"), filled(start, length), expected));
        }
    }
    let slashes = "/".repeat(LIMIT);
    cases.push(get("8,192 slashes", slashes, NOT_FOUND));
    let escapes = format!("/{}", "%41".repeat(2730));
    cases.push(get("2,730 escapes", escapes, NOT_FOUND));
    cases.push(case("target: too long for a POST", Raw::post_json(&filled("/", LIMIT + 1), "{}"), TOO_LONG));
    let options = Raw::new("OPTIONS", filled("/", LIMIT + 1));
    cases.push(case("target: too long for an OPTIONS", options, TOO_LONG));
    cases
}

fn forms() -> Vec<Case> {
    vec![
        get("empty query", format!("{HEALTH}?"), OK),
        get("query of question marks", format!("{HEALTH}????"), OK),
        get("query of rubbish where none is read", format!("{HEALTH}?%ff&&==%zz"), OK),
        get("fragment", format!("{HEALTH}#fragment"), OK),
        get("fragment after a query", format!("{PRODUCTS}?limit=1#&limit=2"), OK),
        get("escaped fragment", format!("{HEALTH}%23"), NOT_FOUND),
        get("escaped query", format!("{HEALTH}%3fa=b"), NOT_FOUND),
        case("target: HTTP/1.0", Raw::with_line(format!("GET {HEALTH} HTTP/1.0")), OK),
        case("target: HTTP/1.0 and an unknown path", Raw::with_line("GET /nowhere HTTP/1.0"), NOT_FOUND),
    ]
}
