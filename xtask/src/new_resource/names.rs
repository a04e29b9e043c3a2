//! A resource's name in all the forms that code and sentences need.

use anyhow::{Result, bail};

/// The most letters of a name; the longest identifier made from it stays readable.
const MAX_LENGTH: usize = 40;

/// Words that Rust keeps for itself.
const KEYWORDS: &str = " abstract as async await become box break const continue crate do dyn else enum extern false \
    final fn for gen if impl in let loop macro match mod move mut override priv pub ref return self static struct \
    super trait true try type typeof unsafe unsized use virtual where while yield ";

/// Keywords that cannot be written as `r#…` either.
const NEVER_RAW: [&str; 3] = ["crate", "self", "super"];

/// Plurals that the rules of [`singular`] would get wrong, by their last word.
const IRREGULAR: &str = "aliases:alias caches:cache canvases:canvas children:child cookies:cookie lenses:lens \
    lives:life men:man movies:movie people:person women:woman";

/// The name of a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Names {
    /// The table, the modules and the folder of routes: `order_items`.
    pub(super) many: String,
    /// One of them: `order_item`.
    pub(super) one: String,
}

impl Names {
    /// Reads what was typed.
    ///
    /// # Errors
    /// When it cannot be a name, or its singular has to be told.
    pub(super) fn parse(many: &str, one: Option<&str>) -> Result<Self> {
        check(many)?;
        if is_keyword(many) {
            bail!("`{many}` is a word of Rust itself: choose another name");
        }
        let Some(one) = one.map(str::to_owned).or_else(|| singular(many)) else {
            bail!("the singular of `{many}` is not obvious: give the plural, or tell it with --singular");
        };
        check(&one)?;
        if one == many {
            bail!(
                "singular and plural are both `{many}`: they name the entity and its service and must differ"
            );
        }
        if NEVER_RAW.contains(&one.as_str()) {
            bail!("`{one}` is a word of Rust itself: choose another name");
        }
        Ok(Self { many: many.to_owned(), one })
    }

    /// The singular as an identifier.
    pub(super) fn identifier(&self) -> String {
        if is_keyword(&self.one) { format!("r#{}", self.one) } else { self.one.clone() }
    }

    /// The indefinite article of the singular.
    pub(super) fn article(&self) -> &'static str {
        let starts = |beginnings: &[&str]| beginnings.iter().any(|beginning| self.one.starts_with(beginning));
        let vowel = starts(&["a", "e", "i", "o", "u", "hour", "honest", "heir"]);
        // Written with a vowel, spoken with a consonant: a unit, a user, a European.
        let consonant =
            starts(&["eu", "one", "ubi", "uni", "usa", "use", "uti"]) && !starts(&["unid", "unim", "unin"]);
        if vowel && !consonant { "an" } else { "a" }
    }
}

/// `order_item` as `OrderItem`.
pub(super) fn camel(name: &str) -> String {
    name.split('_').map(capitalised).collect()
}

/// `order item` as `Order item`.
pub(super) fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn check(name: &str) -> Result<()> {
    let word = |word: &str| {
        word.starts_with(|first: char| first.is_ascii_lowercase())
            && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    if !name.split('_').all(word) {
        bail!(
            "`{name}` is no name for a resource: use words of lower-case ASCII letters with `_` between them"
        );
    }
    if name.len() > MAX_LENGTH {
        bail!("`{name}` has more than {MAX_LENGTH} letters: choose a shorter name");
    }
    Ok(())
}

fn is_keyword(name: &str) -> bool {
    KEYWORDS.split_whitespace().any(|keyword| keyword == name)
}

/// The singular of a regular English plural; `None` when the word does not look like one.
fn singular(many: &str) -> Option<String> {
    let (before, last) = many.rfind('_').map_or(("", many), |at| many.split_at(at + 1));
    let irregular = IRREGULAR.split_whitespace().filter_map(|pair| pair.split_once(':'));
    if let Some((_, one)) = irregular.into_iter().find(|(plural, _)| *plural == last) {
        return Some(format!("{before}{one}"));
    }
    let one = if let Some(stem) = last.strip_suffix("ies").filter(|stem| stem.len() > 1) {
        format!("{stem}y")
    } else if is_hissing(last) {
        last.strip_suffix("es")?.to_owned()
    } else if ["ss", "us", "is"].iter().any(|end| last.ends_with(end)) {
        return None;
    } else {
        last.strip_suffix('s').filter(|stem| !stem.is_empty())?.to_owned()
    };
    Some(format!("{before}{one}"))
}

/// Whether the plural has an `e` that the singular lacks: addresses, statuses, boxes, batches, wishes; not houses.
fn is_hissing(plural: &str) -> bool {
    let ends = |endings: &[&str]| endings.iter().any(|end| plural.ends_with(end));
    ends(&["sses", "uses", "xes", "ches", "shes", "zzes"]) && !ends(&["auses", "ouses"])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regular_plurals_have_an_obvious_singular() {
        for (many, one) in [
            ("widgets", "widget"),
            ("order_items", "order_item"),
            ("categories", "category"),
            ("ties", "tie"),
            ("boxes", "box"),
            ("batches", "batch"),
            ("wishes", "wish"),
            ("addresses", "address"),
            ("statuses", "status"),
            ("warehouses", "warehouse"),
            ("purchases", "purchase"),
            ("price_aliases", "price_alias"),
            ("people", "person"),
        ] {
            assert_eq!(Names::parse(many, None).unwrap().one, one);
        }
        assert_eq!(Names::parse("oxen", Some("ox")).unwrap().one, "ox");
    }

    #[test]
    fn what_cannot_be_a_name_is_refused_with_a_sentence() {
        let long = "a".repeat(41);
        for (many, one, reason) in [
            ("", None, "is no name"),
            ("Widgets", None, "is no name"),
            ("order-items", None, "is no name"),
            ("order__items", None, "is no name"),
            ("_items", None, "is no name"),
            ("2items", None, "is no name"),
            ("möbel", None, "is no name"),
            ("../items", None, "is no name"),
            ("items", Some("It em"), "is no name"),
            (&long, None, "more than 40 letters"),
            ("match", None, "word of Rust"),
            ("selves", Some("self"), "word of Rust"),
            ("oxen", None, "--singular"),
            ("address", None, "--singular"),
            ("status", None, "--singular"),
            ("s", None, "--singular"),
            ("sheep", Some("sheep"), "must differ"),
        ] {
            let error = Names::parse(many, one).unwrap_err().to_string();
            assert!(error.contains(reason), "{many}: {error}");
        }
    }

    #[test]
    fn articles_follow_the_sound() {
        for (one, article) in [
            ("widget", "a"),
            ("order", "an"),
            ("image", "an"),
            ("user", "a"),
            ("unit", "a"),
            ("hour", "an"),
            ("uncle", "an"),
        ] {
            assert_eq!(Names { many: format!("{one}s"), one: one.to_owned() }.article(), article, "{one}");
        }
    }

    #[test]
    fn a_singular_that_is_a_keyword_is_written_raw() {
        assert_eq!(Names::parse("types", None).unwrap().identifier(), "r#type");
        assert_eq!(Names::parse("widgets", None).unwrap().identifier(), "widget");
    }
}
