//! Cursors: a place in the order of one query, which the client carries from page to page.
//!
//! A cursor has the values of the sort keys of one row and a message authentication code over them and over the query
//! that they belong to: resource, conditions, order and what a service keeps the list within. It is of use for that query
//! only, with whatever `limit`, `count` and `fields`. It does not expire, and works on when the row is gone.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};
use serde_json::Value as Json;

use crate::auth::KeySet;
use crate::ports::Value;
use crate::query::list::SortKey;
use crate::query::resource::Kind;
use crate::time::Timestamp;

/// Names the format, too: with another, cursors of before are refused.
const MAC_PURPOSE: &str = "list-cursor-1";

const MAC_BYTES: usize = 16;

/// Writes the cursor of a row with these values of the sort keys.
pub(super) fn sign(keys: &KeySet, query: &str, place: &[Value]) -> String {
    let place: Vec<_> = place.iter().map(to_json).collect();
    let mut bytes = Json::Array(place).to_string().into_bytes();
    let mac = keys.mac(MAC_PURPOSE, &message(query, &bytes));
    bytes.extend_from_slice(&mac);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Reads a cursor; `None` when it is not one of this query.
pub(super) fn open(keys: &KeySet, query: &str, order: &[SortKey], cursor: &str) -> Option<Vec<Value>> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
    let (place, mac) = bytes.split_at_checked(bytes.len().checked_sub(MAC_BYTES)?)?;
    if !keys.verify_mac(MAC_PURPOSE, &message(query, place), mac) {
        return None;
    }
    let place: Vec<Json> = serde_json::from_slice(place).ok()?;
    let place: Vec<_> = place.into_iter().map(from_json).collect::<Option<_>>()?;
    (place.len() == order.len()).then_some(place)
}

fn message(query: &str, place: &[u8]) -> Vec<u8> {
    // No query has a NUL in it: it is percent-encoded.
    [query.as_bytes(), &[0], place].concat()
}

fn to_json(value: &Value) -> Json {
    match value {
        Value::Integer(number) => Json::from(*number),
        Value::Text(text) => Json::from(text.as_str()),
        Value::Null | Value::Real(_) | Value::Blob(_) => Json::Null,
    }
}

fn from_json(value: Json) -> Option<Value> {
    match value {
        Json::Null => Some(Value::Null),
        Json::Number(number) => number.as_i64().map(Value::Integer),
        Json::String(text) => Some(Value::Text(text)),
        _ => None,
    }
}

/// The values of the sort keys in a row's JSON object, as they are in SQL.
pub(super) fn place_of(order: &[SortKey], row: &str) -> Option<Vec<Value>> {
    let mut read = serde_json::Deserializer::from_str(row);
    Place(order).deserialize(&mut read).ok()
}

struct Place<'a>(&'a [SortKey]);

impl<'de> DeserializeSeed<'de> for Place<'_> {
    type Value = Vec<Value>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Place<'_> {
    type Value = Vec<Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a row")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut row: A) -> Result<Self::Value, A::Error> {
        let mut place = vec![None; self.0.len()];
        while let Some(name) = row.next_key::<&str>()? {
            let Some(index) = self.0.iter().position(|key| key.field.name == name) else {
                row.next_value::<IgnoredAny>()?;
                continue;
            };
            let value = row.next_value::<Json>()?;
            let kind = self.0.get(index).map_or(Kind::Json, |key| key.field.kind);
            if let Some(slot) = place.get_mut(index) {
                *slot = in_sql(kind, value);
            }
        }
        place.into_iter().collect::<Option<_>>().ok_or_else(|| A::Error::custom("a sort key is missing"))
    }
}

fn in_sql(kind: Kind, value: Json) -> Option<Value> {
    match (kind, value) {
        (Kind::Time, Json::String(text)) => Timestamp::parse_millis(&text).map(Value::Integer),
        (Kind::Truth, Json::Bool(truth)) => Some(Value::from(truth)),
        (_, value) => from_json(value),
    }
}
