//! Methods that a route does not have.

use app::Raw;

use super::{Case, NO_CONTENT, WRONG_METHOD, case};

/// Every route with the methods that it has, as `Allow` lists them.
const ROUTES: &[(&str, &str)] = &[
    ("/healthz", "GET, HEAD, OPTIONS"),
    ("/readyz", "GET, HEAD, OPTIONS"),
    ("/openapi.json", "GET, HEAD, OPTIONS"),
    ("/docs", "GET, HEAD, OPTIONS"),
    ("/docs/docs.js", "GET, HEAD, OPTIONS"),
    ("/api/v1/auth/signup", "POST, OPTIONS"),
    ("/api/v1/auth/verify-email", "POST, OPTIONS"),
    ("/api/v1/auth/reset-password", "POST, OPTIONS"),
    ("/api/v1/auth/change-password", "POST, OPTIONS"),
    ("/api/v1/auth/login", "POST, OPTIONS"),
    ("/api/v1/auth/logout", "POST, OPTIONS"),
    ("/api/v1/me", "GET, PATCH, DELETE, HEAD, OPTIONS"),
    ("/api/v1/products", "GET, POST, HEAD, OPTIONS"),
    ("/api/v1/products/019376a1-9c3b-7aaa-8bbb-0123456789ab", "GET, PATCH, DELETE, HEAD, OPTIONS"),
    ("/api/v1/jobs/019376a1-9c3b-7aaa-8bbb-0123456789ab", "GET, HEAD, OPTIONS"),
    ("/internal/tick", "POST, OPTIONS"),
];

/// Methods of HTTP and its extensions that all runtimes hand on.
const METHODS: &[&str] = &[
    "GET",
    "HEAD",
    "POST",
    "PUT",
    "PATCH",
    "DELETE",
    "PROPFIND",
    "PROPPATCH",
    "MKCOL",
    "COPY",
    "MOVE",
    "LOCK",
    "UNLOCK",
    "SEARCH",
    "PURGE",
    "REPORT",
];

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (path, allow) in ROUTES {
        let has = |method: &str| allow.split(", ").any(|allowed| allowed == method);
        for method in METHODS.iter().filter(|method| !has(method)) {
            // An answer to HEAD has no body to say a code in.
            let expected = if *method == "HEAD" { (405, "") } else { WRONG_METHOD };
            cases.push(on_route(method, path, allow, expected));
        }
        cases.push(on_route("OPTIONS", path, allow, NO_CONTENT));
    }
    cases
}

fn on_route(method: &str, path: &str, allow: &'static str, expected: super::Expected) -> Case {
    let request = Raw::new(method, path).header("content-length", "0");
    Case { allow: Some(allow), ..case(format!("method: {method} {path}"), request, expected) }
}
