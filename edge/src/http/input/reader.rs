//! The deserializer: one node, asked for by a type.

use serde::de::{Deserializer, Error as _, Visitor};
use shared::error::DetailCode;

use super::access::{Fields, Items, Members, Variant};
use super::fault::{Fault, one_of};
use super::node::Node;
use super::walk::{Source, Walk};

/// What is made up for a text, attempt by attempt: most types take the empty one, ids, times and addresses do not.
const TEXTS: [&str; 4] = ["", "00000000-0000-7000-8000-000000000000", "2000-01-01T00:00:00Z", "a@b.example"];
/// The last attempt at making something up.
pub(super) const LAST_ATTEMPT: u8 = 3;

/// Reads one node. Where the node is not what the type asks for, it says so to the walk and answers a placeholder.
pub(super) struct Reader<'de, 'w> {
    /// What there is.
    pub(super) source: Source<'de>,
    /// Where that is.
    pub(super) walk: &'w mut Walk<'de>,
}

/// A whole number as visitors take it.
enum Whole {
    Int(i64),
    Uint(u64),
}

impl<'de> Reader<'de, '_> {
    /// Complains of the node and answers a placeholder from here on.
    fn refuse(&mut self, code: DetailCode, message: impl Into<String>) -> Result<(), Fault> {
        match self.source {
            Source::Placeholder(_) => {}
            Source::Node(Node::Null) => self.walk.complain(DetailCode::Null, "Must not be null.")?,
            Source::Node(Node::Words(words)) if words.len() > 1 => {
                self.walk.complain(DetailCode::Duplicate, "Is given more than once.")?;
            }
            Source::Node(_) | Source::Word(_) => self.walk.complain(code, message)?,
        }
        if !matches!(self.source, Source::Placeholder(_)) {
            self.source = Source::Placeholder(0);
        }
        Ok(())
    }

    fn attempt(&self) -> u8 {
        if let Source::Placeholder(attempt) = self.source { attempt } else { 0 }
    }

    /// The only value of a parameter.
    fn word(&self) -> Option<&'de str> {
        match self.source {
            Source::Word(word) => Some(word),
            Source::Node(Node::Words(words)) => {
                words.first().filter(|_| words.len() == 1).map(String::as_str)
            }
            Source::Node(_) | Source::Placeholder(_) => None,
        }
    }

    fn text(&mut self) -> Result<&'de str, Fault> {
        if let Source::Node(Node::Text(text)) = self.source {
            return Ok(text);
        }
        if let Some(word) = self.word() {
            return Ok(word);
        }
        self.refuse(DetailCode::Type, "Must be a text.")?;
        Ok(TEXTS.get(usize::from(self.attempt())).copied().unwrap_or_default())
    }

    fn character(&mut self) -> Result<char, Fault> {
        let text = match self.source {
            Source::Node(Node::Text(text)) => Some(text.as_str()),
            _ => self.word(),
        };
        let mut chars = text.unwrap_or_default().chars();
        if let (Some(only), None) = (chars.next(), chars.next()) {
            return Ok(only);
        }
        self.refuse(DetailCode::Type, "Must be a single character.")?;
        Ok('a')
    }

    fn boolean(&mut self) -> Result<bool, Fault> {
        match (self.source, self.word()) {
            (Source::Node(Node::Bool(value)), _) => return Ok(*value),
            (_, Some("true")) => return Ok(true),
            (_, Some("false")) => return Ok(false),
            _ => {}
        }
        self.refuse(DetailCode::Type, "Must be true or false.")?;
        Ok(self.attempt() > 0)
    }

    fn whole(&mut self, min: i64, max: u64) -> Result<Whole, Fault> {
        let number = match self.source {
            Source::Node(Node::Int(number)) => Some(i128::from(*number)),
            Source::Node(Node::Uint(number)) => Some(i128::from(*number)),
            Source::Node(Node::Float(number)) => without_fraction(*number),
            _ => self.word().and_then(whole),
        };
        let number = number.filter(|number| (i128::from(min)..=i128::from(max)).contains(number));
        let Some(number) = number else {
            let message = if min == i64::MIN && max == i64::MAX.unsigned_abs() {
                "Must be a whole number.".to_owned()
            } else {
                format!("Must be a whole number from {min} to {max}.")
            };
            self.refuse(DetailCode::Type, message)?;
            return Ok(Whole::Uint(u64::from(self.attempt() > 0)));
        };
        Ok(i64::try_from(number).map_or_else(|_| Whole::Uint(u64::try_from(number).unwrap_or(0)), Whole::Int))
    }

    fn float(&mut self, max: f64) -> Result<f64, Fault> {
        #[expect(clippy::cast_precision_loss, reason = "a type that asks for a float takes its precision")]
        let number = match self.source {
            Source::Node(Node::Int(number)) => Some(*number as f64),
            Source::Node(Node::Uint(number)) => Some(*number as f64),
            Source::Node(Node::Float(number)) => Some(*number),
            _ => self.word().and_then(float),
        };
        if let Some(number) = number.filter(|number| number.abs() <= max) {
            return Ok(number);
        }
        self.refuse(DetailCode::Type, "Must be a number.")?;
        Ok(f64::from(self.attempt().min(1)))
    }

    fn null(&mut self) -> Result<(), Fault> {
        if matches!(self.source, Source::Node(Node::Null)) {
            return Ok(());
        }
        self.refuse(DetailCode::Type, "Must be null.")
    }

    /// The list with its length, which is to be `length` if the type says so.
    fn list(&mut self, length: Option<usize>) -> Result<(Option<&'de Node>, usize), Fault> {
        let (node, given) = match self.source {
            Source::Node(node @ Node::List(items)) => (Some(node), items.len()),
            Source::Node(node @ Node::Words(words)) => (Some(node), words.len()),
            _ => {
                self.refuse(DetailCode::Type, "Must be a list.")?;
                (None, 0)
            }
        };
        if let Some(length) = length.filter(|length| node.is_some() && *length != given) {
            self.walk.complain(DetailCode::Length, format!("Must have exactly {length} items."))?;
        }
        Ok((node, length.unwrap_or(given)))
    }

    fn object(&mut self) -> Result<Option<&'de [(String, Node)]>, Fault> {
        if let Source::Node(Node::Object(members)) = self.source {
            return Ok(Some(members));
        }
        self.refuse(DetailCode::Type, "Must be an object.")?;
        Ok(None)
    }

    fn variant(
        &mut self,
        variants: &'static [&'static str],
    ) -> Result<(&'de str, Option<Source<'de>>), Fault> {
        let (name, content) = match self.source {
            Source::Node(Node::Text(text)) => (Some(text.as_str()), None),
            Source::Node(Node::Object(members)) => match members.as_slice() {
                [(name, content)] => (Some(name.as_str()), Some(Source::Node(content))),
                _ => (None, None),
            },
            _ => (self.word(), None),
        };
        if let Some(name) = name.filter(|name| variants.contains(name)) {
            return Ok((name, content));
        }
        let code = if name.is_some() { DetailCode::Choice } else { DetailCode::Type };
        self.refuse(code, one_of(variants))?;
        let first = variants.first().copied().ok_or_else(|| Fault::custom("no variants"))?;
        Ok((first, Some(self.source)))
    }
}

/// A whole number in its usual form: digits, a minus sign in front.
fn whole(text: &str) -> Option<i128> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| plain)
}

/// A whole number that is written with a fraction of zeros or an exponent: `1.0` is an integer by JSON Schema. From 2^50
/// on, what was read may be next to what was written.
fn without_fraction(number: f64) -> Option<i128> {
    const EXACT: f64 = 1_125_899_906_842_624.0;
    #[expect(clippy::cast_possible_truncation, reason = "it has no fraction and fits")]
    (number.fract() == 0.0 && number.abs() < EXACT).then_some(number as i128)
}

/// A number in JSON's form, or nearly so.
fn float(text: &str) -> Option<f64> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
    text.parse()
        .ok()
        .filter(|_| plain && text.starts_with(|first: char| first.is_ascii_digit() || first == '-'))
}

macro_rules! whole_numbers {
    ($($method:ident: $min:expr, $max:expr;)+) => {$(
        fn $method<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Fault> {
            match self.whole($min, $max)? {
                Whole::Int(number) => visitor.visit_i64(number),
                Whole::Uint(number) => visitor.visit_u64(number),
            }
        }
    )+};
}

impl<'de> Deserializer<'de> for Reader<'de, '_> {
    type Error = Fault;

    whole_numbers! {
        deserialize_i8: i8::MIN.into(), i8::MAX.unsigned_abs().into();
        deserialize_i16: i16::MIN.into(), i16::MAX.unsigned_abs().into();
        deserialize_i32: i32::MIN.into(), i32::MAX.unsigned_abs().into();
        deserialize_i64: i64::MIN, i64::MAX.unsigned_abs();
        deserialize_i128: i64::MIN, u64::MAX;
        deserialize_u8: 0, u8::MAX.into();
        deserialize_u16: 0, u16::MAX.into();
        deserialize_u32: 0, u32::MAX.into();
        deserialize_u64: 0, u64::MAX;
        deserialize_u128: 0, u64::MAX;
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.source {
            Source::Placeholder(0) | Source::Node(Node::Null) => visitor.visit_unit(),
            Source::Node(Node::Bool(value)) => visitor.visit_bool(*value),
            Source::Node(Node::Int(number)) => visitor.visit_i64(*number),
            Source::Node(Node::Uint(number)) => visitor.visit_u64(*number),
            Source::Node(Node::Float(number)) => visitor.visit_f64(*number),
            Source::Node(Node::List(_)) => self.deserialize_seq(visitor),
            Source::Node(Node::Object(_)) => self.deserialize_map(visitor),
            Source::Node(Node::Words(words)) if words.len() > 1 => self.deserialize_seq(visitor),
            Source::Node(Node::Text(_) | Node::Words(_)) | Source::Word(_) | Source::Placeholder(_) => {
                self.deserialize_str(visitor)
            }
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_bool(self.boolean()?)
    }

    fn deserialize_f32<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_f64(self.float(f32::MAX.into())?)
    }

    fn deserialize_f64<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_f64(self.float(f64::MAX)?)
    }

    fn deserialize_char<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_char(self.character()?)
    }

    fn deserialize_str<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_borrowed_str(self.text()?)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_str(visitor)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_str(visitor)
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_any(visitor)
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_any(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.source {
            Source::Node(Node::Null) | Source::Placeholder(_) => visitor.visit_none(),
            Source::Node(_) | Source::Word(_) => visitor.visit_some(self),
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Fault> {
        self.null()?;
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Fault> {
        let (list, count) = self.list(None)?;
        visitor.visit_seq(Items::new(list, count, self.walk))
    }

    fn deserialize_tuple<V: Visitor<'de>>(mut self, length: usize, visitor: V) -> Result<V::Value, Fault> {
        let (list, count) = self.list(Some(length))?;
        visitor.visit_seq(Items::new(list, count, self.walk))
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.deserialize_tuple(length, visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Fault> {
        let members = self.object()?;
        visitor.visit_map(Members::new(members, None, self.walk))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        mut self,
        _name: &'static str,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let fields = Fields { names, visitor: std::any::type_name::<V>() };
        let members = Members::new(self.object()?, Some(fields), &mut *self.walk);
        visitor.visit_map(members).map_err(|fault| self.walk.learn(fields.visitor, names, fault))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        mut self,
        _name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let (name, content) = self.variant(variants)?;
        visitor.visit_enum(Variant { name, content, walk: self.walk })
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_unit()
    }
}
