//! Moments: integer milliseconds inside and in SQL, RFC 3339 UTC in JSON. And an end to waiting.

use std::borrow::Cow;
use std::fmt;
use std::pin::pin;
use std::time::Duration;

use futures::future::{Either, select};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::error::DetailCode;
use crate::ports::{Clock, Value};
use crate::validation;

/// What the future answers, or `None` when it has not by the end of the budget; it is dropped then.
pub async fn within<F: Future>(clock: &dyn Clock, budget: Duration, future: F) -> Option<F::Output> {
    match select(pin!(future), clock.sleep(budget)).await {
        Either::Left((answer, _)) => Some(answer),
        Either::Right(_) => None,
    }
}

/// A moment in UTC, in milliseconds since 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The last moment of the year 9999: the range of RFC 3339.
    const MAX: i64 = 253_402_300_799_999;

    /// A moment from milliseconds since 1970-01-01, held within the years 1970 to 9999.
    pub fn from_millis(millis: i64) -> Self {
        Self(millis.clamp(0, Self::MAX))
    }

    /// Milliseconds since 1970-01-01.
    pub fn millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since 1970-01-01, as JSON Web Tokens count.
    pub fn seconds(self) -> i64 {
        self.0 / 1000
    }

    /// The moment this much later.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        Self::from_millis(self.0.saturating_add(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)))
    }

    /// The moment this much earlier.
    #[must_use]
    pub fn minus(self, duration: Duration) -> Self {
        Self::from_millis(self.0.saturating_sub(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)))
    }

    /// The time from an earlier moment to this one; zero if that one is later.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0 - earlier.0).unwrap_or(0))
    }
}

impl Timestamp {
    /// Reads an RFC 3339 time from 1970 on; fractions past milliseconds are cut off.
    pub fn parse(text: &str) -> Option<Self> {
        let millis = Self::parse_millis(text)?;
        (0..=Self::MAX).contains(&millis).then_some(Self(millis))
    }

    /// Reads an RFC 3339 time of any year as milliseconds since 1970-01-01, to compare with.
    pub fn parse_millis(text: &str) -> Option<i64> {
        let moment = OffsetDateTime::parse(text, &Rfc3339).ok()?;
        i64::try_from(moment.unix_timestamp_nanos().div_euclid(1_000_000)).ok()
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let moment = OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1_000_000)
            .map_err(|_| fmt::Error)?;
        let ((year, month, day), (hour, minute, second)) = (moment.to_calendar_date(), moment.to_hms());
        let (month, millis) = (u8::from(month), moment.millisecond());
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z")
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let refused = || {
            let sentence = "Must be a time such as 2026-01-31T12:00:00Z (RFC 3339), from 1970 on.";
            validation::refusal(DetailCode::Type, sentence)
        };
        Self::parse(&String::deserialize(deserializer)?).ok_or_else(refused)
    }
}

impl JsonSchema for Timestamp {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Timestamp".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "date-time", "examples": ["2026-01-31T12:00:00.000Z"] })
    }
}

impl From<Timestamp> for Value {
    fn from(value: Timestamp) -> Self {
        Self::Integer(value.0)
    }
}

impl crate::ports::FromValue for Timestamp {
    fn from_value(value: &Value) -> Option<Self> {
        i64::from_value(value).map(Self::from_millis)
    }
}

#[cfg(test)]
mod tests {
    use super::Timestamp;

    #[test]
    fn moments_are_written_as_rfc_3339() {
        let cases = [
            (0, "1970-01-01T00:00:00.000Z"),
            (951_782_399_999, "2000-02-28T23:59:59.999Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
            (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
        ];
        for (millis, text) in cases {
            assert_eq!(Timestamp::from_millis(millis).to_string(), text);
            assert_eq!(Timestamp::parse(text), Some(Timestamp::from_millis(millis)));
        }
    }

    #[test]
    fn times_of_any_year_can_be_compared_with() {
        let cases = [
            ("1969-12-31T23:59:59.9999Z", -1),
            ("0001-01-01T00:00:00Z", -62_135_596_800_000),
            ("0000-01-01T00:00:00+23:59", -62_167_305_540_000),
            ("9999-12-31T23:59:59-23:59", 253_402_387_139_000),
        ];
        for (text, millis) in cases {
            assert_eq!(Timestamp::parse_millis(text), Some(millis), "{text}");
            assert_eq!(Timestamp::parse(text), None, "{text}");
        }
    }

    #[test]
    fn times_with_zones_are_read_and_other_texts_are_not() {
        let noon = Timestamp::from_millis(1_769_860_800_000);
        for text in ["2026-01-31T12:00:00Z", "2026-01-31T13:30:00.000999+01:30", "2026-01-31T07:00:00-05:00"]
        {
            assert_eq!(Timestamp::parse(text), Some(noon), "{text}");
        }
        let wrong = [
            "",
            "2026-01-31",
            "2026-02-30T00:00:00Z",
            "2026-01-31T24:00:00Z",
            "2026-01-31T12:00:00",
            "2026-1-31T12:00:00Z",
            "2026-01-31T12:00:00+1:00",
            "+026-01-31T12:00:00Z",
            "2026-00-01T00:00:00Z",
            "2026-01-31T12:00:00.Z",
        ];
        for text in wrong {
            assert_eq!(Timestamp::parse(text), None, "{text}");
        }
    }
}
