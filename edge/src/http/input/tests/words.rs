use super::*;

#[derive(Debug, PartialEq, Deserialize, Validate)]
struct Filter {
    #[validate(range(min = 1, max = 100))]
    limit: Option<u32>,
    #[serde(default)]
    tag: Vec<String>,
    #[serde(default)]
    number: Vec<i64>,
    #[serde(default)]
    deep: bool,
    status: Option<Status>,
    ratio: Option<f64>,
    #[validate(length(min = 1))]
    name: String,
    #[serde(default)]
    note: Field<String>,
}

fn words(pairs: &[(&str, &str)]) -> Node {
    Node::from_pairs(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
}

#[test]
fn words_are_read_as_what_the_type_asks_for() {
    let node = words(&[
        ("limit", "10"),
        ("tag", "b"),
        ("name", "true"),
        ("tag", "a"),
        ("number", "-7"),
        ("deep", "true"),
        ("status", "paid"),
        ("ratio", "-1.5e2"),
        ("note", ""),
    ]);
    let expected = Filter {
        limit: Some(10),
        tag: vec!["b".to_owned(), "a".to_owned()],
        number: vec![-7],
        deep: true,
        status: Some(Status::Paid),
        ratio: Some(-150.0),
        name: "true".to_owned(),
        note: Field::Value(String::new()),
    };
    assert_eq!(read::<Filter>(&node).unwrap(), expected);
}

#[test]
fn every_mistake_in_words_is_named() {
    let node = words(&[
        ("limit", "101"),
        ("number", "1"),
        ("number", "x"),
        ("deep", "yes"),
        ("status", "lost"),
        ("status", "paid"),
        ("ratio", "inf"),
        ("colour", "red"),
    ]);
    let expected = [
        ("colour", "unknown"),
        ("deep", "type"),
        ("limit", "range"),
        ("name", "required"),
        ("number[1]", "type"),
        ("ratio", "type"),
        ("status", "duplicate"),
    ];
    assert_eq!(found::<Filter>(&node), expected.map(|(field, code)| (field.to_owned(), code)));
    let unknown = read::<Filter>(&words(&[("name", "a"), ("x", "1")])).unwrap_err().remove(0);
    assert_eq!(
        unknown.message,
        "Is no parameter. Allowed are limit, tag, number, deep, status, ratio, name, note."
    );
}

#[test]
fn numbers_in_words_have_one_form() {
    for bad in ["", " 1", "1 ", "+1", "0x1", "1.0", "1e2", "--1", "-", "\u{661}", "99999999999999999999999"] {
        assert_eq!(
            found::<Filter>(&words(&[("name", "a"), ("number", bad)])),
            [("number[0]".to_owned(), "type")],
            "{bad:?}"
        );
    }
    for bad in ["", "inf", "NaN", "infinity", ".5", "1,5", "1e999", "+1"] {
        assert_eq!(
            found::<Filter>(&words(&[("name", "a"), ("ratio", bad)])),
            [("ratio".to_owned(), "type")],
            "{bad:?}"
        );
    }
}
