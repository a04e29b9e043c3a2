//! docs/SECURITY-HEADERS.md from the tables of the middleware.

use std::fmt::Write as _;

use edge::middleware::security_headers::{API_PAGE_POLICY, HELMET, POLICY, TABLE};
use edge::middleware::{caching, cors};

/// The whole document.
pub(crate) fn markdown() -> String {
    [introduction(), headers(), not_sent(), cors(), caching()].join("\n")
}

fn introduction() -> String {
    format!(
        "<!-- Made by `cargo xtask generate` from edge/src/middleware. -->

# Security headers, CORS and caching

Every answer carries every header of this table: success or failure, `HEAD`, `OPTIONS` and preflight, the API page and its files,
`/openapi.json`. Redirects there are none. All values are fixed texts, nothing is put together per request. A handler may set one of them
itself, and what it sets stays.

The second column is what [Helmet](https://helmet.js.org) {HELMET} sends by default; a test asks Helmet itself. Ours is the same or
stricter. Only where a runtime answers in place of the application, as [RUNTIMES.md](RUNTIMES.md) lists, the headers are missing.
"
    )
}

fn headers() -> String {
    let mut text =
        "| header | Helmet | Ashlar | what it does, and why it differs |\n|---|---|---|---|\n".to_owned();
    for header in TABLE {
        let (helmet, own) = match header.name {
            "content-security-policy" => ("a policy for pages".to_owned(), "see below".to_owned()),
            _ => (header.helmet.map_or("(none)".to_owned(), code), code(header.value)),
        };
        // Writing to a text cannot fail.
        let _ = writeln!(text, "| `{}` | {helmet} | {own} | {} |", header.name, header.why);
    }
    let helmet = TABLE.iter().find_map(|header| header.helmet.filter(|value| value.contains("default-src")));
    let policies = [
        ("Helmet, for all answers", helmet.unwrap_or_default()),
        ("Ashlar, for everything but the API page", POLICY),
        ("Ashlar, for the API page `/docs`", API_PAGE_POLICY),
    ];
    text.push_str("\n## Content-Security-Policy\n");
    for (what, policy) in policies {
        let _ = write!(text, "\n{what}:\n\n```text\n{policy}\n```\n");
    }
    text.push_str(
        "
Directive by directive ours allow nothing that Helmet's does not; a test compares them. What they do not name falls back to
`default-src 'none'`. `upgrade-insecure-requests` is left out: it turns `http:` addresses into `https:`, and `'self'` lets an HTTPS
page load nothing by HTTP; on a developer's machine it would break pages that are served by HTTP.
",
    );
    text
}

fn not_sent() -> String {
    "## Headers that are not sent

| header | Helmet | why not |
|---|---|---|
| `x-powered-by` | takes it off | Nothing here sets it. Nor does the application name itself or its version in `server` |
| `cross-origin-embedder-policy` | off by default | It matters to pages that load from other origins. The only page here loads from its own alone, by its policy |
| `content-security-policy-report-only` | off by default | There is one policy, and it is enforced |
| `timing-allow-origin`, `access-control-allow-private-network` | not Helmet's | Nobody needs them |
"
    .to_owned()
}

fn cors() -> String {
    format!(
        "## CORS

An origin may read answers from a browser when it is that of `PUBLIC_URL` or one of `ALLOWED_ORIGINS` ([CONFIG.md](CONFIG.md)); in development also
`localhost`, `127.0.0.1` and `[::1]` on any port. Scheme, host and port must be the same: no pattern, no subdomain, no trailing
dot, no other scheme. `null` and a repeated `Origin` are never allowed. Nobody is ever answered `*`.

| header | value | on |
|---|---|---|
| `access-control-allow-origin` | the request's `Origin` | answers to allowed origins |
| `access-control-allow-credentials` | `true` | the same |
| `access-control-expose-headers` | `{exposed}` | the same, but preflights |
| `access-control-allow-methods` | the resource's methods | preflights of allowed origins |
| `access-control-allow-headers` | `{allowed}` | the same |
| `access-control-max-age` | `{age}`: the most that Chromium takes; Firefox takes a day, Safari cuts it to 600 | the same |
| `vary` | `{options}` | answers to `OPTIONS` |
| `vary` | `{negotiated}` | negotiated answers, which all of JSON are, and failures: with another `Accept` they would be problem details or a 406 |
| `vary` | `{plain}` | the rest: 204, the API page and its files, `/openapi.json` |

Other origins get the answer without these headers, which browsers then keep from the page. That alone stops no writing, so that an unsafe
request from an origin that is not allowed is refused with 403 `origin_not_allowed`, unless it carries a bearer token or an API key, which no
browser adds by itself. `edge/src/middleware/origin_check.rs` says what counts where there is no `Origin`; `tests/tests/suite/csrf.rs` has the
table of attacks. The session cookie is `SameSite=Lax`: applications on another *site* than the API's need bearer tokens.
",
        exposed = cors::EXPOSED_HEADERS,
        allowed = cors::ALLOWED_HEADERS,
        age = cors::MAX_AGE,
        options = cors::VARY_OPTIONS,
        negotiated = cors::VARY_NEGOTIATED,
        plain = cors::VARY,
    )
}

fn caching() -> String {
    let mut text = "## Caching\n\n| `cache-control` | answers | why |\n|---|---|---|\n".to_owned();
    for (value, answers, why) in caching::TABLE {
        let _ = writeln!(text, "| `{value}` | {answers} | {why} |");
    }
    text.push_str(
        "
A guard says by its type that answers behind it are personal (`Guard::PERSONAL`), so that no handler can forget it. Shared caches may keep
only what is the same for everybody: the last three. A 304 has the `ETag`, `Vary` and `Cache-Control` of the 200 that it stands for
(RFC 9110, section 15.4.5).

Lists also depend on what the caller has seen (`ashlar-seen`, header or cookie). `Vary` does not name it, because no cache uses a list
without asking.
",
    );
    text
}

fn code(text: &str) -> String {
    format!("`{text}`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_a_table_has_as_many_cells_as_its_head() {
        let document = markdown();
        let mut cells = None;
        for line in document.lines() {
            let bars = line.matches('|').count();
            if line.starts_with('|') {
                assert_eq!(*cells.get_or_insert(bars), bars, "{line}");
            } else {
                cells = None;
            }
        }
        for header in TABLE {
            assert!(document.contains(&format!("\n| `{}` |", header.name)), "{}", header.name);
        }
    }
}
