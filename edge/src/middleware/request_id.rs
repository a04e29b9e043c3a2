//! The request id: on every response and in every log line.

use http::HeaderMap;
use shared::ids;
use shared::ports::Ports;

use crate::http::request::header;
use crate::middleware::trace_context::trace_context;

/// The header's name, in both directions.
pub const HEADER: &str = "x-request-id";

/// The client's id when it is a sane one (8 to 64 of `A-Z a-z 0-9 - _ .`), else the id of the trace that the request
/// belongs to, else a new one.
pub fn request_id(headers: &HeaderMap, ports: &Ports) -> String {
    let sane = |text: &&str| {
        (8..=64).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    header(headers, HEADER)
        .filter(sane)
        .map(str::to_owned)
        .or_else(|| trace_context(headers).map(|context| context.trace_id))
        .or_else(|| ids::new_uuid(&*ports.clock, &*ports.entropy).ok())
        .unwrap_or_else(|| "00000000-0000-7000-8000-000000000000".to_owned())
}
