//! What is written for people and for tests: `docs/ERRORS.md` and the table of routes with their guards.

use std::fmt::Write as _;

use serde_json::Value;
use shared::error::DetailCode;

use crate::http::Code;
use crate::openapi::{Document, Operation, errors};

const INTRODUCTION: &str = "\
# Errors

<!-- Written by `cargo xtask generate` from the code; change it there. -->

Every failure has this shape, whatever goes wrong:

```json
{\"success\":false,\"error\":\"A sentence for people.\",\"code\":\"snake_case\",\"details\":[],\"request_id\":\"…\"}
```

`code` is one of the codes below and stays what it is from version to version; programs go by it. `error` is for people and may
change. `details` says what is wrong with the input in particular, everything at once (up to 20). `request_id` is also in the
header `x-request-id` and in our log.

Clients that send `Accept: application/problem+json` (before or without `application/json`) get the same as problem details,
[RFC 9457](https://www.rfc-editor.org/rfc/rfc9457): `type` is `urn:ashlar:error:CODE`, `title` when the code occurs, `status`,
`detail` the sentence, `instance` is `urn:ashlar:request:REQUEST_ID`, and `errors` the details.

Nothing of the inside shows in an error: causes are in the log, under the request id.
";

/// `docs/ERRORS.md`.
pub fn errors_markdown() -> String {
    let mut text = INTRODUCTION.to_owned();
    text.push_str("\n## Codes\n\n| status | code | when |\n|---|---|---|\n");
    for code in Code::ALL {
        let (status, name) = (code.status(), code.as_str());
        let _ = writeln!(text, "| {} | [`{name}`](#{name}) | {} |", status.as_u16(), code.description());
    }
    text.push_str("\n## Details\n\nA detail has a `field`: a JSON path (`items[2].price`), a parameter (`price[gte]`) or a header.\n");
    text.push_str("\n| code | when |\n|---|---|\n");
    for code in DetailCode::ALL {
        let _ = writeln!(text, "| `{}` | {} |", code.as_str(), code.description());
    }
    text.push_str("\n## Examples\n");
    for code in Code::ALL {
        push_example(&mut text, *code);
    }
    text
}

fn push_example(text: &mut String, code: Code) {
    let example = errors::example(code);
    let reason = code.status().canonical_reason().unwrap_or_default();
    let _ = write!(
        text,
        "\n### {}\n\n`{} {reason}`. {}",
        code.as_str(),
        code.status().as_u16(),
        code.description()
    );
    let headers: Vec<_> = code.headers().iter().map(|name| format!("`{name}`")).collect();
    if !headers.is_empty() {
        let _ = write!(text, " With {}.", headers.join(" and "));
    }
    let _ = write!(text, "\n\n```json\n{}\n```\n", pretty(&example));
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

/// Every route with its guard, a line each.
pub fn route_table() -> String {
    let document = Document::of_routes();
    let line = |route: &Operation| format!("{:6} {:32} {}\n", route.method.as_str(), route.path, route.guard);
    document.operations.iter().map(line).collect()
}
