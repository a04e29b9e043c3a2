//! Numbers that are none, or that no price can be.

use super::{Case, Expected, Given, INVALID, MALFORMED_JSON, case};

/// Not a number by JSON's grammar.
const NO_NUMBERS: &[&str] = &[
    "NaN",
    "Infinity",
    "-Infinity",
    "+1",
    "--1",
    "-",
    ".5",
    "1.",
    "-.5",
    "1.e3",
    "1e",
    "1e+",
    "e1",
    "01",
    "-01",
    "00",
    "0x10",
    "0b1",
    "0o7",
    "1_000",
    "1,000",
    "1 000",
    "1n",
    "1f",
    "1;",
    "$1",
    "٣",
    "１",
    "½",
    "1٫5",
];

/// A number that the grammar knows and no `f64` can hold: refused while reading.
const OUT_OF_RANGE: Expected = MALFORMED_JSON;

const TOO_LARGE_TO_READ: &[&str] = &["1e309", "-1e309", "1e999", "1e99999999999999999999"];

const NO_PRICES: &[(&str, &str)] = &[
    ("one and a half", "1.5"),
    ("one and a half with an exponent", "15e-1"),
    ("2^50 with a fraction of zero", "1125899906842624.0"),
    ("minus one", "-1"),
    ("2^31", "2147483648"),
    ("-2^31", "-2147483648"),
    ("2^32", "4294967296"),
    ("2^32 + 1, which wraps to 1", "4294967297"),
    ("2^53", "9007199254740992"),
    ("2^53 + 1", "9007199254740993"),
    ("2^63 - 1", "9223372036854775807"),
    ("2^63", "9223372036854775808"),
    ("-2^63", "-9223372036854775808"),
    ("-2^63 - 1", "-9223372036854775809"),
    ("2^64 - 1", "18446744073709551615"),
    ("2^64", "18446744073709551616"),
    ("2^64 + 1, which wraps to 1", "18446744073709551617"),
    ("the largest f64", "1.7976931348623157e308"),
    ("the smallest f64", "5e-324"),
    ("300 digits", LONG),
];

const LONG: &str = concat!(
    "1111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111",
    "1111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111",
    "1111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111"
);

pub(super) fn cases(given: &Given) -> Vec<Case> {
    let price = |name: &str, value: &str, expected| {
        let body = format!(r#"{{"name":"N","category":"c","price":{value}}}"#);
        case(format!("number: {name}"), given.product(body), expected)
    };
    let mut cases: Vec<_> = NO_NUMBERS.iter().map(|text| price(text, text, MALFORMED_JSON)).collect();
    cases.extend(TOO_LARGE_TO_READ.iter().map(|text| price(text, text, OUT_OF_RANGE)));
    cases.push(price("400 digits", &"1".repeat(400), OUT_OF_RANGE));
    cases.extend(NO_PRICES.iter().map(|(name, text)| price(name, text, INVALID)));
    cases.push(price("400 digits of a fraction", &format!("0.{}", "1".repeat(400)), INVALID));
    cases.push(price("an exponent of 400 zeros", &format!("15e-{}1", "0".repeat(400)), INVALID));
    cases
}
