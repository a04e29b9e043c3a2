use std::collections::BTreeMap;

use super::*;

#[derive(Debug, Deserialize, Validate)]
struct One<T> {
    #[expect(dead_code, reason = "only what is wrong with it matters")]
    value: T,
}

#[derive(Debug, Deserialize, Validate)]
struct Numbered {
    number: i64,
}

/// What is wrong with one value of a type.
#[track_caller]
fn wrong<T: DeserializeOwned>(value: &str) -> (String, &'static str, String) {
    let violation = only::<One<T>>(&json(&format!("{{\"value\":{value}}}")));
    (violation.field, violation.code.as_str(), violation.message)
}

#[track_caller]
fn assert_wrong<T: DeserializeOwned>(value: &str, code: &'static str, message: &str) {
    assert_eq!(wrong::<T>(value), ("value".to_owned(), code, message.to_owned()), "{value}");
}

#[track_caller]
fn assert_fine<T: DeserializeOwned>(value: &str) {
    assert_eq!(found::<One<T>>(&json(&format!("{{\"value\":{value}}}"))), [], "{value}");
}

#[test]
fn what_is_right_is_read() {
    let order: Order = read(&json(GOOD)).unwrap();
    assert_eq!((order.name.as_str(), order.status, order.rank), ("Zoë", Status::Paid, Some(3)));
    assert_eq!((order.email.as_deref(), order.note), (Some("z@b.example"), Field::Absent));
    assert_eq!((order.address.street.as_str(), order.address.zip.as_str()), ("Road 1", "1234"));
    let [first, second] = order.items.as_slice() else { panic!("{:?}", order.items) };
    assert_eq!((first.sku.as_str(), first.price, first.tags.len(), first.gift), ("a", 1, 0, false));
    assert_eq!(
        (second.sku.as_str(), second.price, second.tags.join("+"), second.gift),
        ("b", 2, "x+y".into(), true)
    );
}

#[test]
fn a_whole_number_is_one_however_it_is_written() {
    for (text, number) in
        [("1.0", 1), ("1e3", 1000), ("-2.50e1", -25), ("-0.0", 0), ("1125899906842623.0", (1 << 50) - 1)]
    {
        let read: Numbered = read(&json(&format!("{{\"number\":{text}}}"))).unwrap();
        assert_eq!(read.number, number, "{text}");
    }
    assert_wrong::<u8>("256.0", "type", "Must be a whole number from 0 to 255.");
    assert_wrong::<u8>("-1.0", "type", "Must be a whole number from 0 to 255.");
}

#[test]
fn types_are_named_in_plain_words() {
    for value in ["1", "true", "[]", "{}", "1.5"] {
        assert_wrong::<String>(value, "type", "Must be a text.");
    }
    for value in [
        "\"1\"",
        "true",
        "[]",
        "{}",
        "1.5",
        "1e-3",
        "1125899906842624.0",
        "1e300",
        "9223372036854775808",
        "-9223372036854775809",
    ] {
        assert_wrong::<i64>(value, "type", "Must be a whole number.");
    }
    for value in ["\"1\"", "true", "[]"] {
        assert_wrong::<f64>(value, "type", "Must be a number.");
    }
    for value in ["\"true\"", "1", "0", "[]"] {
        assert_wrong::<bool>(value, "type", "Must be true or false.");
    }
    for value in ["\"a\"", "1", "{}"] {
        assert_wrong::<Vec<i64>>(value, "type", "Must be a list.");
    }
    for value in ["\"a\"", "1", "[]"] {
        assert_wrong::<One<i64>>(value, "type", "Must be an object.");
        assert_wrong::<BTreeMap<String, i64>>(value, "type", "Must be an object.");
    }
    assert_wrong::<char>("\"ab\"", "type", "Must be a single character.");
    assert_wrong::<()>("1", "type", "Must be null.");
}

#[test]
fn whole_numbers_are_exact_and_within_their_type() {
    for value in ["-1", "256", "1.5", "18446744073709551615", "18446744073709551616"] {
        assert_wrong::<u8>(value, "type", "Must be a whole number from 0 to 255.");
    }
    assert_wrong::<i8>("128", "type", "Must be a whole number from -128 to 127.");
    assert_wrong::<u64>(
        "18446744073709551616",
        "type",
        "Must be a whole number from 0 to 18446744073709551615.",
    );
    assert_fine::<u8>("255");
    assert_fine::<i8>("-128");
    assert_fine::<f64>("18446744073709551616");
    assert_fine::<f64>("-3");
    assert_wrong::<f32>("1e300", "type", "Must be a number.");
    let exact = |value: &str| read::<Exact>(&json(&format!("{{\"value\":{value}}}"))).unwrap().value;
    for number in [i64::MIN, -1, 0, 1, (1 << 53) + 1, i64::MAX] {
        assert_eq!(exact(&number.to_string()), number);
    }
}

#[derive(Debug, Deserialize, Validate)]
struct Exact {
    value: i64,
}

#[test]
fn null_is_for_what_may_be_null() {
    assert_wrong::<String>("null", "null", "Must not be null.");
    assert_wrong::<i64>("null", "null", "Must not be null.");
    assert_wrong::<Status>("null", "null", "Must not be null.");
    assert_wrong::<Vec<i64>>("null", "null", "Must not be null.");
    assert_fine::<Option<String>>("null");
    assert_fine::<Field<String>>("null");
    assert_fine::<()>("null");
    let patch = GOOD.replace("\"rank\":3", "\"rank\":null,\"note\":null");
    assert_found::<Order>(&patch, &[("rank", "null")]);
}

#[test]
fn choices_list_what_is_allowed() {
    assert_wrong::<Status>("\"secret value\"", "choice", "Must be one of open, paid.");
    assert_wrong::<Status>("\"Open\"", "choice", "Must be one of open, paid.");
    assert_wrong::<Status>("1", "type", "Must be one of open, paid.");
    assert_wrong::<Status>("[]", "type", "Must be one of open, paid.");
    assert_wrong::<Status>("{\"open\":null}", "type", "Must be a text.");
    assert_wrong::<Option<Status>>("\"x\"", "choice", "Must be one of open, paid.");
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Shape {
    Empty,
    #[expect(dead_code, reason = "only what is wrong with it matters")]
    Circle(u8),
    #[expect(dead_code, reason = "only what is wrong with it matters")]
    Line(i8, i8),
    #[expect(dead_code, reason = "only what is wrong with it matters")]
    Box {
        width: u8,
        height: u8,
    },
}

#[test]
fn variants_with_content_are_read_and_their_errors_found() {
    for fine in [r#""empty""#, r#"{"circle":3}"#, r#"{"line":[1,2]}"#, r#"{"box":{"width":1,"height":2}}"#] {
        assert_fine::<Shape>(fine);
    }
    assert_wrong::<Shape>(r#"{"cube":1}"#, "choice", "Must be one of empty, circle, line, box.");
    assert_wrong::<Shape>(r#"{"circle":1,"box":1}"#, "type", "Must be one of empty, circle, line, box.");
    assert_wrong::<Shape>(r#""circle""#, "type", "Must be an object.");
    assert_found::<One<Shape>>(
        r#"{"value":{"box":{"width":"1","depth":3}}}"#,
        &[("value.box.depth", "unknown"), ("value.box.height", "required"), ("value.box.width", "type")],
    );
    assert_found::<One<Shape>>(
        r#"{"value":{"circle":"x"},"extra":1}"#,
        &[("extra", "unknown"), ("value.circle", "type")],
    );
    assert_found::<One<Shape>>(
        r#"{"value":{"line":["x",200]}}"#,
        &[("value.line[0]", "type"), ("value.line[1]", "type")],
    );
}

#[test]
fn tuples_have_their_length() {
    assert_fine::<(i64, String)>("[1,\"a\"]");
    assert_wrong::<(i64, String)>("[1]", "length", "Must have exactly 2 items.");
    assert_wrong::<(i64, String)>("[1,\"a\",2]", "length", "Must have exactly 2 items.");
    assert_found::<One<(i64, String)>>("{\"value\":[\"x\"]}", &[("value", "length"), ("value[0]", "type")]);
}

#[test]
fn maps_take_any_name_once() {
    assert_fine::<BTreeMap<String, i64>>(r#"{"a":1,"b":2}"#);
    assert_found::<One<BTreeMap<String, i64>>>(
        r#"{"value":{"a":1,"b":"x","a":2,"c":null}}"#,
        &[("value.a", "duplicate"), ("value.b", "type"), ("value.c", "null")],
    );
    assert_fine::<BTreeMap<u8, i64>>(r#"{"1":1,"255":2}"#);
    assert_found::<One<BTreeMap<u8, i64>>>(
        r#"{"value":{"256":1,"x":true}}"#,
        &[("value.256", "type"), ("value.x", "type"), ("value.x", "type")],
    );
}

#[test]
fn rules_come_together_with_everything_else() {
    let text = r#"{"name":"","email":"nobody","address":{"street":1,"zip":"123"},
        "items":[{"sku":"a","price":-1},{"price":"1","sku":"","extra":1},{"sku":"a","price":2,"tags":["a",1,null]}],
        "status":"lost","rank":10,"note":"too long","colour":"red"}"#;
    assert_found::<Order>(
        text,
        &[
            ("address.street", "type"),
            ("address.zip", "length"),
            ("colour", "unknown"),
            ("email", "email"),
            ("items[0].price", "range"),
            ("items[1].extra", "unknown"),
            ("items[1].price", "type"),
            ("items[1].sku", "length"),
            ("items[2].tags[1]", "type"),
            ("items[2].tags[2]", "null"),
            ("name", "length"),
            ("note", "length"),
            ("rank", "range"),
            ("status", "choice"),
        ],
    );
}

#[test]
fn everything_that_is_missing_is_named() {
    assert_found::<Order>("{}", &[("address", "required"), ("items", "required"), ("name", "required")]);
    assert_found::<Order>(
        r#"{"name":"a","address":{},"items":[{},{"sku":"a"},{"price":1}]}"#,
        &[
            ("address.street", "required"),
            ("address.zip", "required"),
            ("items[0].price", "required"),
            ("items[0].sku", "required"),
            ("items[1].price", "required"),
            ("items[2].sku", "required"),
        ],
    );
}

#[derive(Debug, Default, PartialEq, Deserialize, Validate)]
#[serde(default)]
struct Whole {
    a: i64,
    b: String,
}

#[test]
fn a_field_with_a_default_may_be_missing() {
    let order: Order =
        read(&json(r#"{"name":"a","address":{"street":"s","zip":"1234"},"items":[{"sku":"a","price":1}]}"#))
            .unwrap();
    assert_eq!(
        (order.status, order.rank, order.note, order.email),
        (Status::Open, None, Field::Absent, None)
    );
    assert_eq!(read::<Whole>(&json("{\"a\":2}")).unwrap(), Whole { a: 2, b: String::new() });
}

#[test]
fn duplicates_are_found_at_any_depth() {
    let text = r#"{"name":"a","name":"b","name":3,"address":{"street":"s","zip":"1234","zip":5},
        "items":[{"sku":"a","price":1,"sku":"b"}]}"#;
    assert_found::<Order>(
        text,
        &[("address.zip", "duplicate"), ("items[0].sku", "duplicate"), ("name", "duplicate")],
    );
}

#[test]
fn what_is_no_object_is_the_bodys_fault() {
    for (text, code, message) in [
        ("[]", "type", "Must be an object."),
        ("1", "type", "Must be an object."),
        ("\"{}\"", "type", "Must be an object."),
        ("null", "null", "Must not be null."),
    ] {
        let violation = only::<Order>(&json(text));
        assert_eq!(
            (violation.field.as_str(), violation.code.as_str(), violation.message.as_str()),
            ("body", code, message)
        );
    }
}

#[test]
fn names_that_are_not_known_are_cut() {
    let violation = only::<One<i64>>(&json(&format!("{{\"value\":1,\"{}\":1}}", "é".repeat(5000))));
    assert_eq!(violation.field, "é".repeat(100));
}

#[test]
fn at_most_twenty_are_told() {
    let unknown = |count: usize| {
        let members: Vec<_> = (0..count).map(|number| format!("\"x{number:03}\":1")).collect();
        json(&format!("{{\"value\":1,{}}}", members.join(",")))
    };
    assert_eq!(found::<One<i64>>(&unknown(19)).len(), 19);
    assert_eq!(found::<One<i64>>(&unknown(20)).len(), 20);
    assert_eq!(found::<One<i64>>(&unknown(21)).len(), 20);
    assert_eq!(found::<One<i64>>(&unknown(5000)).len(), 20);
    // Found in two ways: fifteen types and four items with two broken rules each.
    let tags = vec!["1"; 15].join(",");
    let item = r#"{"sku":"","price":-1}"#;
    let text = format!(
        r#"{{"name":"a","address":{{"street":"s","zip":"1234"}},"items":[{{"sku":"a","price":1,"tags":[{tags}]}},{item},{item},{item}]}}"#
    );
    let all = found::<Order>(&json(&text));
    assert_eq!(all.len(), 20);
    assert_eq!(all.iter().filter(|(_, code)| *code == "type").count(), 15);
    assert!(all.is_sorted(), "{all:?}");
}

#[test]
fn nothing_that_was_sent_is_repeated() {
    let text = r#"{"name":1,"email":"SECRET","address":"SECRET","items":[{"sku":"SECRET","price":"SECRET"},"SECRET"],
        "status":"SECRET","note":"SECRET","rank":"SECRET"}"#;
    let violations = read::<Order>(&json(text)).unwrap_err();
    assert_eq!(violations.len(), 9, "{violations:?}");
    for violation in violations {
        assert!(
            !violation.field.contains("SECRET") && !violation.message.contains("SECRET"),
            "{violation:?}"
        );
    }
}
