//! The failures of operations: responses by status, examples by code.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use shared::error::DetailCode;

use crate::http::Code;

const REQUEST_ID: &str = "019a0c5e-6f2b-7d41-9f0e-3b1c2d4e5f60";

/// The failures that any operation may end with.
pub(crate) const ANYWHERE: [Code; 5] =
    [Code::BadRequest, Code::UriTooLong, Code::InternalError, Code::Unavailable, Code::Misconfigured];

/// One response for each status that the codes have.
pub(crate) fn responses(codes: &BTreeSet<Code>) -> Map<String, Value> {
    let mut by_status: BTreeMap<u16, Vec<Code>> = BTreeMap::new();
    for code in codes {
        by_status.entry(code.status().as_u16()).or_default().push(*code);
    }
    by_status.into_iter().map(|(status, codes)| (status.to_string(), response(&codes))).collect()
}

fn response(codes: &[Code]) -> Value {
    let lines: Vec<_> =
        codes.iter().map(|code| format!("`{}`: {}", code.as_str(), code.description())).collect();
    let examples: Map<_, _> = codes
        .iter()
        .map(|code| {
            (code.as_str().to_owned(), json!({ "$ref": format!("#/components/examples/{}", code.as_str()) }))
        })
        .collect();
    let mut headers = json!({ "x-request-id": { "$ref": "#/components/headers/x-request-id" } });
    for name in codes.iter().flat_map(|code| code.headers()) {
        headers[*name] = json!({ "$ref": format!("#/components/headers/{name}") });
    }
    json!({
        "description": lines.join("\n\n"),
        "headers": headers,
        "content": {
            "application/json": { "schema": { "$ref": "#/components/schemas/Failure" }, "examples": examples },
            "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } },
        },
    })
}

/// The schemas `Failure`, `Problem` and `Violation`.
pub(crate) fn schemas() -> Map<String, Value> {
    let codes: Vec<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
    let details: Vec<_> = DetailCode::ALL.iter().map(|code| code.as_str()).collect();
    let detail_lines: Vec<_> =
        DetailCode::ALL.iter().map(|code| format!("`{}`: {}", code.as_str(), code.description())).collect();
    let violations = json!({ "type": "array", "items": { "$ref": "#/components/schemas/Violation" } });
    let members = [
        (
            "Failure",
            json!({
                "description": "Why a request failed.",
                "type": "object",
                "required": ["success", "error", "code", "details", "request_id"],
                "properties": {
                    "success": { "const": false },
                    "error": { "type": "string", "description": "A sentence for people." },
                    "code": { "type": "string", "enum": codes, "description": "What went wrong, for programs." },
                    "details": violations,
                    "request_id": { "type": "string", "description": "The request in our log." },
                },
                "additionalProperties": false,
            }),
        ),
        (
            "Problem",
            json!({
                "description": "Why a request failed, as problem details (RFC 9457), for clients whose `Accept` header asks for them.",
                "type": "object",
                "required": ["type", "title", "status", "detail", "instance", "code", "errors"],
                "properties": {
                    "type": { "type": "string", "format": "uri" },
                    "title": { "type": "string" },
                    "status": { "type": "integer", "minimum": 400, "maximum": 599 },
                    "detail": { "type": "string" },
                    "instance": { "type": "string", "format": "uri" },
                    "code": { "type": "string", "enum": codes },
                    "errors": violations,
                },
                "additionalProperties": false,
            }),
        ),
        (
            "Violation",
            json!({
                "description": "One thing that is wrong with the input.",
                "type": "object",
                "required": ["field", "code", "message"],
                "properties": {
                    "field": { "type": "string", "description": "A JSON path (`items[2].price`), a parameter (`price[gte]`) or a header." },
                    "code": { "type": "string", "enum": details, "description": detail_lines.join("\n\n") },
                    "message": { "type": "string", "description": "A sentence for people." },
                },
                "additionalProperties": false,
            }),
        ),
    ];
    members.into_iter().map(|(name, schema)| (name.to_owned(), schema)).collect()
}

/// The example of a code in the envelope.
pub(crate) fn example(code: Code) -> Value {
    let (message, details) = code.example();
    let details: Vec<_> = details
        .iter()
        .map(|(field, detail, message)| json!({ "field": field, "code": detail, "message": message }))
        .collect();
    json!({
        "success": false, "error": message, "code": code.as_str(), "details": details, "request_id": REQUEST_ID,
    })
}

/// An example of each code.
pub(crate) fn examples(codes: &BTreeSet<Code>) -> Map<String, Value> {
    let example = |code: &Code| {
        (code.as_str().to_owned(), json!({ "summary": code.description(), "value": example(*code) }))
    };
    codes.iter().map(example).collect()
}

/// Headers that responses name, of those that are `used`.
pub(crate) fn headers(used: &BTreeSet<&str>) -> Map<String, Value> {
    let text = |description: &str| json!({ "description": description, "schema": { "type": "string" } });
    let request_id =
        json!({ "description": "The request in our log.", "required": true, "schema": { "type": "string" } });
    let seconds = json!({
        "description": "Seconds to wait before trying again.",
        "schema": { "type": "integer", "minimum": 0 },
    });
    let all = [
        ("x-request-id", request_id),
        ("location", text("The path of what was made.")),
        (
            "link",
            text(
                "Other pages of the list, relative to its address: `first`, `prev`, `next` and, where it is known, `last` \
                 (RFC 8288). Left out where it would be longer than 4,096 characters; `meta` has them, too.",
            ),
        ),
        (
            "etag",
            text(
                "The entity's version, for `If-Match` and `If-None-Match`; of a list a digest, for `If-None-Match` only (RFC 9110).",
            ),
        ),
        (
            "set-cookie",
            text(
                "Cookies of the client's jar (RFC 6265): the tokens of a session, what its device is known by, or what the \
                 client has seen.",
            ),
        ),
        (
            "ashlar-seen",
            text(
                "What the client has seen with this write; to be sent with lists by clients without a cookie jar.",
            ),
        ),
        (
            "ashlar-bookmark",
            text(
                "Names the state of the database that this write made, where reads may be answered by copies of it; to be sent \
                 with reads by clients without a cookie jar.",
            ),
        ),
        (
            "server-timing",
            text(
                "What the answer cost (W3C Server Timing), where this is switched on: milliseconds (`dur`) in the database, the \
                 cache, the application and in all, statements, round trips to the database, and rows that it read.",
            ),
        ),
        (
            "cache-status",
            text("What each level of the cache did for the answer (RFC 9211); docs/CACHING.md explains it."),
        ),
        (
            "idempotency-replayed",
            text(
                "`true` when an earlier request with the same `Idempotency-Key` did it: this is what that one was answered.",
            ),
        ),
        ("allow", text("The methods that the resource has.")),
        ("www-authenticate", text("How to sign in (RFC 6750).")),
        (
            "ratelimit-policy",
            text(
                "The limits that the request is under: name, requests `q` in a window of `w` seconds \
                 (draft-ietf-httpapi-ratelimit-headers).",
            ),
        ),
        ("ratelimit", text("What is left of them: requests `r`, and `t` seconds until there is one more.")),
        ("retry-after", seconds),
    ];
    all.into_iter()
        .filter(|(name, _)| used.contains(name))
        .map(|(name, header)| (name.to_owned(), header))
        .collect()
}
