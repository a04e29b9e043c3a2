//! Mistakes at random places: what is reported is what was placed.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::*;

/// Numbers that look random (Marsaglia's xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % bound as u64).unwrap()
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }
}

/// A document in the making, and the mistakes that were put into it.
struct Draft<'r> {
    random: &'r mut Random,
    /// One member in this many gets a mistake.
    rarity: usize,
    placed: BTreeSet<(String, &'static str)>,
}

/// A value that is right, and values that are wrong with their codes.
type Choices = (&'static str, &'static [(&'static str, &'static str)]);

const NAME: Choices = (
    "\"Zoë\"",
    &[("1", "type"), ("null", "null"), ("\"\"", "length"), ("\"a\\u0007\"", "control"), ("{}", "type")],
);
const EMAIL: Choices = ("\"a@b.example\"", &[("\"ab\"", "email"), ("[]", "type"), ("false", "type")]);
const STREET: Choices = ("\"Road 1\"", &[("null", "null"), ("\"\"", "length"), ("[\"Road\"]", "type")]);
const ZIP: Choices = ("\"1234\"", &[("1234", "type"), ("\"12345\"", "length")]);
const SKU: Choices = ("\"abc\"", &[("1e3", "type"), ("\"\"", "length"), ("\"abcdef\"", "length")]);
const PRICE: Choices = (
    "10",
    &[("1.5", "type"), ("-1", "range"), ("1001", "range"), ("9223372036854775808", "type"), ("null", "null")],
);
const TAGS: Choices = ("[\"x\"]", &[("\"x\"", "type"), ("null", "null"), ("{}", "type")]);
const GIFT: Choices = ("true", &[("\"true\"", "type"), ("0", "type")]);
const STATUS: Choices = ("\"paid\"", &[("\"lost\"", "choice"), ("2", "type"), ("null", "null")]);
const NOTE: Choices = ("null", &[("\"too long\"", "length"), ("3", "type")]);
const RANK: Choices = ("3", &[("0", "range"), ("null", "null"), ("\"3\"", "type")]);

impl Draft<'_> {
    fn strikes(&mut self) -> bool {
        self.random.below(self.rarity) == 0
    }

    fn place(&mut self, path: &str, code: &'static str) {
        self.placed.insert((path.to_owned(), code));
    }

    /// A member, right, wrong, missing or given twice.
    fn member(&mut self, path: &str, name: &str, required: bool, choices: Choices) -> Option<String> {
        let (good, bad) = choices;
        if !self.strikes() {
            let left_out = !required && self.random.below(4) == 0;
            return (!left_out).then(|| format!("\"{name}\":{good}"));
        }
        match self.random.below(4) {
            0 if required => {
                self.place(path, "required");
                None
            }
            1 => {
                self.place(path, "duplicate");
                Some(format!("\"{name}\":{good},\"{name}\":{good}"))
            }
            _ => {
                let (value, code) = self.random.pick(bad);
                self.place(path, code);
                Some(format!("\"{name}\":{value}"))
            }
        }
    }

    /// An object of members in any order, perhaps with one that is not known.
    fn object(&mut self, prefix: &str, members: Vec<Option<String>>) -> String {
        let mut members: Vec<_> = members.into_iter().flatten().collect();
        if self.strikes() {
            self.place(&format!("{prefix}extra"), "unknown");
            members.push("\"extra\":[{}]".to_owned());
        }
        for index in (1..members.len()).rev() {
            members.swap(index, self.random.below(index + 1));
        }
        format!("{{{}}}", members.join(","))
    }

    /// A value that is no object, or the object.
    fn or_no_object(&mut self, path: &str, object: impl FnOnce(&mut Self) -> String) -> String {
        if self.random.below(self.rarity * 3) == 0 {
            let (value, code) = self.random.pick(&[("5", "type"), ("null", "null"), ("[]", "type")]);
            self.place(path, code);
            return value.to_owned();
        }
        object(self)
    }

    fn item(&mut self, index: usize) -> String {
        let path = format!("items[{index}]");
        self.or_no_object(&path, |draft| {
            let at = |name: &str| format!("{path}.{name}");
            let members = vec![
                draft.member(&at("sku"), "sku", true, SKU),
                draft.member(&at("price"), "price", true, PRICE),
                draft.member(&at("tags"), "tags", false, TAGS),
                draft.member(&at("gift"), "gift", false, GIFT),
            ];
            draft.object(&at(""), members)
        })
    }

    fn order(&mut self) -> String {
        let address = self.or_no_object("address", |draft| {
            let members = vec![
                draft.member("address.street", "street", true, STREET),
                draft.member("address.zip", "zip", true, ZIP),
            ];
            draft.object("address.", members)
        });
        let count = 1 + self.random.below(6);
        let mut items = String::new();
        for index in 0..count {
            let item = self.item(index);
            let comma = if index == 0 { "" } else { "," };
            write!(items, "{comma}{item}").unwrap();
        }
        if count > 4 {
            self.place("items", "length");
            // The validator does not look into a list that breaks a rule of its own.
            self.placed
                .retain(|(field, code)| !field.starts_with("items[") || !["length", "range"].contains(code));
        }
        let members = vec![
            Some(format!("\"address\":{address}")),
            Some(format!("\"items\":[{items}]")),
            self.member("name", "name", true, NAME),
            self.member("email", "email", false, EMAIL),
            self.member("status", "status", false, STATUS),
            self.member("note", "note", false, NOTE),
            self.member("rank", "rank", false, RANK),
        ];
        self.object("", members)
    }
}

#[test]
fn exactly_the_mistakes_that_were_placed_are_found() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let (mut clean, mut full) = (0, 0);
    for round in 0..5000 {
        let rarity = random.pick(&[1, 2, 4, 8, 40]);
        let mut draft = Draft { random: &mut random, rarity, placed: BTreeSet::new() };
        let text = draft.order();
        let placed = draft.placed;
        let all: BTreeSet<_> = found::<Order>(&json(&text)).into_iter().collect();
        if placed.len() <= 20 {
            assert_eq!(all, placed, "round {round}: {text}");
        } else {
            assert!(all.len() == 20 && all.is_subset(&placed), "round {round}: {text}\n{all:?}\n{placed:?}");
        }
        clean += usize::from(placed.is_empty());
        full += usize::from(placed.len() > 20);
    }
    assert!(clean > 100 && full > 100, "{clean} without mistakes, {full} with more than twenty");
}
