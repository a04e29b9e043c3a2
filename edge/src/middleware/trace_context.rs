//! The trace that a request belongs to: the header `traceparent` of W3C Trace Context, level 1
//! (<https://www.w3.org/TR/trace-context-1/>).
//!
//! A request without a valid one belongs to no trace; nothing is refused for it.

use http::HeaderMap;
use shared::ports::Entropy;

use crate::http::request::header;

/// The header's name.
pub const HEADER: &str = "traceparent";

/// The length of a header of version 00, and the least length of those of later versions.
const LENGTH: usize = 55;

/// Where in a trace a request stands, as lower-case hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceContext {
    /// The trace: 32 digits.
    pub trace_id: String,
    /// The caller's span: 16 digits.
    pub parent_id: String,
}

/// The context that the headers give; `None` when there is none or when it is not valid.
pub fn trace_context(headers: &HeaderMap) -> Option<TraceContext> {
    parse(header(headers, HEADER)?)
}

/// A new span: 16 digits, not all zero. `None` when the runtime has no randomness.
pub fn new_span(entropy: &dyn Entropy) -> Option<String> {
    let mut bytes = [0; 8];
    entropy.fill(&mut bytes).ok()?;
    Some(format!("{:016x}", u64::from_be_bytes(bytes).max(1)))
}

/// Version, trace, parent and flags. A later version may be longer, but only after another dash; what follows there is
/// not ours to read. Version ff does not exist.
fn parse(text: &str) -> Option<TraceContext> {
    let (known, rest) = text.split_at_checked(LENGTH)?;
    let [version, trace_id, parent_id, flags] = *known.split('-').collect::<Vec<_>>() else { return None };
    let sizes = [(version, 2), (trace_id, 32), (parent_id, 16), (flags, 2)];
    let hexadecimal = sizes.iter().all(|(field, digits)| {
        field.len() == *digits && field.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    });
    let ends_well = rest.is_empty() || (version != "00" && rest.starts_with('-'));
    let is_zero = |id: &str| id.bytes().all(|byte| byte == b'0');
    let valid = hexadecimal && version != "ff" && ends_well && !is_zero(trace_id) && !is_zero(parent_id);
    valid.then(|| TraceContext { trace_id: trace_id.to_owned(), parent_id: parent_id.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
    const PARENT: &str = "00f067aa0ba902b7";

    #[test]
    fn a_valid_header_names_trace_and_parent() {
        let expected = TraceContext { trace_id: TRACE.to_owned(), parent_id: PARENT.to_owned() };
        let valid = [
            format!("00-{TRACE}-{PARENT}-01"),
            format!("00-{TRACE}-{PARENT}-00"),
            format!("00-{TRACE}-{PARENT}-ff"),
            // Versions that are not known yet are read as far as this one goes.
            format!("01-{TRACE}-{PARENT}-01"),
            format!("cc-{TRACE}-{PARENT}-01-what-the-future-brings"),
            format!("cc-{TRACE}-{PARENT}-01-"),
        ];
        for text in valid {
            assert_eq!(parse(&text), Some(expected.clone()), "{text}");
        }
    }

    #[test]
    fn everything_else_is_no_context() {
        let zero_trace = "0".repeat(32);
        let invalid = [
            String::new(),
            format!("00-{TRACE}-{PARENT}"),
            format!("00-{TRACE}-{PARENT}-0"),
            format!("00-{TRACE}-{PARENT}-0x"),
            format!("00-{TRACE}-{PARENT}-01-"),
            format!("00-{TRACE}-{PARENT}-01-more"),
            format!("01-{TRACE}-{PARENT}-01more"),
            format!("01-{TRACE}-{PARENT}-01.more"),
            format!("ff-{TRACE}-{PARENT}-01"),
            format!("0-{TRACE}-{PARENT}-001"),
            format!("0g-{TRACE}-{PARENT}-01"),
            format!("00-{}-{PARENT}-01", TRACE.to_uppercase()),
            format!("00-{TRACE}-{}-01", PARENT.to_uppercase()),
            format!("00-{zero_trace}-{PARENT}-01"),
            format!("00-{TRACE}-0000000000000000-01"),
            format!("00-{PARENT}-{TRACE}-01"),
            format!("00_{TRACE}_{PARENT}_01"),
            format!(" 00-{TRACE}-{PARENT}-01"),
            format!("00-{}é-{PARENT}-01", &TRACE[2..]),
        ];
        for text in invalid {
            assert_eq!(parse(&text), None, "{text}");
        }
    }

    #[test]
    fn two_headers_are_no_context() {
        let mut headers = HeaderMap::new();
        for _ in 0..2 {
            let value = format!("00-{TRACE}-{PARENT}-01");
            headers.append(HEADER, value.parse().unwrap());
            assert_eq!(trace_context(&headers).is_some(), headers.len() == 1);
        }
    }
}
