//! From what somebody types into a search box to terms, and from terms to expressions of FTS5.
//!
//! Nothing of the text reaches the expression but within quotes: FTS5's operators, column filters and brackets are plain
//! words here, and mostly none at all.

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

use crate::error::DetailCode;
use crate::query::MAX_TEXT;

/// The most words and phrases that a search takes.
pub const MAX_TERMS: usize = 10;

/// The fewest letters of a beginning that stands for every word that begins so. The word index has all beginnings of two
/// and three letters; one letter would mean to read half of the index.
const MIN_PREFIX: usize = 2;

/// The letters of a trigram.
const TRIGRAM: usize = 3;

/// The first and the last letters of scripts that put no spaces between words: Thai, Lao, Tibetan and Myanmar; Khmer;
/// Chinese, Japanese and Korean; half-width Katakana; rare ideographs. The migration has the same.
const UNSPACED: [(char, char); 5] = [
    ('\u{e00}', '\u{109f}'),
    ('\u{1780}', '\u{17ff}'),
    ('\u{2e80}', '\u{faff}'),
    ('\u{ff66}', '\u{ff9f}'),
    ('\u{20000}', '\u{3fffd}'),
];

/// A word, or a phrase of several that follow each other.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Term {
    /// In normalisation form C, without quotes.
    text: String,
    /// Whether its last word may go on.
    prefix: bool,
}

/// What a search looks for: rows that have all of these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms(Vec<Term>);

impl Terms {
    /// Reads words separated by white space, and phrases in double quotes. The last word, if it is not in quotes, and each
    /// one with a `*` behind it, stand for every word that begins so.
    ///
    /// # Errors
    /// With a code and a sentence when there is no word in it, too many, or too much.
    pub fn parse(text: &str) -> Result<Self, (DetailCode, String)> {
        if text.chars().count() > MAX_TEXT {
            return Err((DetailCode::Length, format!("Must have at most {MAX_TEXT} characters.")));
        }
        if text.contains('\0') {
            return Err((DetailCode::Control, "Must not contain NUL.".to_owned()));
        }
        let mut terms = Vec::new();
        let text: String = text.nfc().collect();
        let mut rest = text.as_str();
        while let Some((found, after)) = next(rest) {
            terms.extend(found);
            rest = after;
        }
        match terms.len() {
            0 => Err((DetailCode::Length, "Must have a word in it: letters or digits.".to_owned())),
            1..=MAX_TERMS => Ok(Self(terms)),
            _ => Err((DetailCode::TooMany, format!("At most {MAX_TERMS} words and phrases are allowed."))),
        }
    }

    /// Whether only the index of trigrams can find it: some term has letters of a script without spaces.
    pub(super) fn is_unspaced(&self) -> bool {
        self.0.iter().any(|term| term.text.chars().any(is_unspaced))
    }

    /// The expression for the index of words.
    pub(super) fn words(&self) -> String {
        let quoted = self.0.iter().map(|term| {
            let star = if term.prefix { "*" } else { "" };
            format!("\"{}\"{star}", term.text)
        });
        quoted.collect::<Vec<_>>().join(" ")
    }

    /// The expression for the index of trigrams, of the terms that are long enough for it; `None` if there is none.
    pub(super) fn trigrams(&self) -> Option<String> {
        let long = self.0.iter().filter(|term| term.text.chars().count() >= TRIGRAM);
        let quoted: Vec<_> = long.map(|term| format!("\"{}\"", term.text)).collect();
        (!quoted.is_empty()).then(|| quoted.join(" "))
    }

    /// The terms that are too short for a trigram, as the index spells the beginnings of its own.
    pub(super) fn short(&self) -> impl Iterator<Item = String> {
        let short = self.0.iter().filter(|term| term.text.chars().count() < TRIGRAM);
        short.map(|term| term.text.to_lowercase())
    }
}

/// The first term of the text, unless there is nothing to find in it, and what follows it; `None` at the end.
fn next(text: &str) -> Option<(Option<Term>, &str)> {
    let text = text.trim_start();
    let first = text.chars().next()?;
    if is_quote(first) {
        let inner = text.get(first.len_utf8()..)?;
        let (phrase, after) = inner.split_once(is_quote).unwrap_or((inner, ""));
        let (star, after) = match after.strip_prefix('*') {
            Some(after) => (true, after),
            None => (false, after),
        };
        return Some((term(phrase, star), after));
    }
    let end = text.find(|c: char| c.is_whitespace() || is_quote(c)).unwrap_or(text.len());
    let (word, after) = text.split_at(end);
    let is_last = after.trim().is_empty();
    Some((term(word, is_last || word.ends_with('*')), after))
}

/// A term, if there is a letter or a digit in the text.
fn term(text: &str, prefix: bool) -> Option<Term> {
    let text = text.trim_matches(|c: char| !is_letter(c));
    if !text.contains(char::is_alphanumeric) {
        return None;
    }
    let last_word = text.chars().rev().take_while(|c| is_letter(*c)).filter(|c| !is_accent(*c)).count();
    Some(Term { text: text.to_owned(), prefix: prefix && last_word >= MIN_PREFIX })
}

/// What the index of words counts as part of a word.
fn is_letter(c: char) -> bool {
    c.is_alphanumeric() || is_combining_mark(c)
}

/// What the index of words takes off its letter, and some more of that block; marks of other scripts it keeps.
fn is_accent(c: char) -> bool {
    ('\u{300}'..='\u{36f}').contains(&c)
}

fn is_unspaced(c: char) -> bool {
    UNSPACED.iter().any(|(first, last)| (first..=last).contains(&&c))
}

/// Double quotes, also as phones type them.
fn is_quote(c: char) -> bool {
    matches!(c, '"' | '\u{201c}' | '\u{201d}' | '\u{201e}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> String {
        Terms::parse(text).unwrap().words()
    }

    fn refused(text: &str) -> DetailCode {
        Terms::parse(text).unwrap_err().0
    }

    #[test]
    fn words_must_all_be_there_and_the_last_may_go_on() {
        assert_eq!(words("warm lamp"), r#""warm" "lamp"*"#);
        assert_eq!(words("  warm\t lamp "), r#""warm" "lamp"*"#);
        assert_eq!(words("lam* warm"), r#""lam"* "warm"*"#);
        assert_eq!(words("a lamp x"), r#""a" "lamp" "x""#, "one letter begins too many words");
        assert_eq!(words("a* la"), r#""a" "la"*"#);
        assert_eq!(words("t-s"), r#""t-s""#, "the word that would go on is the s");
        assert_eq!(words("t-sh"), r#""t-sh"*"#);
        assert_eq!(words("l\u{302}"), "\"l\u{302}\"", "the index takes it for an l");
        assert_eq!(words("कि"), r#""कि"*"#, "a vowel sign is not taken off");
    }

    #[test]
    fn phrases_are_in_quotes_of_any_kind_and_need_not_end() {
        assert_eq!(words(r#""warm light" lamp"#), r#""warm light" "lamp"*"#);
        assert_eq!(words("“warm light” „lamp“"), r#""warm light" "lamp""#);
        assert_eq!(words(r#"lamp "warm li"#), r#""lamp" "warm li""#);
        assert_eq!(words(r#"lamp "warm li"*"#), r#""lamp" "warm li"*"#);
        assert_eq!(words(r#"lamp"warm light""#), r#""lamp" "warm light""#);
    }

    #[test]
    fn nothing_of_the_language_of_fts5_is_more_than_a_word() {
        assert_eq!(words("a OR b NOT c"), r#""a" "OR" "b" "NOT" "c""#);
        assert_eq!(words("NEAR(lamp warm, 3)"), r#""NEAR(lamp" "warm" "3""#);
        assert_eq!(words("name:lamp"), r#""name:lamp"*"#);
        assert_eq!(words("-lamp +warm ^light {name}: x"), r#""lamp" "warm" "light" "name" "x""#);
        assert_eq!(words(r#""""lamp"""#), r#""lamp""#);
        assert_eq!(words("it's; DROP TABLE products --"), r#""it's" "DROP" "TABLE" "products""#);
    }

    #[test]
    fn no_expression_has_a_quote_within_its_quotes() {
        let pieces = ["\"", "lamp", " ", "*", "“", "東京", "-", "a", "'", "(", "\\"];
        for a in pieces {
            for b in pieces {
                for c in pieces {
                    for d in pieces {
                        let Ok(terms) = Terms::parse(&[a, b, c, d].concat()) else { continue };
                        let expression =
                            format!("{} {}", terms.words(), terms.trigrams().unwrap_or_default());
                        let outside: String = expression.split('"').step_by(2).collect();
                        assert_eq!(expression.matches('"').count() % 2, 0, "{expression}");
                        assert!(outside.chars().all(|c| c == ' ' || c == '*'), "{expression}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_search_without_a_word_is_refused() {
        for text in ["", " ", "\"", "\"\"", "*", "-", "()", "\" \"", "**", "!?", "\u{301}"] {
            assert_eq!(refused(text), DetailCode::Length, "{text:?}");
        }
        assert_eq!(refused("a\0b"), DetailCode::Control);
        assert_eq!(refused(&"a".repeat(MAX_TEXT + 1)), DetailCode::Length);
        assert!(Terms::parse(&"é".repeat(MAX_TEXT)).is_ok());
        assert_eq!(refused(&"a ".repeat(MAX_TERMS + 1)), DetailCode::TooMany);
        assert!(Terms::parse(&"a ".repeat(MAX_TERMS)).is_ok());
    }

    #[test]
    fn scripts_without_spaces_are_searched_by_trigrams() {
        let terms = |text: &str| Terms::parse(text).unwrap();
        assert!(!terms("café Ω ж").is_unspaced());
        for text in ["東京", "lamp 東京", "ランプ", "ﾗﾝﾌﾟ", "한국어", "ไทย", "ខ្មែរ", "𠮷野"]
        {
            assert!(terms(text).is_unspaced(), "{text}");
        }
        let mixed = terms("東京タワー TV 東京 iPhone");
        assert_eq!(mixed.trigrams().unwrap(), r#""東京タワー" "iPhone""#);
        assert_eq!(mixed.short().collect::<Vec<_>>(), ["tv", "東京"]);
        assert_eq!(terms("東京、「京都」").trigrams().unwrap(), r#""東京、「京都""#);
        assert_eq!(terms("猫").trigrams(), None);
    }

    #[test]
    fn a_letter_and_its_accent_are_one_character() {
        assert_eq!(words("cafe\u{301} x"), words("caf\u{e9} x"));
    }
}
