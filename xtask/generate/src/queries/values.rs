//! The values that the made-up rows hold and that queries compare with: each fits the other, so that conditions take about
//! a fourth, a half or one of the rows.

use shared::query::{Field, Kind, Operator};

/// How many values a text has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Spread {
    /// Four values.
    Few,
    /// Nearly as many as rows.
    Many,
}

const FIRST_MOMENT: i64 = 1_700_000_000_000;

/// What is known of a column when its values are made up.
#[derive(Debug, Clone, Copy)]
pub(super) struct About<'a> {
    pub(super) name: &'a str,
    pub(super) declared: &'a str,
    pub(super) is_unique: bool,
    pub(super) takes_null: bool,
    /// The field that lists show it as.
    pub(super) field: Option<&'a Field>,
    /// Whether an index has only the rows where it is NULL.
    pub(super) is_null_in_an_index: bool,
}

/// The SQL of a column's value in row `i`. Columns have little to do with each other.
pub(super) fn of_column(about: About<'_>) -> String {
    let value = value(about);
    match about.field {
        _ if about.is_null_in_an_index => format!("CASE i / 16 % 4 WHEN 0 THEN {value} END"),
        Some(field) if field.nullable && about.takes_null => {
            format!("CASE i / 16 % 8 WHEN 0 THEN NULL ELSE {value} END")
        }
        _ => value,
    }
}

fn value(about: About<'_>) -> String {
    let About { name, declared, is_unique, field, .. } = about;
    // Neither in the order of insertion nor in that of another column.
    let salt = name.bytes().fold(1, |salt: u32, byte| (salt * 31 + u32::from(byte)) % 9973) * 2 + 1;
    let number = format!("((i + {salt}) * 7919 * {salt} % 100003)");
    let letter = format!("substr('abcd', {number} % 4 + 1, 1)");
    if is_unique {
        return match declared {
            "INTEGER" => "i".to_owned(),
            _ => format!("printf('%s%05d-%d', {letter}, {number}, i)"),
        };
    }
    if name.ends_with("_id") && declared == "TEXT" {
        return format!("'019376a1-9c3b-7aaa-8bbb-00000000000' || ({number} % 4)");
    }
    match field.map(|field| (field.kind, spread(field))) {
        Some((Kind::Text, Spread::Many)) => format!("printf('%s%05d', {letter}, {number})"),
        Some((Kind::Choice(words), _)) => {
            // Few, so that each has more rows than a total counts.
            let words: Vec<_> = words.iter().take(3).map(|word| format!("'{word}'")).collect();
            format!(
                "json_extract(json_array({}), '$[' || ({number} % {}) || ']')",
                words.join(", "),
                words.len()
            )
        }
        Some((Kind::Truth, _)) => format!("{number} % 2"),
        Some((Kind::Json, _)) if declared == "TEXT" => "'[]'".to_owned(),
        _ if name.ends_with("_at") || name == "at" => format!("{FIRST_MOMENT} + {number} * 1000"),
        _ if declared == "INTEGER" => number,
        _ => format!("'w' || ({number} % 4)"),
    }
}

fn spread(field: &Field) -> Spread {
    if field.operators.contains(&Operator::Prefix) { Spread::Many } else { Spread::Few }
}

/// What a query compares the field with.
pub(super) fn of_query(field: &Field, operator: Operator) -> String {
    let several = |one: &str, other: &str| match operator {
        Operator::In => format!("{one},{other}"),
        _ => one.to_owned(),
    };
    match (operator, field.kind) {
        (Operator::Null, _) => "false".to_owned(),
        (Operator::Prefix, _) => "a".to_owned(),
        (Operator::Contains, _) => "w1".to_owned(),
        (_, Kind::Text) if field.name.ends_with("_id") => {
            several("019376a1-9c3b-7aaa-8bbb-000000000001", "019376a1-9c3b-7aaa-8bbb-000000000002")
        }
        (_, Kind::Text) if spread(field) == Spread::Many => several("a00000000", "b00000000"),
        (_, Kind::Text | Kind::Json) => several("w1", "w2"),
        (_, Kind::Integer) => several("50000", "50001"),
        // The middle of all.
        (_, Kind::Time) => several("2023-11-15T12:06:40Z", "2023-11-15T12:06:41Z"),
        (_, Kind::Truth) => several("true", "false"),
        (_, Kind::Choice(words)) => several(word(words, 0), word(words, 1)),
    }
}

fn word(words: &[&'static str], index: usize) -> &'static str {
    words.get(index % words.len().max(1)).copied().unwrap_or_default()
}
