//! What was sent, as a tree that keeps what a typed value would lose: exact numbers and duplicate fields.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

use crate::http::failure::{Code, Failure};

/// The most values that a body may have: a tree takes more memory than its text.
pub(super) const MAX_NODES: usize = 100_000;

/// A value of the input.
#[derive(Debug, PartialEq)]
pub enum Node {
    /// JSON's null.
    Null,
    /// JSON's true or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A whole number that only fits without a sign.
    Uint(u64),
    /// A number with a fraction or an exponent, or a whole one that is larger.
    Float(f64),
    /// A text.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// An object, its members as they came.
    Object(Vec<(String, Node)>),
    /// The values of one parameter of a query or path. They may be read as texts, numbers or truth values.
    Words(Vec<String>),
}

impl Node {
    /// Reads JSON (RFC 8259). A byte order mark in front is refused: senders must not add one (section 8.1).
    ///
    /// # Errors
    /// A failure that says where the text is no JSON, or what is too large in it.
    pub fn from_json(body: &[u8]) -> Result<Self, Failure> {
        let malformed = |message: &str| Failure::new(Code::MalformedJson, message);
        let text = std::str::from_utf8(body).map_err(|_| malformed("The body is not UTF-8."))?;
        if text.is_empty() {
            return Err(malformed("The body is empty."));
        }
        if text.starts_with('\u{feff}') {
            return Err(malformed("The body begins with a byte order mark, which JSON does not have."));
        }
        let left = Cell::new(MAX_NODES);
        let mut json = serde_json::Deserializer::from_str(text);
        let node = Seed(&left).deserialize(&mut json).and_then(|node| json.end().map(|()| node));
        node.map_err(|error| failure(&error))
    }

    /// The tree of decoded names and values, as a query string has them.
    pub fn from_pairs(pairs: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut parameters: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, value) in pairs {
            parameters.entry(name).or_default().push(value);
        }
        Self::Object(parameters.into_iter().map(|(name, values)| (name, Self::Words(values))).collect())
    }

    /// What one walk over the tree costs at most.
    pub(super) fn weight(&self) -> usize {
        match self {
            Self::List(items) => 1 + items.iter().map(Self::weight).sum::<usize>(),
            Self::Object(members) => 1 + members.iter().map(|(_, node)| node.weight()).sum::<usize>(),
            Self::Words(words) => 1 + words.iter().map(|word| 1 + text_weight(word)).sum::<usize>(),
            Self::Text(text) => 1 + text_weight(text),
            Self::Null | Self::Bool(_) | Self::Int(_) | Self::Uint(_) | Self::Float(_) => 1,
        }
    }
}

/// Copying and normalising 64 bytes is about as much work as visiting a value.
pub(super) fn text_weight(text: &str) -> usize {
    text.len() / 64
}

fn failure(error: &serde_json::Error) -> Failure {
    let place = format!("line {}, column {}", error.line(), error.column());
    let text = error.to_string();
    if error.is_data() {
        return Failure::new(Code::BodyTooLarge, format!("The body has more than {MAX_NODES} values."));
    }
    // Serde tells these apart by their texts only; the tests hold them.
    let message = if text.starts_with("number out of range") {
        format!("The body has a number that is too large: {place}.")
    } else if text.starts_with("recursion limit exceeded") {
        format!("The body is nested too deeply: {place}.")
    } else {
        format!("The body is not JSON: {place}.")
    };
    Failure::new(Code::MalformedJson, message)
}

/// Builds a node as long as there are nodes left.
#[derive(Clone, Copy)]
struct Seed<'c>(&'c Cell<usize>);

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Node;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        let left = self.0.get().checked_sub(1).ok_or_else(|| D::Error::custom("too many values"))?;
        self.0.set(left);
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        Ok(Node::Int(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
        Ok(i64::try_from(value).map_or(Node::Uint(value), Node::Int))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Node, E> {
        Ok(Node::Float(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Node, E> {
        Ok(Node::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Node, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element_seed(self)? {
            items.push(item);
        }
        Ok(Node::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Node, A::Error> {
        let mut members = Vec::new();
        while let Some(name) = access.next_key()? {
            members.push((name, access.next_value_seed(self)?));
        }
        Ok(Node::Object(members))
    }
}
