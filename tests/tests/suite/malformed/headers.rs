//! Headers: repeated, contradictory, forged, and what browsers say of where a request comes from.

use app::Raw;

use super::{
    Case, Expected, FOREIGN_ORIGIN, HEALTH, INVALID, INVALID_QUERY, LOGIN, NOT_FOUND, OK, PRODUCTS,
    READ_BUT_INVALID, WRONG_METHOD, case,
};

/// Ranges that leave no room for JSON.
const WITHOUT_JSON: Expected = (406, "not_acceptable");

const ACCEPT_WITHOUT_JSON: &[&str] = &[
    "text/html",
    "application/xml",
    "image/*",
    "text/*;q=1",
    "*/*;q=0",
    "application/json;q=0",
    "application/json; q=0.000",
    "text/html, application/json;q=0",
    "application/jsonp",
];

/// Ranges with room for JSON, or that cannot be read and count as none.
const ACCEPT_OTHERS: &[&str] = &[
    "",
    "*/*",
    "application/*",
    "APPLICATION/JSON",
    "application/json;q=0.001",
    "text/html, */*;q=0.1",
    "application/json; charset=utf-8",
];

const FOREIGN: &[&str] = &[
    "null",
    "NULL",
    "*",
    "https://evil.example",
    "//evil.example",
    "file://",
    "data:",
    "javascript:alert(1)",
    "chrome-extension://abcdefgh",
    "http://",
    "http://localhost.evil.example",
    "http://127.0.0.1.evil.example",
    "http://localhost@evil.example",
    "http://evil.example#localhost",
    "http://evil.example/localhost",
    "http://localhost:80:80@evil.example",
    "http://localhost:x",
    "http://[::1",
    "http://[::1].evil.example",
    "ftp://localhost",
    "localhost",
    "http://localhost, https://evil.example",
    "http://localhost https://evil.example",
    "http://locаlhost",
];

const OWN: &[&str] =
    &["http://localhost", "HTTP://LOCALHOST:3000", "http://127.0.0.1:1", "http://[::1]:8080"];

const OVERRIDES: &[&str] = &["x-http-method-override", "x-http-method", "x-method-override", "_method"];

pub(super) fn cases() -> Vec<Case> {
    let mut cases = accept();
    cases.extend(origins());
    cases.extend(overrides());
    cases.extend(request_ids());
    cases.extend(others());
    cases
}

fn header_case(name: &str, request: Raw, expected: Expected) -> Case {
    case(format!("header: {name}"), request, expected)
}

fn accept() -> Vec<Case> {
    let health = |accept: &str, expected| {
        header_case(&format!("Accept {accept:?}"), Raw::get(HEALTH).header("accept", accept), expected)
    };
    let mut cases: Vec<_> = ACCEPT_WITHOUT_JSON.iter().map(|accept| health(accept, WITHOUT_JSON)).collect();
    cases.extend(ACCEPT_OTHERS.iter().map(|accept| health(accept, OK)));
    let twice = Raw::get(HEALTH).header("accept", "text/html").header("accept", "application/json");
    cases.push(header_case("Accept twice", twice, OK));
    let ranges = vec!["text/x;q=0.1"; 600].join(",");
    cases.push(header_case("Accept of 8 KB", Raw::get(HEALTH).header("accept", ranges + ",*/*"), OK));
    cases.push(header_case(
        "Accept-Language rubbish",
        Raw::get(HEALTH).header("accept-language", ";;q=,,"),
        OK,
    ));
    cases.push(header_case(
        "Accept-Charset without UTF-8",
        Raw::get(HEALTH).header("accept-charset", "x;q=1"),
        OK,
    ));
    cases
}

fn origins() -> Vec<Case> {
    let login = || Raw::post_json(LOGIN, READ_BUT_INVALID);
    let mut cases = Vec::new();
    for origin in FOREIGN {
        cases.push(header_case(
            &format!("Origin {origin:?}"),
            login().header("origin", origin),
            FOREIGN_ORIGIN,
        ));
    }
    for origin in OWN {
        cases.push(header_case(&format!("Origin {origin:?}"), login().header("origin", origin), INVALID));
    }
    for site in ["cross-site", "same-site", "none"] {
        let request = login().header("sec-fetch-site", site);
        cases.push(header_case(&format!("Sec-Fetch-Site {site}"), request, FOREIGN_ORIGIN));
    }
    let same_origin = login().header("sec-fetch-site", "same-origin");
    cases.push(header_case("Sec-Fetch-Site same-origin", same_origin, INVALID));
    let own = || login().header("origin", "http://localhost");
    let more = [
        ("own and foreign Origin", own().header("origin", "https://evil.example"), FOREIGN_ORIGIN),
        ("own Origin twice", own().header("origin", "http://localhost"), FOREIGN_ORIGIN),
        ("own Origin from another site", own().header("sec-fetch-site", "cross-site"), INVALID),
        ("Origin of UTF-8", login().header("origin", "ö"), FOREIGN_ORIGIN),
        ("empty Origin", login().header("origin", ""), INVALID),
        (
            "empty Origin from another site",
            login().header("origin", "").header("sec-fetch-site", "cross-site"),
            FOREIGN_ORIGIN,
        ),
        (
            "foreign Origin and a token",
            login().header("origin", "https://evil.example").header("authorization", "Bearer x"),
            INVALID,
        ),
        (
            "foreign Origin and another scheme",
            login().header("origin", "https://evil.example").header("authorization", "Basic x"),
            FOREIGN_ORIGIN,
        ),
        ("foreign Origin of a GET", Raw::get(HEALTH).header("origin", "https://evil.example"), OK),
        (
            "foreign Origin and an unknown path",
            Raw::post_json("/nowhere", "{}").header("origin", "null"),
            NOT_FOUND,
        ),
        (
            "foreign Origin and a wrong method",
            Raw::post_json(HEALTH, "{}").header("origin", "null"),
            WRONG_METHOD,
        ),
        ("foreign Referer", login().header("referer", "https://evil.example/"), FOREIGN_ORIGIN),
        ("forged X-Forwarded-Host", login().header("x-forwarded-host", "evil.example"), INVALID),
        ("forged Forwarded", login().header("forwarded", "for=127.0.0.1;host=evil.example"), INVALID),
    ];
    cases.extend(more.map(|(name, request, expected)| header_case(name, request, expected)));
    cases
}

/// The method is the one of the request line, whatever else is said.
fn overrides() -> Vec<Case> {
    let mut cases = Vec::new();
    for name in OVERRIDES {
        let get = Raw::get(HEALTH).header(name, "DELETE");
        cases.push(header_case(&format!("{name} of a GET"), get, OK));
        let post = Raw::post_json(HEALTH, "{}").header(name, "GET");
        cases.push(header_case(&format!("{name} of a POST"), post, WRONG_METHOD));
    }
    cases.push(header_case(
        "_method in the query",
        Raw::get(format!("{PRODUCTS}?_method=DELETE")),
        INVALID_QUERY,
    ));
    cases
}

fn request_ids() -> Vec<Case> {
    let ids: [&[u8]; 7] = [
        b"",
        b"short",
        b"with blanks in it",
        b"<script>alert(1)</script>",
        b"{\"a\":\"b\"}",
        b"%0d%0aset-cookie:a=b",
        b"caf\xc3\xa9-caf\xc3\xa9",
    ];
    let of = |id: &[u8]| Raw::get("/nowhere").header("x-request-id", id);
    let mut cases: Vec<_> = ids
        .iter()
        .map(|id| header_case(&format!("X-Request-Id {}", id.escape_ascii()), of(id), NOT_FOUND))
        .collect();
    cases.push(header_case("X-Request-Id of 8 KB", of(&[b'x'; 8192]), NOT_FOUND));
    cases.push(header_case(
        "X-Request-Id twice",
        of(b"one-of-two").header("x-request-id", "two-of-two"),
        NOT_FOUND,
    ));
    cases
}

fn others() -> Vec<Case> {
    let health = || Raw::get(HEALTH);
    let many = (0..80).fold(health(), |request, number| request.header(&format!("x-{number}"), "x"));
    let cases = [
        ("Host of somebody else", health().host(Some(b"evil.example")), OK),
        ("Host with another port", health().host(Some(b"127.0.0.1:1")), OK),
        ("Host of an IPv6 address", health().host(Some(b"[::1]:80")), OK),
        ("80 more", many, OK),
        ("one of 16 KB", health().header("x-long", "x".repeat(16 * 1024)), OK),
        ("empty value", health().header("x-empty", ""), OK),
        ("bytes beyond ASCII", health().header("x-odd", "é€😀"), OK),
        ("name of 1 KB", health().header(&"x".repeat(1024), "x"), OK),
        ("odd name", health().header("!#$%&'*+-.^_`|~", "x"), OK),
        ("Range", health().header("range", "bytes=0-0"), OK),
        ("If-None-Match rubbish", health().header("if-none-match", "\"\"\",W/"), OK),
        ("If-Modified-Since rubbish", health().header("if-modified-since", "yesterday"), OK),
        ("Upgrade", health().header("upgrade", "h2c, websocket"), OK),
        ("Connection names a header", health().header("connection", "x-request-id, authorization"), OK),
        ("TE trailers", health().header("te", "trailers, x;q=2"), OK),
        ("Max-Forwards", health().header("max-forwards", "-1"), OK),
        ("forged address", health().header("x-forwarded-for", "127.0.0.1, '; DROP TABLE users"), OK),
        (
            "forged runtime headers",
            health().header("spin-path-info", "/api/v1/me").header("cf-worker", "x"),
            OK,
        ),
        ("forged seen token", Raw::get(PRODUCTS).header("ashlar-seen", "products.9.9.x"), OK),
        (
            "preflight with rubbish",
            Raw::new("OPTIONS", HEALTH).header("origin", ";").header("access-control-request-method", ";"),
            super::NO_CONTENT,
        ),
    ];
    cases.into_iter().map(|(name, request, expected)| header_case(name, request, expected)).collect()
}
