//! What the rules on texts accept, as regular expressions of JSON Schema: in the part of the language that ECMA-262,
//! Rust and Python share.
//!
//! A schema describes a text as it is sent, the rules judge it once it is trimmed. So the longest length moves into
//! the expression, where white space around the text does not count. What normalisation form C changes in the length
//! cannot be said there.

use schemars::Schema;
use serde_json::Value;

/// A character that is neither white space nor a control character.
const VISIBLE: &str = r"[^\u0000-\u0020\u007f-\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]";
/// White space as [`str::trim`] knows it; `\s` is something else in each language.
const SPACE: &str = r"[\u0009-\u000d \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]";
/// No control character.
const IN_LINE: &str = r"[^\u0000-\u001f\u007f-\u009f]";
/// No control character but tab, line feed and carriage return.
const IN_LINES: &str = r"[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]";

/// The regular expression of the HTML standard for e-mail addresses (section 4.10.5.1.5).
const ADDRESS: &str = "^[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?\
     (\\.[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$";

/// For the schema of texts that obey [`one_line`](super::one_line).
pub fn one_line(schema: &mut Schema) {
    trimmed(schema, IN_LINE);
}

/// For the schema of texts that obey [`many_lines`](super::many_lines).
pub fn many_lines(schema: &mut Schema) {
    trimmed(schema, IN_LINES);
}

/// For the schema of texts that obey [`many_lines`](super::many_lines) and are longer than regular expressions count.
/// White space around the text counts towards its length here.
pub fn long_text(schema: &mut Schema) {
    schema.insert("pattern".to_owned(), format!("^{SPACE}*{IN_LINES}*{SPACE}*$").into());
}

/// For the schema of texts that obey [`email`](super::email). White space around the address is trimmed, too, but there
/// is no reason to invite it.
pub fn email(schema: &mut Schema) {
    schema.insert("pattern".to_owned(), ADDRESS.into());
    schema.insert("maxLength".to_owned(), super::email::MAX_LENGTH.into());
}

/// Replaces the longest length, which the rule `length` has put there.
fn trimmed(schema: &mut Schema, inside: &str) {
    let longest = schema.remove("maxLength").as_ref().and_then(Value::as_u64);
    let rest = match longest {
        None => format!("({inside}*{VISIBLE})?"),
        Some(0 | 1) => String::new(),
        Some(longest) => format!("({inside}{{0,{}}}{VISIBLE})?", longest - 2),
    };
    let required = schema.get("minLength").and_then(Value::as_u64).is_some_and(|shortest| shortest > 0);
    let optional = if required { "" } else { "?" };
    schema.insert("pattern".to_owned(), format!("^{SPACE}*({VISIBLE}{rest}){optional}{SPACE}*$").into());
}

#[cfg(test)]
mod tests {
    use regex::Regex;
    use schemars::{JsonSchema, schema_for};
    use serde::Deserialize;
    use serde_json::json;
    use unicode_normalization::UnicodeNormalization as _;
    use validator::Validate;

    use super::*;
    use crate::validation::{self, violations};

    #[derive(Deserialize, Validate, JsonSchema)]
    struct Texts {
        #[serde(deserialize_with = "validation::normalised")]
        #[validate(length(min = 1, max = 3), custom(function = "validation::one_line"))]
        #[schemars(transform = one_line)]
        line: String,
        #[serde(deserialize_with = "validation::normalised")]
        #[validate(length(max = 3), custom(function = "validation::many_lines"))]
        #[schemars(transform = many_lines)]
        lines: String,
        #[serde(deserialize_with = "validation::normalised")]
        #[validate(length(max = 9), custom(function = "validation::many_lines"))]
        #[schemars(transform = long_text)]
        long: String,
        #[serde(deserialize_with = "validation::email_address")]
        #[validate(custom(function = "validation::email"))]
        #[schemars(transform = email)]
        address: String,
    }

    /// Whether the schema of a field accepts each text, beside whether the rules do.
    fn verdicts(field: &str, texts: impl IntoIterator<Item = String>) -> Vec<(String, bool, bool)> {
        let schema = schema_for!(Texts).to_value();
        let schema = &schema["properties"][field];
        let pattern = Regex::new(schema["pattern"].as_str().unwrap()).unwrap();
        let length = |name: &str| schema[name].as_u64();
        let judge = |text: String| {
            let count = text.chars().count() as u64;
            let fits = length("minLength").is_none_or(|min| min <= count)
                && length("maxLength").is_none_or(|max| count <= max);
            let mut input = json!({ "line": "a", "lines": "a", "long": "a", "address": "a@b" });
            input[field] = json!(text);
            let input: Texts = serde_json::from_value(input).unwrap();
            (text.clone(), fits && pattern.is_match(&text), violations(&input).is_empty())
        };
        texts.into_iter().map(judge).collect()
    }

    /// Every character up to U+30FF alone, at the ends, and inside of texts, as far as normalisation keeps lengths.
    fn texts() -> impl Iterator<Item = String> {
        let characters =
            (0..=0x30ff).filter_map(char::from_u32).chain(['\u{feff}', '\u{1f600}', '\u{10ffff}']);
        let around = |c: char| {
            [
                format!("{c}"),
                format!("{c}a"),
                format!("a{c}"),
                format!("a{c}b"),
                format!("ab{c}"),
                format!("ab{c}c"),
                format!("abc {c}"),
                format!("{c}{c} abc{c}"),
                format!("{c}{c}{c}{c}"),
            ]
        };
        let fixed = |text: &String| text.nfc().count() == text.chars().count();
        characters
            .flat_map(around)
            .chain([String::new(), "a\u{2028}b".to_owned(), "\r\n".to_owned()])
            .filter(fixed)
    }

    #[test]
    fn patterns_of_texts_accept_what_the_rules_accept() {
        for field in ["line", "lines", "long"] {
            let verdicts = verdicts(field, texts());
            assert!(verdicts.iter().any(|(_, _, good)| *good) && verdicts.iter().any(|(_, _, good)| !good));
            for (text, by_schema, by_rules) in verdicts {
                assert_eq!(by_schema, by_rules, "{field} {text:?}");
            }
        }
    }

    #[test]
    fn the_pattern_of_addresses_accepts_what_the_rule_accepts() {
        let long = format!("{}@{}.example", "a".repeat(182), "b".repeat(63));
        let labels =
            ["a", "A-1", "-", "a-", "-a", "", "\u{e9}", &"a".repeat(63), &"a".repeat(64)].map(str::to_owned);
        let domains = labels.iter().flat_map(|one| labels.iter().map(move |other| format!("{one}.{other}")));
        let hosts: Vec<_> = domains.chain(labels.clone()).collect();
        let locals = ["a", ".", "a..b", "!#$%&'*+/=?^_`{|}~-", "", "a b", "\"a\"", "a(b)", "\u{e9}", "a\n"];
        let addresses =
            locals.iter().flat_map(|local| hosts.iter().map(move |host| format!("{local}@{host}")));
        let lengths = [long.clone(), format!("a{long}"), "a".to_owned(), String::new()];
        for (text, by_schema, by_rules) in verdicts("address", addresses.chain(lengths)) {
            assert_eq!(by_schema, by_rules, "{text:?}");
        }
    }

    #[test]
    fn the_longest_patterns_compile() {
        let mut schema = schemars::json_schema!({ "type": "string", "maxLength": 2000 });
        many_lines(&mut schema);
        let pattern = Regex::new(schema.get("pattern").and_then(Value::as_str).unwrap()).unwrap();
        let text = format!(" {}\n ", "\u{e9}".repeat(2000));
        assert!(pattern.is_match(&text) && !pattern.is_match(&format!("{text}\u{e9}")));
    }
}
