use super::*;
use crate::config::SigningKey;

const NOW: i64 = 1_769_860_800_000;

fn keys(ids: &[u8]) -> KeySet {
    let key = |id: &u8| SigningKey { id: id.to_string(), bytes: vec![*id; 32] };
    KeySet::new(&ids.iter().map(key).collect::<Vec<_>>()).unwrap()
}

fn seen(generation: u64, millis: i64) -> Seen {
    Seen { resource: "products", generation, at: Timestamp::from_millis(millis) }
}

#[test]
fn a_token_is_read_as_it_was_made() {
    let keys = keys(&[1]);
    for (generation, millis) in [(0, 0), (12, NOW), (u64::MAX, i64::MAX)] {
        let seen = seen(generation, millis);
        let token = seen.to_token(&keys);
        assert_eq!(Seen::from_token("products", &keys, &token), seen, "{token}");
    }
    let token = seen(12, NOW).to_token(&keys);
    assert!(token.starts_with("products.12.1769860800000."), "{token}");
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
    assert!(token.bytes().all(plain), "{token} is no cookie value");
}

#[test]
fn a_token_outlives_the_key_that_made_it_while_the_key_verifies() {
    let token = seen(12, NOW).to_token(&keys(&[1]));
    assert_eq!(Seen::from_token("products", &keys(&[2, 1]), &token), seen(12, NOW));
    assert_eq!(Seen::from_token("products", &keys(&[2]), &token), Seen::nothing("products"));
}

#[test]
fn a_token_for_another_resource_is_nothing() {
    let keys = keys(&[1]);
    let token = seen(12, NOW).to_token(&keys);
    for other in ["users", "product", "productss", "products.12", ""] {
        assert_eq!(Seen::from_token(other, &keys, &token), Seen::nothing(other));
    }
}

#[test]
fn a_token_with_any_byte_altered_is_nothing() {
    let keys = keys(&[1]);
    let token = seen(12, NOW).to_token(&keys);
    for place in 0..token.len() {
        for byte in [b'0', b'1', b'9', b'A', b'.', b'=', b' ', 0] {
            let mut altered = token.clone().into_bytes();
            if std::mem::replace(&mut altered[place], byte) != byte {
                let altered = String::from_utf8(altered).unwrap();
                assert_eq!(Seen::from_token("products", &keys, &altered), Seen::nothing("products"));
            }
        }
    }
    for end in 0..token.len() {
        assert_eq!(Seen::from_token("products", &keys, &token[..end]), Seen::nothing("products"));
        assert_eq!(Seen::from_token("products", &keys, &token[end + 1..]), Seen::nothing("products"));
    }
}

#[test]
fn a_code_made_for_another_purpose_does_not_count() {
    let keys = keys(&[1]);
    let body = "products.12.1769860800000";
    let token = |purpose| format!("{body}.{}", URL_SAFE_NO_PAD.encode(keys.mac(purpose, body.as_bytes())));
    assert_eq!(Seen::from_token("products", &keys, &token(MAC_PURPOSE)), seen(12, NOW));
    assert_eq!(Seen::from_token("products", &keys, &token("cursor")), Seen::nothing("products"));
}

#[test]
fn what_is_signed_but_malformed_is_nothing() {
    let keys = keys(&[1]);
    let signed =
        |body: &str| format!("{body}.{}", URL_SAFE_NO_PAD.encode(keys.mac(MAC_PURPOSE, body.as_bytes())));
    for body in
        ["", "products", "products.1", "products.x.1", "products.-1.1", "products.1.x", "products.1.1.1"]
    {
        assert_eq!(Seen::from_token("products", &keys, &signed(body)), Seen::nothing("products"), "{body}");
    }
}

#[test]
fn of_two_things_seen_each_part_that_is_later_counts() {
    let expected = seen(7, 2000);
    for (a, b) in [(seen(7, 2000), seen(6, 1000)), (seen(7, 1000), seen(6, 2000)), (expected, expected)] {
        assert_eq!((a.or_later(b), b.or_later(a)), (expected, expected));
    }
    assert_eq!(expected.or_later(Seen::nothing("products")), expected);
}
