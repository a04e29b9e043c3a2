//! The values that the made-up rows hold and that queries compare with: each fits the other, so that conditions take about
//! a fourth, a half or one of the rows.

use shared::query::{Field, Kind, Operator};

/// A text that four rows of a hundred thousand share, or a fourth of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Spread {
    /// Four values.
    Few,
    /// Nearly as many as rows.
    Many,
}

const FIRST_MOMENT: i64 = 1_700_000_000_000;

/// The SQL of a column's value in row `i`.
pub(super) fn of_column(column: &str, declared: &str, field: Option<&Field>, is_unique: bool) -> String {
    let number = "(i * 7919 % 100000)";
    if is_unique {
        // Neither in the order of insertion nor guessable from it.
        return match declared {
            "INTEGER" => "i".to_owned(),
            _ => "printf('%s%08x-%d', substr('abcd', i % 4 + 1, 1), i * 2654435761 % 4294967296, i)".to_owned(),
        };
    }
    if column.ends_with("_id") && declared == "TEXT" {
        return "'019376a1-9c3b-7aaa-8bbb-00000000000' || (i % 4)".to_owned();
    }
    match field.map(|field| (field.kind, spread(field))) {
        Some((Kind::Text, Spread::Many)) => {
            "printf('%s%08x', substr('abcd', i % 4 + 1, 1), i * 2654435761 % 4294967296)".to_owned()
        }
        Some((Kind::Choice(words), _)) => {
            let words: Vec<_> = words.iter().map(|word| format!("'{word}'")).collect();
            format!("json_extract(json_array({}), '$[' || (i % {}) || ']')", words.join(", "), words.len())
        }
        Some((Kind::Truth, _)) => "i % 2".to_owned(),
        Some((Kind::Json, _)) => "'[]'".to_owned(),
        _ if column.ends_with("_at") || column == "at" => {
            format!("{FIRST_MOMENT} + {number} * 1000")
        }
        _ if declared == "INTEGER" => number.to_owned(),
        _ => "'w' || (i / 4 % 4)".to_owned(),
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
        (_, Kind::Text) if field.name.ends_with("_id") => several(
            "019376a1-9c3b-7aaa-8bbb-000000000001",
            "019376a1-9c3b-7aaa-8bbb-000000000002",
        ),
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
