//! Fields of a patch that may be absent, null or a value.

use schemars::Schema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use validator::{Validate, ValidateLength, ValidateRange, ValidationErrors};

/// A field of a patch, for a column that may be NULL. It goes with `#[serde(default)]`: without it, the field must be
/// given. For a column that is NOT NULL, see [`not_null`](crate::validation::not_null).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Field<T> {
    /// Not given: the column stays as it is.
    #[default]
    Absent,
    /// Given as null: the column becomes NULL.
    Null,
    /// Given: the column becomes this.
    Value(T),
}

impl<T> Field<T> {
    /// The value, when there is one.
    pub fn value(&self) -> Option<&T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Absent | Self::Null => None,
        }
    }

    /// The value itself, when there is one: for what is new, where absent and null are the same.
    pub fn into_value(self) -> Option<T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Absent | Self::Null => None,
        }
    }

    /// Changes the value, when there is one.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Field<U> {
        match self {
            Self::Absent => Field::Absent,
            Self::Null => Field::Null,
            Self::Value(value) => Field::Value(change(value)),
        }
    }

    /// For SQL: what the column becomes, if it changes; an inner `None` is NULL.
    pub fn to_change(&self) -> Option<Option<T>>
    where
        T: Clone,
    {
        (!matches!(self, Self::Absent)).then(|| self.value().cloned())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Field<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Through a newtype, so that serde takes a missing field for missing and not for null.
        #[derive(Deserialize)]
        struct Nullable<T>(Option<T>);

        let Nullable(value) = Nullable::deserialize(deserializer)?;
        Ok(value.map_or(Self::Null, Self::Value))
    }
}

/// For `validator`, which keeps the values that break its rules.
impl<T: Serialize> Serialize for Field<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value().serialize(serializer)
    }
}

impl<T: Validate> Validate for Field<T> {
    fn validate(&self) -> Result<(), ValidationErrors> {
        self.value().map_or(Ok(()), Validate::validate)
    }
}

impl<T: ValidateLength<u64>> ValidateLength<u64> for Field<T> {
    fn length(&self) -> Option<u64> {
        self.value().and_then(ValidateLength::length)
    }
}

impl<T: PartialOrd> ValidateRange<T> for Field<T> {
    fn greater_than(&self, max: T) -> Option<bool> {
        self.value().map(|value| *value > max)
    }

    fn less_than(&self, min: T) -> Option<bool> {
        self.value().map(|value| *value < min)
    }
}

/// For the JSON Schema of a patch: what is absent stays as it is, so no field has a default.
pub(crate) fn without_defaults(schema: &mut Schema) {
    let properties = schema.get_mut("properties").and_then(Value::as_object_mut);
    for property in properties.into_iter().flat_map(|properties| properties.values_mut()) {
        if let Some(members) = property.as_object_mut() {
            members.remove("default");
        }
    }
}

/// For the JSON Schema of a field that may be left out.
pub(crate) fn without_default(schema: &mut Schema) {
    if let Some(members) = schema.as_object_mut() {
        members.remove("default");
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::error::DetailCode;
    use crate::validation;

    #[derive(Debug, Deserialize, Validate)]
    #[serde(deny_unknown_fields)]
    struct Patch {
        #[serde(default, deserialize_with = "validation::normalised")]
        #[validate(length(min = 1, max = 3), custom(function = "validation::one_line"))]
        note: Field<String>,
        #[serde(default)]
        #[validate(range(min = 1, max = 9))]
        rank: Field<i64>,
        #[serde(default, deserialize_with = "validation::normalised")]
        #[validate(length(min = 1, max = 3), custom(function = "validation::one_line"))]
        name: Option<String>,
        #[serde(default, deserialize_with = "validation::not_null")]
        #[validate(range(min = 1, max = 9))]
        price: Option<i64>,
    }

    fn read(json: Value) -> Result<Patch, serde_json::Error> {
        serde_json::from_value(json)
    }

    #[test]
    fn absent_null_and_a_value_are_three_things() {
        let absent = read(json!({})).unwrap();
        assert_eq!((absent.note, absent.rank), (Field::Absent, Field::Absent));
        assert_eq!((absent.name, absent.price), (None, None));
        let null = read(json!({ "note": null, "rank": null })).unwrap();
        assert_eq!((null.note.to_change(), null.rank.to_change()), (Some(None), Some(None)));
        let given = read(json!({ "note": " e\u{301} ", "rank": 3, "name": " n ", "price": 4 })).unwrap();
        assert_eq!((given.note, given.rank), (Field::Value("\u{e9}".to_owned()), Field::Value(3)));
        assert_eq!((given.name.as_deref(), given.price), (Some("n"), Some(4)));
    }

    #[test]
    fn null_is_refused_where_the_column_has_none() {
        assert!(read(json!({ "name": null })).is_err());
        assert!(read(json!({ "price": null })).is_err());
    }

    #[test]
    fn a_field_without_a_default_must_be_given() {
        #[derive(Debug, Deserialize)]
        struct Forgotten {
            #[expect(dead_code, reason = "only its absence matters")]
            note: Field<String>,
        }
        let error = serde_json::from_str::<Forgotten>("{}").unwrap_err();
        assert!(error.to_string().contains("missing field"), "{error}");
    }

    #[test]
    fn rules_apply_to_the_value_only() {
        for fine in [json!({}), json!({ "note": null, "rank": null }), json!({ "note": "abc", "rank": 9 })] {
            assert_eq!(validation::violations(&read(fine).unwrap()), []);
        }
        let bad = read(json!({ "note": "ab\u{7}d", "rank": 10, "name": "", "price": 0 })).unwrap();
        let found: Vec<_> =
            validation::violations(&bad).into_iter().map(|found| (found.field, found.code)).collect();
        let expected = [
            ("name", DetailCode::Length),
            ("note", DetailCode::Length),
            ("note", DetailCode::Control),
            ("price", DetailCode::Range),
            ("rank", DetailCode::Range),
        ];
        assert_eq!(found, expected.map(|(field, code)| (field.to_owned(), code)));
    }
}
