use super::*;
use crate::http::failure::{Code, Failure};

fn refused(body: &[u8]) -> Failure {
    Node::from_json(body).unwrap_err()
}

#[test]
fn what_is_no_json_is_refused_with_its_place() {
    let cases: [(&[u8], &str); 18] = [
        (b"", "The body is empty."),
        (b" ", "The body is not JSON: line 1, column 1."),
        (b"{", "The body is not JSON: line 1, column 1."),
        (b"{\n\"a\":}", "The body is not JSON: line 2, column 5."),
        (b"{} {}", "The body is not JSON: line 1, column 4."),
        (b"{}\0", "The body is not JSON: line 1, column 3."),
        (b"{'a':1}", "The body is not JSON: line 1, column 2."),
        (b"[1,]", "The body is not JSON: line 1, column 4."),
        (b"{\"a\":1,}", "The body is not JSON: line 1, column 8."),
        (b"01", "The body is not JSON: line 1, column 2."),
        (b"+1", "The body is not JSON: line 1, column 1."),
        (b"NaN", "The body is not JSON: line 1, column 1."),
        (b"\"a\nb\"", "The body is not JSON: line 2, column 0."),
        (b"\"\\ud800\"", "The body is not JSON: line 1, column 8."),
        (b"\"\\udc00\"", "The body is not JSON: line 1, column 7."),
        (b"\"\\ud800\\u0041\"", "The body is not JSON: line 1, column 13."),
        (b"\"\xff\"", "The body is not UTF-8."),
        (b"\xef\xbb\xbf{}", "The body begins with a byte order mark, which JSON does not have."),
    ];
    for (body, message) in cases {
        let failure = refused(body);
        assert_eq!((failure.code, failure.message.as_str()), (Code::MalformedJson, message), "{body:?}");
    }
}

#[test]
fn what_is_too_large_for_a_number_is_refused_as_such() {
    for body in ["1e999", "-1e999", "[1,1e400]", &"9".repeat(400)] {
        let failure = refused(body.as_bytes());
        assert_eq!(failure.code, Code::MalformedJson);
        assert!(
            failure.message.starts_with("The body has a number that is too large: line 1"),
            "{failure:?}"
        );
    }
    assert_eq!(json("1e-999"), Node::Float(0.0));
}

#[test]
fn numbers_are_kept_exactly() {
    assert_eq!(json("-9223372036854775808"), Node::Int(i64::MIN));
    assert_eq!(json("9223372036854775807"), Node::Int(i64::MAX));
    assert_eq!(json("9223372036854775808"), Node::Uint(1 << 63));
    assert_eq!(json("18446744073709551615"), Node::Uint(u64::MAX));
    assert!(matches!(json("18446744073709551616"), Node::Float(_)));
    assert!(matches!(json("1.0"), Node::Float(_)));
}

#[test]
fn nesting_has_a_limit() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(Node::from_json(nested(127).as_bytes()).is_ok());
    for depth in [128, 5000, 500_000] {
        let failure = refused(nested(depth).as_bytes());
        assert_eq!(failure.code, Code::MalformedJson);
        assert_eq!(failure.message, "The body is nested too deeply: line 1, column 128.");
    }
    // Whatever the type makes of it.
    assert_found::<Order>(&nested(127), &[("body", "type")]);
}

#[test]
fn the_number_of_values_has_a_limit() {
    let list = |count: usize| format!("[{}1]", "1,".repeat(count - 2));
    assert!(Node::from_json(list(100_000).as_bytes()).is_ok());
    let failure = refused(list(100_001).as_bytes());
    assert_eq!(
        (failure.code, failure.message.as_str()),
        (Code::BodyTooLarge, "The body has more than 100000 values.")
    );
}

#[test]
fn duplicate_members_are_kept() {
    let node = json(r#"{"a":1,"b":{"c":2,"c":3},"a":4}"#);
    let Node::Object(members) = node else { panic!("{node:?}") };
    assert_eq!(members.iter().map(|(name, _)| name.as_str()).collect::<String>(), "aba");
}
