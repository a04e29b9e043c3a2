//! Content negotiation by the `Accept` header (RFC 9110, section 12.5.1).

use http::{HeaderMap, HeaderValue, header};

/// What an answer says in `Vary` when another `Accept` header would have led to another one.
pub const VARY: HeaderValue = HeaderValue::from_static("accept");

/// The quality that a request gives a media type: that of the most specific range which covers it, from 0 (refused)
/// to 1000. Without an `Accept` header, or with one that cannot be read, everything is welcome.
pub fn quality(headers: &HeaderMap, media_type: &str) -> u16 {
    let mut best: Option<(u8, u16)> = None;
    let mut stated = false;
    for value in headers.get_all(header::ACCEPT) {
        for range in value.to_str().unwrap_or_default().split(',') {
            let Some((name, quality)) = parse(range) else { continue };
            stated = true;
            let Some(specificity) = covers(name, media_type) else { continue };
            if best.is_none_or(|(known, _)| specificity > known) {
                best = Some((specificity, quality));
            }
        }
    }
    match best {
        Some((_, quality)) => quality,
        None if stated => 0,
        None => 1000,
    }
}

/// Whether problem details are what the client wants most: named as such, and plain JSON not before it.
pub fn prefers_problem(headers: &HeaderMap) -> bool {
    let position = |wanted: &str| {
        let ranges = headers
            .get_all(header::ACCEPT)
            .iter()
            .flat_map(|value| value.to_str().unwrap_or_default().split(','));
        ranges.filter_map(parse).position(|(name, quality)| quality > 0 && name.eq_ignore_ascii_case(wanted))
    };
    let (problem, json) = ("application/problem+json", "application/json");
    let Some(first) = position(problem) else { return false };
    let (problem, json_quality) = (quality(headers, problem), quality(headers, json));
    problem > json_quality || (problem == json_quality && position(json).is_none_or(|json| first < json))
}

/// A range's name and quality; `None` for what is no media range.
fn parse(range: &str) -> Option<(&str, u16)> {
    let mut parts = range.split(';').map(str::trim);
    let name = parts.next().filter(|name| name.contains('/'))?;
    let quality =
        parts.filter_map(|part| part.split_once('=')).find(|(name, _)| name.trim().eq_ignore_ascii_case("q"));
    Some((name, quality.map_or(1000, |(_, value)| thousandths(value.trim()))))
}

/// `0.5` as 500; what is no quality counts as 1, because a client that sends it wants something.
fn thousandths(text: &str) -> u16 {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let plain = fraction.len() <= 3 && fraction.bytes().all(|byte| byte.is_ascii_digit());
    match whole {
        "0" if plain => format!("{fraction:0<3}").parse().unwrap_or(1000),
        _ => 1000,
    }
}

/// How specifically a range covers a media type: 2 by name, 1 by its main type, 0 by `*/*`.
fn covers(range: &str, media_type: &str) -> Option<u8> {
    if range.eq_ignore_ascii_case(media_type) {
        return Some(2);
    }
    let (main, sub) = range.split_once('/')?;
    let same_main = media_type.split_once('/').is_some_and(|(name, _)| main.eq_ignore_ascii_case(name));
    match (main, sub) {
        ("*", "*") => Some(0),
        (_, "*") if same_main => Some(1),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[&str]) -> HeaderMap {
        lines.iter().map(|line| (header::ACCEPT, line.parse().unwrap())).collect()
    }

    #[test]
    fn the_most_specific_range_decides() {
        let cases: [(&[&str], u16); 14] = [
            (&[], 1000),
            (&["*/*"], 1000),
            (&["application/json"], 1000),
            (&["Application/JSON; charset=utf-8"], 1000),
            (&["application/*;q=0.5"], 500),
            (&["text/html, */*;q=0.01"], 10),
            (&["application/json;q=0, */*"], 0),
            (&["text/html"], 0),
            (&["text/html", "application/json;q=0.25"], 250),
            (&["text/html, application/problem+json"], 0),
            (&["*/*;q=0"], 0),
            (&["application/json;q=much"], 1000),
            (&[""], 1000),
            (&["nonsense"], 1000),
        ];
        for (lines, expected) in cases {
            assert_eq!(quality(&headers(lines), "application/json"), expected, "{lines:?}");
        }
    }

    #[test]
    fn problem_details_are_for_those_who_ask() {
        for yes in [
            "application/problem+json",
            "Application/Problem+JSON;q=1, application/json",
            "application/json;q=0.5, application/problem+json",
            "text/html, application/problem+json, */*;q=0.1",
        ] {
            assert!(prefers_problem(&headers(&[yes])), "{yes}");
        }
        for no in [
            "",
            "*/*",
            "application/*",
            "application/json, application/problem+json",
            "application/problem+json;q=0",
            "application/problem+json;q=0.5, application/json",
        ] {
            assert!(!prefers_problem(&headers(&[no])), "{no}");
        }
    }
}
