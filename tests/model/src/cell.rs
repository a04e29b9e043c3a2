//! What a column of a row holds.

use std::cmp::Ordering;

use serde_json::{Value as Json, json};

/// One value. Derived order is the database's: NULL before numbers before texts, texts by their bytes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cell {
    /// Nothing.
    Null,
    /// A whole number; a time in milliseconds; 0 or 1.
    Integer(i64),
    /// A text.
    Text(String),
}

impl Cell {
    /// How it compares with another; `None` where one of them is NULL, which compares with nothing.
    pub fn compare(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Null, _) | (_, Self::Null) => None,
            _ => Some(self.cmp(other)),
        }
    }

    /// The text, if it is one.
    pub fn text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// As it stands in JSON when it is no time and no truth.
    pub fn json(&self) -> Json {
        match self {
            Self::Null => Json::Null,
            Self::Integer(number) => json!(number),
            Self::Text(text) => json!(text),
        }
    }
}

/// RFC 3339 with milliseconds, in UTC, of the years 0 to 9999.
pub(crate) fn time(millis: i64) -> String {
    let (days, rest) = (millis.div_euclid(86_400_000), millis.rem_euclid(86_400_000));
    let (year, month, day) = civil(days);
    let (seconds, millis) = (rest / 1000, rest % 1000);
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z")
}

/// The day of the proleptic Gregorian calendar, found by counting: slow and plain.
fn civil(days: i64) -> (i64, i64, i64) {
    let leap = |year: i64| (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    // Whole cycles of 400 years first.
    let (cycles, mut left) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let mut year = 1970 + 400 * cycles;
    loop {
        let length = if leap(year) { 366 } else { 365 };
        if left < length {
            break;
        }
        left -= length;
        year += 1;
    }
    let february = if leap(year) { 29 } else { 28 };
    for (month, length) in (1..).zip([31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]) {
        if left < length {
            return (year, month, left + 1);
        }
        left -= length;
    }
    (year, 12, 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_rfc_3339_says() {
        for (millis, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (951_782_400_001, "2000-02-29T00:00:00.001Z"),
            (1_767_225_599_999, "2025-12-31T23:59:59.999Z"),
            (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
        ] {
            assert_eq!(time(millis), text);
        }
    }

    #[test]
    fn nothing_compares_with_null_but_it_sorts_first() {
        assert_eq!(Cell::Null.compare(&Cell::Null), None);
        assert!(Cell::Null < Cell::Integer(i64::MIN) && Cell::Integer(9) < Cell::Text(String::new()));
    }
}
