//! Types that take no placeholder at once, or none at all.

use std::cell::Cell;
use std::num::NonZeroU8;

use serde::Deserializer;
use shared::error::DetailCode;

use super::*;

/// A type that only takes what a function likes, and otherwise says so.
macro_rules! picky {
    ($name:ident, $rule:expr) => {
        #[derive(Debug)]
        struct $name;

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                let rule: fn(&str) -> bool = $rule;
                let refused = || validation::refusal(DetailCode::Invalid, "Must be another.");
                rule(&text).then_some(Self).ok_or_else(refused)
            }
        }
    };
}

picky!(Id, |text| text.len() == 36);
picky!(Time, |text| text.ends_with('Z'));
picky!(Stubborn, |text| text == "sesame");

#[derive(Debug, Deserialize, Validate)]
#[expect(dead_code, reason = "only what is wrong with it matters")]
struct Event {
    id: Id,
    at: Time,
    count: NonZeroU8,
    #[validate(length(min = 2))]
    name: String,
}

#[test]
fn what_is_made_up_suits_ids_times_and_counts() {
    assert_found::<Event>(
        r#"{"id":"x","at":3,"count":0,"name":""}"#,
        &[("at", "type"), ("count", "invalid"), ("id", "invalid"), ("name", "length")],
    );
    assert_found::<Event>(
        r#"{"name":""}"#,
        &[("at", "required"), ("count", "required"), ("id", "required"), ("name", "length")],
    );
    let violation = only::<Event>(&json(r#"{"id":"x","at":"Z","count":1,"name":"ab"}"#));
    assert_eq!(violation.message, "Must be another.");
}

#[derive(Debug, Deserialize, Validate)]
struct Outer {
    #[expect(dead_code, reason = "only what is wrong with it matters")]
    inner: Event,
    #[serde(default)]
    #[validate(length(max = 1))]
    list: Vec<i64>,
}

#[test]
fn what_is_made_up_for_an_object_is_not_told_of() {
    assert_found::<Outer>(r#"{"inner":5,"list":[1,2]}"#, &[("inner", "type"), ("list", "length")]);
    assert_found::<Outer>(r#"{"list":[1,2]}"#, &[("inner", "required"), ("list", "length")]);
}

#[derive(Debug, Deserialize, Validate)]
#[expect(dead_code, reason = "only what is wrong with it matters")]
struct Locked {
    word: Stubborn,
    count: i64,
    other: Stubborn,
    #[serde(default)]
    list: Vec<i64>,
}

#[test]
fn a_type_that_takes_no_placeholder_hides_no_other_type_error() {
    assert_found::<Locked>(
        r#"{"word":"x","count":"1","other":"y","list":["a",1,"b"],"extra":1}"#,
        &[
            ("count", "type"),
            ("extra", "unknown"),
            ("list[0]", "type"),
            ("list[2]", "type"),
            ("other", "invalid"),
            ("word", "invalid"),
        ],
    );
    assert_found::<Locked>(r#"{"word":"x","count":1,"other":"sesame"}"#, &[("word", "invalid")]);
}

#[derive(Debug, Deserialize, Validate)]
struct Nested {
    #[expect(dead_code, reason = "only what is wrong with it matters")]
    list: Vec<Locked>,
    #[validate(length(min = 1))]
    name: String,
}

#[test]
fn a_rule_is_told_of_although_a_type_elsewhere_takes_no_placeholder() {
    assert_found::<Nested>(
        r#"{"list":[{"word":"sesame","count":1,"other":"sesame"},{"word":"x","count":true,"other":"sesame"}],"name":""}"#,
        &[("list[1].count", "type"), ("list[1].word", "invalid"), ("name", "length")],
    );
}

#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[expect(dead_code, reason = "only what is wrong with it matters")]
enum Tagged {
    Email { to: String },
    Call { number: i64 },
}

#[derive(Debug, Deserialize, Validate)]
struct Contact {
    #[expect(dead_code, reason = "only what is wrong with it matters")]
    via: Option<Tagged>,
    #[validate(length(min = 1))]
    name: String,
}

#[test]
fn what_serde_buffers_is_refused_as_a_whole() {
    assert_found::<Contact>(
        r#"{"via":{"kind":"call","number":"x"},"name":""}"#,
        &[("name", "length"), ("via", "type")],
    );
    assert_found::<Contact>(
        r#"{"via":{"kind":"fax"},"name":""}"#,
        &[("name", "length"), ("via.kind", "choice")],
    );
    assert_found::<Contact>(
        r#"{"via":{"kind":"email"},"name":""}"#,
        &[("name", "length"), ("via.to", "required")],
    );
    assert_found::<Contact>(r#"{"via":{"kind":"call","number":1},"name":"a"}"#, &[]);
}

#[derive(Debug, Deserialize, Serialize, Validate)]
#[validate(schema(function = "ordered"))]
struct Span {
    from: i64,
    to: i64,
}

fn ordered(span: &Span) -> Result<(), validator::ValidationError> {
    if span.from <= span.to { Ok(()) } else { Err(validator::ValidationError::new("range")) }
}

#[test]
fn a_rule_on_the_whole_says_nothing_about_placeholders() {
    assert_found::<Span>(r#"{"from":2,"to":1}"#, &[("body", "range")]);
    assert_found::<Span>(r#"{"from":2,"to":"1"}"#, &[("to", "type")]);
    assert_found::<Span>(r#"{"from":2,"to":1,"by":1}"#, &[("body", "range"), ("by", "unknown")]);
}

#[test]
fn a_list_is_counted_whatever_is_wrong_with_its_items() {
    let text = r#"{"name":"a","address":{"street":"s","zip":"1234"},"items":[1,2,3,4,5]}"#;
    assert_found::<Order>(
        text,
        &[
            ("items", "length"),
            ("items[0]", "type"),
            ("items[1]", "type"),
            ("items[2]", "type"),
            ("items[3]", "type"),
            ("items[4]", "type"),
        ],
    );
}

thread_local! {
    static VISITS: Cell<usize> = const { Cell::new(0) };
}

/// A value that counts how often it is read.
#[derive(Debug)]
struct Counted;

impl<'de> Deserialize<'de> for Counted {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        VISITS.set(VISITS.get() + 1);
        i64::deserialize(deserializer).map(|_| Self)
    }
}

#[derive(Debug, Deserialize, Validate)]
#[expect(dead_code, reason = "only what is wrong with it matters")]
struct Costly {
    counted: Vec<Counted>,
    locks: [Option<Stubborn>; 10],
    a: Stubborn,
    b: Stubborn,
    c: Stubborn,
    d: Stubborn,
    e: Stubborn,
    f: Stubborn,
}

#[test]
fn what_a_large_body_with_many_mistakes_costs_is_bounded() {
    const COUNT: usize = 10_000;
    let counted = vec!["1"; COUNT - 1].join(",");
    let text = format!(
        r#"{{"counted":[{counted},"x"],"locks":["l",null,"l"],"a":"x","b":"x","c":"x","d":"x","e":"x","f":"x"}}"#
    );
    let found = found::<Costly>(&json(&text));
    // One walk for right input, twenty more to find out what is wrong.
    let walks = VISITS.get() / COUNT;
    assert!((15..=21).contains(&walks), "{walks} walks");
    for expected in
        [("counted[9999]", "type"), ("locks", "length"), ("locks[0]", "invalid"), ("a", "invalid")]
    {
        assert!(found.contains(&(expected.0.to_owned(), expected.1)), "{found:?}");
    }
    let right = r#"{"counted":[1,2,3],"locks":[null,null,null,null,null,null,null,null,null,"sesame"],
        "a":"sesame","b":"sesame","c":"sesame","d":"sesame","e":"sesame","f":"sesame"}"#;
    VISITS.set(0);
    read::<Costly>(&json(right)).unwrap();
    assert_eq!(VISITS.get(), 3, "right input is walked once");
}
