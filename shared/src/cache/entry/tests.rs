use http::header;

use super::*;
use crate::cache::policies::{GET_PRODUCT, LIST_PRODUCTS};

const NOW: i64 = 1_769_860_800_000;
const DIGEST: [u8; 32] = [7; 32];

fn entry(content: Option<Content>) -> Entry {
    let loaded = Loaded { generation: 12, content };
    Entry::new(loaded, Timestamp::from_millis(NOW), Timestamp::from_millis(NOW + 8))
}

fn list(body: &str) -> Entry {
    entry(Some(Content::of_body(body.to_owned()).with(header::LINK, "<?page=2>; rel=\"next\"")))
}

#[test]
fn an_entry_is_read_as_it_was_kept() {
    for members in ["", r#""data":[{"name":"Größe ✓"}],"meta":{}"#] {
        let bytes = list(members).encode(&DIGEST).unwrap();
        assert_eq!(Entry::decode(&bytes, &DIGEST), Some(list(members)));
        assert_eq!(Entry::decode(&bytes, &[8; 32]), None, "of another key");
    }
    let bare = entry(Some(Content { body: Bytes::new(), headers: Vec::new() }));
    assert_eq!(Entry::decode(&bare.encode(&DIGEST).unwrap(), &DIGEST), Some(bare));
}

#[test]
fn bytes_that_are_not_the_whole_of_an_entry_are_none() {
    let whole = list(r#""data":[],"meta":{}"#).encode(&DIGEST).unwrap();
    for end in 0..whole.len() {
        assert_eq!(Entry::decode(&whole[..end], &DIGEST), None, "{end} bytes");
        assert_eq!(Entry::decode(&whole[end + 1..], &DIGEST), None, "without {} bytes", end + 1);
        let mut altered = whole.clone();
        altered[end] ^= 1;
        assert_eq!(Entry::decode(&altered, &DIGEST), None, "byte {end} is another");
    }
    assert_eq!(Entry::decode(&[&whole[..], b"}"].concat(), &DIGEST), None);
}

#[test]
fn the_store_is_not_told_what_is_not_there() {
    assert_eq!(entry(None).encode(&DIGEST), None);
}

#[test]
fn an_entry_is_usable_for_as_long_as_its_policy_says_from_when_it_was_read() {
    let usable = |entry: &Entry, policy| {
        [-1, 0, 1_999, 2_000, 4_999, 5_000, 9_999, 10_000]
            .map(|age| u8::from(entry.is_usable(policy, Timestamp::from_millis(NOW + age))))
    };
    assert_eq!(usable(&list(""), &LIST_PRODUCTS), [0, 1, 1, 1, 1, 1, 1, 0]);
    assert_eq!(usable(&list(""), &GET_PRODUCT), [0, 1, 1, 1, 1, 0, 0, 0]);
    assert_eq!(usable(&entry(None), &GET_PRODUCT), [0, 1, 1, 0, 0, 0, 0, 0]);
    assert_eq!(usable(&entry(None), &LIST_PRODUCTS), [0; 8]);
}
