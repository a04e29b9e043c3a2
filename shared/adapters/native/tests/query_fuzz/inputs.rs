//! Inputs: queries as somebody might write them, and what becomes of those by accident or ill will.

use model::Random;
use shared::query::{Field, Kind, Operator, Resource};

/// A query string's decoded pairs.
pub(crate) type Pairs = Vec<(String, String)>;

/// Stands in many values; in SQL it has no business.
pub(crate) const SENTINEL: &str = "Zq7";

/// What breaks out of SQL, of JSON, of the grammar, or of a careless parser.
const SHARDS: [&str; 34] = [
    "'",
    "\"",
    "`",
    ";",
    "--",
    "/*",
    "*/",
    "\\",
    "%",
    "_",
    "(",
    ")",
    "[",
    "]",
    "[]",
    "[[",
    "]]",
    ",",
    ",,",
    "-",
    "--",
    "|",
    "\0",
    "\n",
    "?1",
    ":a",
    "@a",
    "$a",
    "' OR '1'='1",
    "\u{10ffff}",
    "\u{feff}",
    "e\u{301}",
    "NULL",
    "0x10",
];

const NUMBERS: [&str; 16] = [
    "0",
    "-0",
    "1",
    "-1",
    "00",
    "+1",
    "1.0",
    "1e3",
    "9007199254740991",
    "9007199254740992",
    "-9007199254740991",
    "9223372036854775807",
    "-9223372036854775808",
    "18446744073709551616",
    "",
    "١",
];

const TIMES: [&str; 9] = [
    "2026-01-31T12:00:00Z",
    "2026-01-31T12:00:00.123456789+14:00",
    "0000-01-01T00:00:00Z",
    "9999-12-31T23:59:60Z",
    "9999-12-31T23:59:59.999Z",
    "2026-02-30T00:00:00Z",
    "2026-01-31",
    "1769860800000",
    "2026-01-31t12:00:00z",
];

const PARAMETERS: [&str; 12] = [
    "page",
    "limit",
    "sort",
    "count",
    "fields",
    "after",
    "before",
    "or",
    "q",
    "expand",
    "within",
    "constructor",
];

/// Makes inputs for lists of one resource.
pub(crate) struct Inputs {
    pub(crate) resource: &'static Resource,
    filtered: Vec<&'static Field>,
    sortable: Vec<&'static Field>,
}

impl Inputs {
    pub(crate) fn of(resource: &'static Resource) -> Self {
        let filtered = resource.filtered().collect();
        Self { resource, filtered, sortable: resource.sortable().collect() }
    }

    /// The input of a seed: mostly nearly right.
    pub(crate) fn draw(&self, seed: u64) -> Pairs {
        let mut random = Random::new(seed);
        let count = if random.percent(1) { random.below(200) } else { random.below(6) };
        let broken = random.percent(60);
        (0..count).map(|_| self.pair(&mut random, broken)).collect()
    }

    fn pair(&self, random: &mut Random, broken: bool) -> (String, String) {
        let (mut name, mut value) =
            if random.percent(35) { self.setting(random) } else { self.condition(random) };
        if broken && random.percent(30) {
            damage(random, &mut name);
        }
        if broken && random.percent(30) {
            damage(random, &mut value);
        }
        (name, value)
    }

    fn setting(&self, random: &mut Random) -> (String, String) {
        let name = if random.percent(90) { *random.one(&PARAMETERS[..5]) } else { *random.one(&PARAMETERS) };
        let value = match name {
            "page" | "limit" if random.percent(80) => (1 + random.below(100)).to_string(),
            "page" | "limit" => (*random.one(&NUMBERS)).to_owned(),
            "count" => (*random.one(&["exact", "capped", "none"])).to_owned(),
            "sort" => {
                let keys = random.some(&self.sortable, 3).into_iter();
                let keys =
                    keys.map(|field| format!("{}{}", if random.percent(50) { "-" } else { "" }, field.name));
                keys.collect::<Vec<_>>().join(",")
            }
            "fields" => {
                let names: Vec<_> = self.resource.fields.iter().map(|field| field.name).collect();
                random.some(&names, 4).join(",")
            }
            _ => text(random),
        };
        (name.to_owned(), value)
    }

    fn condition(&self, random: &mut Random) -> (String, String) {
        if self.filtered.is_empty() {
            return self.setting(random);
        }
        let field = *random.one(&self.filtered);
        let operator =
            if random.percent(95) { *random.one(field.operators) } else { random.one(&Operator::WORDS).0 };
        let bare = if random.percent(25) {
            format!("or[{}][{}]", 1 + random.below(4), field.name)
        } else {
            field.name.to_owned()
        };
        let name = match operator {
            Operator::Eq => bare,
            _ => format!("{bare}[{}]", operator.word()),
        };
        let value = match operator {
            Operator::Null => random.percent(50).to_string(),
            Operator::In | Operator::Nin => {
                let count = if random.percent(2) { 40 + random.below(20) } else { 1 + random.below(4) };
                (0..count).map(|_| value(random, field.kind)).collect::<Vec<_>>().join(",")
            }
            _ => value(random, field.kind),
        };
        (name, value)
    }

    /// The same parameters with other values of the same kinds; values that were the same still are.
    pub(crate) fn with_other_values(&self, pairs: &Pairs) -> Pairs {
        pairs
            .iter()
            .map(|(name, value)| {
                let alternative = name.strip_prefix("or[").and_then(|rest| rest.split_once("]["));
                let bare = alternative.map_or(name.as_str(), |(_, rest)| rest);
                let bare = bare.split(['[', ']']).next().unwrap_or_default();
                let field = self.filtered.iter().find(|field| field.name == bare);
                let other =
                    field.filter(|_| !name.ends_with("[null]")).map(|field| others(field.kind, name, value));
                (name.clone(), other.unwrap_or_else(|| value.clone()))
            })
            .collect()
    }
}

fn others(kind: Kind, name: &str, value: &str) -> String {
    let several = name.ends_with("[in]") || name.ends_with("[nin]");
    let parts: Vec<_> = if several { value.split(',').collect() } else { vec![value] };
    let mut seen: Vec<&str> = Vec::new();
    let parts = parts.into_iter().map(|part| {
        let number = seen.iter().position(|known| *known == part).unwrap_or_else(|| {
            seen.push(part);
            seen.len() - 1
        });
        other(kind, name, part, number)
    });
    parts.collect::<Vec<_>>().join(",")
}

fn other(kind: Kind, name: &str, value: &str, number: usize) -> String {
    match kind {
        // Nothing is behind all that begin with these: there is one value less to bind.
        Kind::Text if name.ends_with("[prefix]") && value.trim_end_matches(char::MAX).is_empty() => {
            value.to_owned()
        }
        Kind::Text => format!("other{number}"),
        // These compare by what they are, not by how they are written.
        _ => value.to_owned(),
    }
}

fn value(random: &mut Random, kind: Kind) -> String {
    if random.percent(5) {
        return text(random);
    }
    match kind {
        Kind::Integer if random.percent(50) => random.below(100_000).to_string(),
        Kind::Integer => (*random.one(&NUMBERS)).to_owned(),
        Kind::Time if random.percent(80) => (*random.one(&TIMES[..2])).to_owned(),
        Kind::Time => (*random.one(&TIMES)).to_owned(),
        Kind::Truth => random.percent(50).to_string(),
        Kind::Choice(words) => (*random.one(words)).to_owned(),
        _ => text(random),
    }
}

fn text(random: &mut Random) -> String {
    let length = if random.percent(1) { random.below(300) } else { random.below(3) };
    let mut text = SENTINEL.to_owned();
    for _ in 0..length {
        let shard: &&str = random.one(&SHARDS);
        text.push_str(shard);
    }
    text
}

/// Puts something in, takes something away, or turns something around.
fn damage(random: &mut Random, text: &mut String) {
    let mut letters: Vec<char> = text.chars().collect();
    let place = random.below(letters.len() + 1);
    match random.below(4) {
        0 => drop(letters.splice(place..place, (*random.one(&SHARDS)).chars())),
        1 if place < letters.len() => drop(letters.remove(place)),
        2 => letters.reverse(),
        _ => {
            let random_letter = char::from_u32(u32::try_from(random.below(0x11_0000)).unwrap_or(0));
            letters.insert(place, random_letter.unwrap_or('\u{fffd}'));
        }
    }
    *text = letters.into_iter().collect();
}
