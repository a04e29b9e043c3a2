//! The members of objects, the items of lists, and the variants of enums.

use std::collections::BTreeSet;

use serde::de::{
    DeserializeSeed, Deserializer as _, EnumAccess, MapAccess, SeqAccess, VariantAccess, Visitor,
};
use shared::error::DetailCode;

use super::fault::Fault;
use super::node::Node;
use super::reader::Reader;
use super::walk::{Segment, Source, Walk};

/// The fields of a struct, and the visitor that asks for them.
#[derive(Clone, Copy)]
pub(super) struct Fields {
    /// The names, aliases among them.
    pub(super) names: &'static [&'static str],
    /// The name of the visitor's type.
    pub(super) visitor: &'static str,
}

/// The members of an object. A struct's unknown and repeated members are left out, required ones that are missing are
/// made up.
pub(super) struct Members<'de, 'w> {
    all: &'de [(String, Node)],
    /// The next member.
    next: usize,
    /// Members that no placeholder will satisfy: they come last.
    hopeless: Vec<usize>,
    /// The fields of a struct; a map has none.
    fields: Option<Fields>,
    /// The next field that may be missing.
    missing: usize,
    /// The names that a map had so far.
    seen: BTreeSet<&'de str>,
    /// Whether the object itself is made up.
    made_up: bool,
    value: Option<(&'de str, Source<'de>)>,
    walk: &'w mut Walk<'de>,
}

impl<'de, 'w> Members<'de, 'w> {
    /// The members of an object; `None` when it is made up.
    pub(super) fn new(
        members: Option<&'de [(String, Node)]>,
        fields: Option<Fields>,
        walk: &'w mut Walk<'de>,
    ) -> Self {
        Self {
            all: members.unwrap_or_default(),
            next: 0,
            hopeless: Vec::new(),
            fields,
            missing: 0,
            seen: BTreeSet::new(),
            made_up: members.is_none(),
            value: None,
            walk,
        }
    }

    /// Moves to the next member and says its name.
    fn advance(&mut self) -> Result<Option<&'de str>, Fault> {
        self.value = self.given()?;
        if self.value.is_none() {
            self.value = self.required()?;
        }
        if self.value.is_none() {
            self.value = self.hopeless.pop().and_then(|index| self.member(index));
        }
        Ok(self.value.map(|(name, _)| name))
    }

    fn member(&self, index: usize) -> Option<(&'de str, Source<'de>)> {
        self.all.get(index).map(|(name, node)| (name.as_str(), Source::Node(node)))
    }

    fn given(&mut self) -> Result<Option<(&'de str, Source<'de>)>, Fault> {
        while let Some((name, source)) = self.member(self.next) {
            let index = self.next;
            self.next += 1;
            if let Some(fields) = self.fields.filter(|fields| !fields.names.contains(&name)) {
                self.walk.complain_of(name, DetailCode::Unknown, unknown(source, fields.names))?;
            } else if self.is_repeated(index, name) {
                self.walk.complain_of(name, DetailCode::Duplicate, "Is given more than once.".to_owned())?;
            } else if self.walk.is_hopeless(name) {
                self.hopeless.push(index);
            } else {
                return Ok(Some((name, source)));
            }
        }
        Ok(None)
    }

    fn is_repeated(&mut self, index: usize, name: &'de str) -> bool {
        match self.fields {
            // A struct's members are few: its own, and unknown or repeated ones until there are enough of them.
            Some(_) => self.all.iter().take(index).any(|(earlier, _)| earlier == name),
            None => !self.seen.insert(name),
        }
    }

    /// A field that is missing and known to be required.
    fn required(&mut self) -> Result<Option<(&'de str, Source<'de>)>, Fault> {
        let Some(fields) = self.fields else { return Ok(None) };
        while let Some(name) = fields.names.get(self.missing).copied() {
            self.missing += 1;
            if self.walk.requires(fields.visitor, name) && self.all.iter().all(|(given, _)| given != name) {
                if !self.made_up {
                    self.walk.complain_of(name, DetailCode::Required, "Is required.".to_owned())?;
                }
                return Ok(Some((name, Source::Placeholder(0))));
            }
        }
        Ok(None)
    }
}

fn unknown(source: Source<'_>, names: &[&str]) -> String {
    match source {
        Source::Node(Node::Words(_)) => format!("Is no parameter. Allowed are {}.", names.join(", ")),
        _ => "Is not a known field.".to_owned(),
    }
}

impl<'de> MapAccess<'de> for Members<'de, '_> {
    type Error = Fault;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Fault> {
        let Some(name) = self.advance()? else { return Ok(None) };
        let source = Source::Word(name);
        if self.fields.is_some() {
            return seed.deserialize(Reader { source, walk: self.walk }).map(Some);
        }
        self.walk.enter(Segment::Name(name), Source::Placeholder(0))?;
        let key = seed.deserialize(Reader { source, walk: self.walk });
        self.walk.leave();
        key.map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Fault> {
        let (name, source) = self.value.take().unwrap_or(("", Source::Placeholder(0)));
        self.walk.descend(Segment::Name(name), source, seed)
    }
}

/// The items of a list.
pub(super) struct Items<'de, 'w> {
    list: Option<&'de Node>,
    index: usize,
    /// How many items there are to be; those that are missing are made up.
    count: usize,
    walk: &'w mut Walk<'de>,
}

impl<'de, 'w> Items<'de, 'w> {
    /// The items of a list, at most `count` of them, or as many made up.
    pub(super) fn new(list: Option<&'de Node>, count: usize, walk: &'w mut Walk<'de>) -> Self {
        Self { list, index: 0, count, walk }
    }
}

impl<'de> SeqAccess<'de> for Items<'de, '_> {
    type Error = Fault;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Fault> {
        if self.index >= self.count {
            return Ok(None);
        }
        let source = match self.list {
            Some(Node::List(items)) => items.get(self.index).map(Source::Node),
            Some(Node::Words(words)) => words.get(self.index).map(|word| Source::Word(word)),
            _ => None,
        };
        let segment = Segment::Index(self.index);
        self.index += 1;
        self.walk.descend(segment, source.unwrap_or(Source::Placeholder(0)), seed).map(Some)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.count.saturating_sub(self.index))
    }
}

/// A variant of an enum, by its name alone or as an object with its name and content.
pub(super) struct Variant<'de, 'w> {
    /// The variant's name.
    pub(super) name: &'de str,
    /// What goes with it.
    pub(super) content: Option<Source<'de>>,
    /// The walk.
    pub(super) walk: &'w mut Walk<'de>,
}

impl<'de, 'w> Variant<'de, 'w> {
    fn into_content(self) -> Result<Reader<'de, 'w>, Fault> {
        let source = if let Some(content) = self.content {
            content
        } else {
            self.walk.complain(DetailCode::Type, "Must be an object.")?;
            Source::Placeholder(0)
        };
        let source = self.walk.enter(Segment::Name(self.name), source)?;
        Ok(Reader { source, walk: self.walk })
    }
}

impl<'de> EnumAccess<'de> for Variant<'de, '_> {
    type Error = Fault;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), Fault> {
        let variant = seed.deserialize(Reader { source: Source::Word(self.name), walk: &mut *self.walk })?;
        Ok((variant, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'de, '_> {
    type Error = Fault;

    fn unit_variant(self) -> Result<(), Fault> {
        match self.content {
            Some(Source::Node(_) | Source::Word(_)) => {
                self.walk.complain(DetailCode::Type, "Must be a text.")
            }
            Some(Source::Placeholder(_)) | None => Ok(()),
        }
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Fault> {
        let reader = self.into_content()?;
        let value = seed.deserialize(Reader { source: reader.source, walk: &mut *reader.walk })?;
        reader.walk.leave();
        Ok(value)
    }

    fn tuple_variant<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, Fault> {
        let reader = self.into_content()?;
        let value =
            Reader { source: reader.source, walk: &mut *reader.walk }.deserialize_tuple(length, visitor)?;
        reader.walk.leave();
        Ok(value)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let reader = self.into_content()?;
        let inner = Reader { source: reader.source, walk: &mut *reader.walk };
        let value = inner.deserialize_struct("", fields, visitor)?;
        reader.walk.leave();
        Ok(value)
    }
}
