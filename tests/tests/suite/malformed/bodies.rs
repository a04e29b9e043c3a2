//! How a body arrives: its length, its media type, its coding.

use app::Raw;

use super::{
    Case, Expected, Given, INVALID, LOGIN, MALFORMED_JSON, MEDIA_TYPE, NO_CONTENT, OK, PRODUCTS,
    READ_BUT_INVALID, TOO_LARGE, UNAUTHENTICATED, case,
};

/// The most that a route reads.
const LIMIT: usize = 1024 * 1024;

const OTHER_TYPES: &[&str] = &[
    "",
    " ",
    "json",
    "/json",
    "application",
    "application/",
    "application/jsonp",
    "application/json5",
    "application/jsonl",
    "application/xjson",
    "application/+jsonx",
    "application/ json",
    "application /json",
    "application//json",
    "application/*",
    "*/*",
    "text/json",
    "text/plain",
    "text/x-json",
    "text/html",
    "image/svg+xml",
    "application/x-www-form-urlencoded",
    "multipart/form-data",
    "multipart/form-data; boundary=x",
    "application/octet-stream",
    "\"application/json\"",
    "application/json, text/plain",
    "application/json charset=utf-8",
    "application/json, charset=utf-8",
    "application/json; charset=",
    "application/json; charset=latin1",
    "application/json; charset=iso-8859-1",
    "application/json; charset=utf8",
    "application/json; charset=utf-7",
    "application/json; charset=utf-16",
    "application/json; charset=utf-16le",
    "application/json; charset=utf-8-bom",
    "application/json; charset=\"utf-16\"",
    "application/json; charset='utf-8'",
    "application/json; charset=utf-8; charset=latin1",
    "application/json; CHARSET=UTF-16",
    "text/plain; application/json",
    "; application/json",
];

const GOOD_TYPES: &[&str] = &[
    "APPLICATION/JSON",
    "Application/Json; Charset=Utf-8",
    "application/json;",
    "application/json;;;",
    "application/json;charset=\"utf-8\"",
    "application/json; charset",
    "application/json; version=1",
    "application/json; =",
    "application/json; charset=utf-8; charset=UTF-8",
    "application/vnd.api+json",
    "application/merge-patch+json",
    "application/problem+json",
];

const GZIPPED: &[u8] = b"\x1f\x8b\x08\0\0\0\0\0\0\x03\xab\xae\x05\0\x43\xbf\xa6\xa3\x02\0\0\0";

pub(super) fn cases(given: &Given) -> Vec<Case> {
    let mut cases = sizes(given);
    cases.extend(media_types());
    cases.extend(codings());
    cases.extend(bodies_where_none_belongs());
    cases
}

fn login(name: &str, request: Raw, expected: Expected) -> Case {
    case(format!("body: {name}"), request, expected)
}

fn post() -> Raw {
    Raw::new("POST", LOGIN).header("content-type", "application/json")
}

/// JSON that breaks a rule, filled up with blanks.
fn filled(length: usize) -> Vec<u8> {
    let mut body = READ_BUT_INVALID.as_bytes().to_vec();
    body.resize(length, b' ');
    body
}

fn declared(length: &str) -> Raw {
    post().header("content-length", length).bytes("{")
}

fn sizes(given: &Given) -> Vec<Case> {
    vec![
        login("none, no length", post(), MALFORMED_JSON),
        login("none, length 0", post().body(""), MALFORMED_JSON),
        login("none, in chunks", post().chunked(""), MALFORMED_JSON),
        login("in chunks", post().chunked(READ_BUT_INVALID), INVALID),
        login(
            "in chunks of one byte",
            post().header("transfer-encoding", "chunked").bytes(one_by_one()),
            INVALID,
        ),
        login("exactly the limit", post().body(filled(LIMIT)), INVALID),
        login("exactly the limit in chunks", post().chunked(filled(LIMIT)), INVALID),
        login("one byte too many", post().body(filled(LIMIT + 1)), TOO_LARGE),
        login("one byte too many in chunks", post().chunked(filled(LIMIT + 1)), TOO_LARGE),
        login("twice the limit in chunks", post().chunked(filled(2 * LIMIT)), TOO_LARGE),
        login("one byte too many declared", declared("1048577"), TOO_LARGE),
        login("10 GB declared", declared("10737418240"), TOO_LARGE),
        login("2^32 bytes declared", declared("4294967296"), TOO_LARGE),
        login("2^53 bytes declared", declared("9007199254740992"), TOO_LARGE),
        login("too large and not JSON", post().body(vec![b'x'; LIMIT + 1]), TOO_LARGE),
        login("too large and of another type", Raw::new("POST", LOGIN).body(filled(LIMIT + 1)), MEDIA_TYPE),
        login("too large from a stranger", Raw::post_json(PRODUCTS, filled(LIMIT + 1)), UNAUTHENTICATED),
        login("too large from a creator", given.product(filled(LIMIT + 1)), TOO_LARGE),
        login("more bytes than declared", post().body("{}").bytes("GARBAGE"), INVALID),
        login("length given twice", declared("2").header("content-length", "2").bytes("}"), INVALID),
        login("length with leading zeros", post().header("content-length", "000002").bytes("{}"), INVALID),
        login("length and chunks", post().header("content-length", "5").chunked(READ_BUT_INVALID), INVALID),
        login("chunks and length", post().chunked("").header("content-length", "5"), MALFORMED_JSON),
        login(
            "chunks said twice",
            post().header("transfer-encoding", "chunked").chunked(READ_BUT_INVALID),
            INVALID,
        ),
        login("chunks in capitals", chunked_by_hand("CHUNKED", "2\r\n{}\r\n0\r\n\r\n"), INVALID),
        login("chunks after gzip", chunked_by_hand("gzip, chunked", "2\r\n{}\r\n0\r\n\r\n"), INVALID),
        login("chunk with an extension", chunked_by_hand("chunked", "2;a=\"b\"\r\n{}\r\n0\r\n\r\n"), INVALID),
        login("chunk size with zeros", chunked_by_hand("chunked", "0002\r\n{}\r\n000\r\n\r\n"), INVALID),
        login(
            "trailers",
            chunked_by_hand("chunked", "2\r\n{}\r\n0\r\nauthorization: Bearer x\r\n\r\n"),
            INVALID,
        ),
        login(
            "Expect: 100-continue",
            post().header("expect", "100-continue").body(READ_BUT_INVALID),
            INVALID,
        ),
        login(
            "Expect: 100-continue, too large",
            declared("1048577").header("expect", "100-continue"),
            TOO_LARGE,
        ),
        login("Expect of something else", post().header("expect", "200-ok").body(READ_BUT_INVALID), INVALID),
    ]
}

fn chunked_by_hand(coding: &str, chunks: &str) -> Raw {
    post().header("transfer-encoding", coding).bytes(chunks)
}

fn one_by_one() -> Vec<u8> {
    let mut bytes = Vec::new();
    for byte in READ_BUT_INVALID.bytes() {
        bytes.extend_from_slice(&[b'1', b'\r', b'\n', byte, b'\r', b'\n']);
    }
    bytes.extend_from_slice(b"0\r\n\r\n");
    bytes
}

fn media_types() -> Vec<Case> {
    let typed = |name: &str, expected| {
        let request = Raw::new("POST", LOGIN).header("content-type", name).body(READ_BUT_INVALID);
        case(format!("content type: {name:?}"), request, expected)
    };
    let mut cases: Vec<_> = OTHER_TYPES.iter().map(|name| typed(name, MEDIA_TYPE)).collect();
    cases.extend(GOOD_TYPES.iter().map(|name| typed(name, INVALID)));
    let plain = || Raw::new("POST", LOGIN).body(READ_BUT_INVALID);
    let more = [
        ("missing", plain(), MEDIA_TYPE),
        (
            "JSON twice",
            plain().header("content-type", "application/json").header("content-type", "application/json"),
            MEDIA_TYPE,
        ),
        (
            "JSON and text",
            plain().header("content-type", "application/json").header("content-type", "text/plain"),
            MEDIA_TYPE,
        ),
        (
            "text and JSON",
            plain().header("content-type", "text/plain").header("content-type", "application/json"),
            MEDIA_TYPE,
        ),
        ("8 KB", plain().header("content-type", "x/".repeat(4096)), MEDIA_TYPE),
        (
            "JSON and 8 KB of parameters",
            plain().header("content-type", format!("application/json{}", ";a=b".repeat(2048))),
            INVALID,
        ),
        ("UTF-8", plain().header("content-type", "application/jsön"), MEDIA_TYPE),
        ("after a tab", plain().header("content-type", "\tapplication/json"), INVALID),
    ];
    cases.extend(
        more.map(|(name, request, expected)| case(format!("content type: {name}"), request, expected)),
    );
    cases
}

fn codings() -> Vec<Case> {
    let coded = |coding: &str| post().header("content-encoding", coding);
    let mut cases = vec![
        login("gzip", coded("gzip").body(GZIPPED), MEDIA_TYPE),
        login("gzip in chunks", coded("gzip").chunked(GZIPPED), MEDIA_TYPE),
        login("gzip twice", coded("gzip").header("content-encoding", "gzip").body(GZIPPED), MEDIA_TYPE),
        login("gzip that is not called so", post().body(GZIPPED), MALFORMED_JSON),
        login("too large and gzip", coded("gzip").body(filled(LIMIT + 1)), MEDIA_TYPE),
    ];
    let say = |coding: &str, expected| {
        login(&format!("JSON called {coding:?}"), coded(coding).body(READ_BUT_INVALID), expected)
    };
    let unknown =
        ["gzip", "GZIP", "deflate", "br", "zstd", "compress", "unknown", "gzip;q=1", "identity, gzip"];
    cases.extend(unknown.map(|coding| say(coding, MEDIA_TYPE)));
    cases.extend(["", "identity", "Identity"].map(|coding| say(coding, INVALID)));
    cases
}

fn bodies_where_none_belongs() -> Vec<Case> {
    let with_body = |method: &str, path: &str| {
        Raw::new(method, path).header("content-type", "application/json").body("{")
    };
    vec![
        login("of a GET", with_body("GET", PRODUCTS), OK),
        login("of a GET in chunks", Raw::get(PRODUCTS).chunked("rubbish"), OK),
        login("of a HEAD", with_body("HEAD", PRODUCTS), OK),
        login("of an OPTIONS", with_body("OPTIONS", PRODUCTS), NO_CONTENT),
        login("of an OPTIONS in chunks", Raw::new("OPTIONS", PRODUCTS).chunked("rubbish"), NO_CONTENT),
        login("too large of a GET", Raw::get(PRODUCTS).body(filled(LIMIT + 1)), OK),
    ]
}
