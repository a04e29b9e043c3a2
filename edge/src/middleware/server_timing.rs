//! Tells what a read cost (W3C Server Timing): milliseconds in the database, in the cache and in all, statements and rows.
//!
//! Only reads tell it, and in production only if the setting `SERVER_TIMING` says so: what a login or a reset waits for is
//! nobody's business.

use std::fmt::Write as _;
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use shared::cost::Cost;

/// The header.
pub const HEADER: &str = "server-timing";

/// Adds the header to the answer of a read.
pub fn add(method: &Method, cost: &Cost, total: Duration, headers: &mut HeaderMap) {
    if !matches!(*method, Method::GET | Method::HEAD) {
        return;
    }
    if let Ok(value) = HeaderValue::from_str(&value(cost, total)) {
        headers.insert(HeaderName::from_static(HEADER), value);
    }
}

fn value(cost: &Cost, total: Duration) -> String {
    let (database, cache) = (cost.database(), cost.cache());
    // What was asked at once counts twice.
    let app = total.saturating_sub(database + cache);
    let mut text = format!(
        "db;dur={}, cache;dur={}, app;dur={}, total;dur={}, queries;desc=\"{}\", trips;desc=\"{}\"",
        database.as_millis(),
        cache.as_millis(),
        app.as_millis(),
        total.as_millis(),
        cost.statements(),
        cost.round_trips(),
    );
    if let Some(rows) = cost.rows_read() {
        let _ = write!(text, ", rows;desc=\"{rows}\"");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_reads_tell_what_they_cost() {
        let told = |method: Method| {
            let mut headers = HeaderMap::new();
            add(&method, &Cost::default(), Duration::from_millis(7), &mut headers);
            headers.get(HEADER).map(|value| value.to_str().unwrap().to_owned())
        };
        let nothing = "db;dur=0, cache;dur=0, app;dur=7, total;dur=7, queries;desc=\"0\", trips;desc=\"0\"";
        assert_eq!(told(Method::GET).as_deref(), Some(nothing));
        assert_eq!(told(Method::HEAD).as_deref(), Some(nothing));
        assert_eq!(told(Method::POST), None);
    }
}
