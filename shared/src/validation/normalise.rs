//! Texts in the form in which they are stored.

use serde::{Deserialize, Deserializer};
use unicode_normalization::UnicodeNormalization as _;

use crate::models::field::Field;

/// What a text that is normalised may be declared as. `String` must be given, `Option<String>` may be absent but not
/// null, `Field<String>` may be either; the latter two go with `#[serde(default)]`.
pub trait TextField: Sized {
    /// Deserialises the text, if there is one, and normalises it.
    ///
    /// # Errors
    /// When the value is no text, or null where it must not be.
    fn deserialize_text<'de, D: Deserializer<'de>>(
        deserializer: D,
        normalise: fn(&str) -> String,
    ) -> Result<Self, D::Error>;
}

impl TextField for String {
    fn deserialize_text<'de, D: Deserializer<'de>>(
        deserializer: D,
        normalise: fn(&str) -> String,
    ) -> Result<Self, D::Error> {
        Self::deserialize(deserializer).map(|text| normalise(&text))
    }
}

impl TextField for Option<String> {
    fn deserialize_text<'de, D: Deserializer<'de>>(
        deserializer: D,
        normalise: fn(&str) -> String,
    ) -> Result<Self, D::Error> {
        String::deserialize_text(deserializer, normalise).map(Some)
    }
}

impl TextField for Field<String> {
    fn deserialize_text<'de, D: Deserializer<'de>>(
        deserializer: D,
        normalise: fn(&str) -> String,
    ) -> Result<Self, D::Error> {
        Self::deserialize(deserializer).map(|field| field.map(|text| normalise(&text)))
    }
}

/// Deserialises a text trimmed of white space (Unicode's, so no-break spaces too) and in normalisation form C.
///
/// # Errors
/// When the value is no text.
pub fn normalised<'de, T: TextField, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    T::deserialize_text(deserializer, |text| nfc(text.trim()))
}

/// Deserialises a password in Unicode normalisation form C, untrimmed: spaces count.
///
/// # Errors
/// When the value is no text.
pub fn password<'de, T: TextField, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    T::deserialize_text(deserializer, nfc)
}

/// Deserialises an e-mail address trimmed and in lower case: two spellings are one account.
///
/// # Errors
/// When the value is no text.
pub fn email_address<'de, T: TextField, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    T::deserialize_text(deserializer, |text| text.trim().to_ascii_lowercase())
}

fn nfc(text: &str) -> String {
    text.nfc().collect()
}

#[cfg(test)]
mod tests {
    use validator::Validate;

    use super::*;
    use crate::validation::violations;

    #[derive(Deserialize, Validate)]
    struct Named {
        #[serde(deserialize_with = "normalised")]
        #[validate(length(min = 1, max = 4))]
        name: String,
    }

    fn read(name: &str) -> Named {
        serde_json::from_value(serde_json::json!({ "name": name })).unwrap()
    }

    #[test]
    fn names_are_trimmed_and_composed() {
        let cases = [
            ("Zoe\u{308}", "Zo\u{eb}"),
            ("\u{a0}Zo\u{eb}\u{a0}", "Zo\u{eb}"),
            ("\u{3000}\u{2009}\tab \u{85}\n", "ab"),
            ("a\u{a0}b", "a\u{a0}b"),
            ("\u{212b}", "\u{c5}"),
            // A mark below and one above: composed, and in canonical order.
            ("s\u{307}\u{323}", "\u{1e69}"),
            // Compatibility forms stay: that would be NFKC.
            ("\u{fb01}", "\u{fb01}"),
            ("\u{1112}\u{1161}\u{11ab}", "\u{d55c}"),
            ("\u{1f469}\u{200d}\u{1f680}", "\u{1f469}\u{200d}\u{1f680}"),
            ("\u{a0}\u{2003}", ""),
        ];
        for (input, expected) in cases {
            assert_eq!(read(input).name, expected, "{input:?}");
        }
    }

    #[test]
    fn lengths_count_characters_after_normalising() {
        let fits = ["e\u{301}".repeat(4), " \u{a0}abcd\u{a0} ".to_owned(), "\u{1f600}".repeat(4)];
        let too_long = ["e\u{301}".repeat(5), "abcde".to_owned(), "\u{1f600}".repeat(5)];
        // A family of emoji is one picture and five characters.
        let family = "\u{1f469}\u{200d}\u{1f469}\u{200d}\u{1f467}".to_owned();
        let empty = ["\u{a0}".to_owned(), " \t\n".to_owned(), String::new()];
        for name in fits {
            assert_eq!(violations(&read(&name)), [], "{name:?}");
        }
        for name in too_long.into_iter().chain([family]).chain(empty) {
            assert_eq!(violations(&read(&name)).len(), 1, "{name:?}");
        }
    }

    #[test]
    fn passwords_keep_their_spaces() {
        let text = |text: &str| serde_json::Value::from(text);
        assert_eq!(password::<String, _>(text(" e\u{301} ")).unwrap(), " \u{e9} ");
        assert_eq!(email_address::<String, _>(text(" A@B.Test\u{a0}")).unwrap(), "a@b.test");
    }
}
