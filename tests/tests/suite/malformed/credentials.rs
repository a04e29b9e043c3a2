//! Tokens and cookies that stand for nobody.

use app::Raw;

use super::{Case, Expected, INVALID_SESSION, ME, NOT_FOUND, OK, PRODUCTS, UNAUTHENTICATED, case};

/// `{"alg":"none"}` and `{"sub":"1"}`, without a signature.
const UNSIGNED: &str = "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.";

/// `{"alg":"HS256","kid":"../../dev/null"}`.
const ODD_KEY: &str = "eyJhbGciOiJIUzI1NiIsImtpZCI6Ii4uLy4uL2Rldi9udWxsIn0.eyJzdWIiOiIxIn0.AAAA";

/// Not the scheme `Bearer` with something after it.
const NO_BEARER: &[&str] = &[
    "",
    "Bearer",
    "Bearer ",
    "bearer",
    "Bearer\tx",
    "Bearer,x",
    "BearerX x",
    "Bearer=x",
    "Basic eDp5",
    "Basic ",
    "Digest username=\"x\"",
    "Token x",
    "Negotiate x",
    "AWS4-HMAC-SHA256 Credential=x",
    "eyJhbGciOiJub25lIn0.e30.",
    "null",
    ":",
];

const FORGED: &[&str] = &[
    "Bearer x",
    "bearer x",
    "BEARER x",
    "Bearer    x",
    "Bearer a b",
    "Bearer Bearer x",
    "Bearer null",
    "Bearer undefined",
    "Bearer [object Object]",
    "Bearer {}",
    "Bearer .",
    "Bearer ..",
    "Bearer ...",
    "Bearer a.b.c",
    "Bearer a.b.c.d.e",
    "Bearer ====",
    "Bearer %00",
    "Bearer ' OR '1'='1",
    "Bearer e30.e30.e30",
    "Bearer bnVsbA.bnVsbA.bnVsbA",
    "Bearer W10.W10.AA",
    "Bearer /w.e30.AA",
    "Bearer x,",
    "Bearer \"x\"",
];

const COOKIE: &str = "__Host-ashlar_access";

pub(super) fn cases() -> Vec<Case> {
    let mut cases: Vec<_> =
        NO_BEARER.iter().map(|text| authorization(&format!("{text:?}"), text, UNAUTHENTICATED)).collect();
    cases.extend(FORGED.iter().map(|text| authorization(&format!("{text:?}"), text, INVALID_SESSION)));
    cases.extend([
        authorization("no algorithm", format!("Bearer {UNSIGNED}"), INVALID_SESSION),
        authorization("odd key", format!("Bearer {ODD_KEY}"), INVALID_SESSION),
        authorization("8 KB", format!("Bearer {}", "x".repeat(8192)), INVALID_SESSION),
        authorization("8 KB of dots", format!("Bearer {}", ".".repeat(8192)), INVALID_SESSION),
        authorization("8 KB of a header", format!("Bearer {}.e30.AA", "e".repeat(8192)), INVALID_SESSION),
        authorization("UTF-8", "Bearer é", UNAUTHENTICATED),
    ]);
    cases.extend(repeated());
    cases.extend(cookies());
    cases.extend(elsewhere());
    cases
}

fn authorization(name: &str, value: impl AsRef<[u8]>, expected: Expected) -> Case {
    case(format!("authorization: {name}"), Raw::get(ME).header("authorization", value), expected)
}

fn repeated() -> Vec<Case> {
    let twice = |first: &str, second: &str| {
        Raw::get(ME).header("authorization", first).header("authorization", second)
    };
    vec![
        case("authorization: missing", Raw::get(ME), UNAUTHENTICATED),
        case("authorization: twice the same", twice("Bearer x", "Bearer x"), INVALID_SESSION),
        case("authorization: two tokens", twice("Bearer x", "Bearer y"), INVALID_SESSION),
        case("authorization: token and password", twice("Bearer x", "Basic y"), INVALID_SESSION),
        case("authorization: password and token", twice("Basic y", "Bearer x"), UNAUTHENTICATED),
        case(
            "authorization: header and cookie",
            Raw::get(ME).header("authorization", "Basic y").header("cookie", format!("{COOKIE}=x")),
            INVALID_SESSION,
        ),
    ]
}

fn cookies() -> Vec<Case> {
    let cookie = |name: &str, value: &[u8], expected| {
        case(format!("cookie: {name}"), Raw::get(ME).header("cookie", value), expected)
    };
    let with = |value: &str| format!("{COOKIE}={value}").into_bytes();
    let many: Vec<_> = (0..200).map(|number| format!("c{number}=x")).collect();
    let both =
        |first: &str, second: &str| Raw::get(ME).header("cookie", with(first)).header("cookie", second);
    vec![
        cookie("empty header", b"", UNAUTHENTICATED),
        cookie("separators only", b";;; ; ;", UNAUTHENTICATED),
        cookie("equals sign only", b"=", UNAUTHENTICATED),
        cookie("name without a value", COOKIE.as_bytes(), UNAUTHENTICATED),
        cookie("name in lower case", b"__host-ashlar_access=x", UNAUTHENTICATED),
        cookie("name with a prefix", b"x__Host-ashlar_access=x", UNAUTHENTICATED),
        cookie("name in quotes", b"\"__Host-ashlar_access\"=x", UNAUTHENTICATED),
        cookie("name percent-encoded", b"__Host%2Dashlar_access=x", UNAUTHENTICATED),
        cookie("name inside a value", b"a=__Host-ashlar_access=x", UNAUTHENTICATED),
        cookie("separated by commas", b"a=b, __Host-ashlar_access=x", UNAUTHENTICATED),
        cookie("empty value", &with(""), INVALID_SESSION),
        cookie("blank value", &with("   "), INVALID_SESSION),
        cookie("quoted value", &with("\"x\""), INVALID_SESSION),
        cookie("value with equals signs", &with("a=b=c"), INVALID_SESSION),
        cookie("value without a signature", &with(UNSIGNED), INVALID_SESSION),
        cookie("value of 8 KB", &with(&"x".repeat(8192)), INVALID_SESSION),
        cookie("same value twice", &with("x; __Host-ashlar_access=x"), INVALID_SESSION),
        cookie("two values", &with("x; __Host-ashlar_access=y"), INVALID_SESSION),
        cookie("among 200", format!("{}; {COOKIE}=x", many.join("; ")).as_bytes(), INVALID_SESSION),
        cookie("old-style attributes", b"$Version=1; $Path=/; __Host-ashlar_access=x", INVALID_SESSION),
        cookie("value of UTF-8", &with("é"), INVALID_SESSION),
        cookie("beside one of UTF-8", &with("x; a=é"), INVALID_SESSION),
        case("cookie: two headers", both("x", "a=b"), INVALID_SESSION),
        case("cookie: two headers with two values", both("x", "__Host-ashlar_access=y"), INVALID_SESSION),
        case(
            "cookie: odd seen",
            Raw::get(PRODUCTS).header("cookie", "__Host-ashlar_seen=products.9.9.x"),
            OK,
        ),
        case("cookie: odd text on a public list", Raw::get(PRODUCTS).header("cookie", "a=é; =; x"), OK),
    ]
}

fn elsewhere() -> Vec<Case> {
    let forged = |request: Raw| request.header("authorization", "Bearer x");
    let tick = |value: &[u8]| Raw::new("POST", "/internal/tick").header("authorization", value).body("");
    vec![
        case("forged token: public list", forged(Raw::get(PRODUCTS)), OK),
        case("forged token: creation", forged(Raw::post_json(PRODUCTS, "{")), INVALID_SESSION),
        case("forged token: logout", forged(Raw::post_json("/api/v1/auth/logout", "")), INVALID_SESSION),
        case("forged token: job", forged(Raw::get("/api/v1/jobs/none")), INVALID_SESSION),
        case("no token: creation of rubbish", Raw::post_json(PRODUCTS, "{"), UNAUTHENTICATED),
        case("no token: job", Raw::get("/api/v1/jobs/none"), UNAUTHENTICATED),
        case("internal: no secret", Raw::new("POST", "/internal/tick").body(""), NOT_FOUND),
        case("internal: wrong secret", tick(b"Bearer x"), NOT_FOUND),
        case("internal: empty secret", tick(b"Bearer "), NOT_FOUND),
        case("internal: secret of UTF-8", tick("Bearer é".as_bytes()), NOT_FOUND),
        case(
            "internal: secret in the query",
            Raw::new("POST", "/internal/tick?secret=x").body(""),
            NOT_FOUND,
        ),
    ]
}
