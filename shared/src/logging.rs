//! Log lines: one JSON object a line, through the `log` facade. What a line is and whether it is written is decided
//! here; each adapter only says where it goes.
//!
//! A line tells nothing personal: no token, no body, no query, no address of a person.

use std::fmt::{self, Display, Write as _};

use log::{Level, LevelFilter, Log, Metadata, Record};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::config::{ConfigError, LogLevel};
use crate::time::Timestamp;

/// A line under construction. Fields keep the order in which they are added, after `level` and `message`.
#[must_use = "a line is logged by write()"]
#[derive(Debug)]
pub struct Line {
    level: Level,
    /// The object without its closing brace; `None` when the level is off.
    json: Option<String>,
}

impl Line {
    /// A line with a message that can be understood without the other fields.
    pub fn new(level: Level, message: &str) -> Self {
        let json = log::log_enabled!(level).then(|| format!("{{\"level\":\"{}\"", name(level)));
        Self { level, json }.with("message", message)
    }

    /// Adds when it happened.
    pub fn at(self, moment: Timestamp) -> Self {
        self.with("time", &moment)
    }

    /// Adds a field.
    pub fn with(mut self, field: &str, value: &(impl Serialize + ?Sized)) -> Self {
        if let Some(json) = &mut self.json {
            let value = serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned());
            // Writing to a text cannot fail.
            let _ = write!(json, ",\"{field}\":{value}");
        }
        self
    }

    /// Adds a field that not every line has.
    pub fn with_some(self, field: &str, value: Option<&(impl Serialize + ?Sized)>) -> Self {
        match value {
            Some(value) => self.with(field, value),
            None => self,
        }
    }

    /// Adds the field `error`. Addresses are left out of it: providers quote whom they could not reach.
    pub fn error(self, cause: &impl Display) -> Self {
        if self.json.is_none() {
            return self;
        }
        self.with("error", &without_addresses(&format!("{cause:#}")))
    }

    /// Logs it.
    pub fn write(self) {
        if self.json.is_some() {
            log::log!(self.level, "{self}");
        }
    }
}

impl Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}}}", self.json.as_deref().unwrap_or("{"))
    }
}

fn name(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Warn => "warn",
        Level::Info => "info",
        Level::Debug | Level::Trace => "debug",
    }
}

/// The text with every e-mail address in it replaced.
pub fn without_addresses(text: &str) -> String {
    let end_of_word = |letter: char| letter.is_whitespace() || "<>()[]{}\"'`,;:=".contains(letter);
    let words = text.split_inclusive(end_of_word).flat_map(|word| {
        let bare = word.trim_end_matches(end_of_word);
        let end = word.strip_prefix(bare).unwrap_or_default();
        [if bare.contains('@') { "(address)" } else { bare }, end]
    });
    words.collect()
}

/// Whether the lines of something that went well are among the share that is logged. All lines with the same id are, or
/// none is.
pub fn is_sampled(id: &str, share: f64) -> bool {
    let [a, b, c, d, ..]: [u8; 32] = Sha256::digest(id).into();
    f64::from(u32::from_be_bytes([a, b, c, d])) < share * (f64::from(u32::MAX) + 1.0)
}

/// Logs why the application does not serve.
pub fn not_configured(error: &ConfigError, moment: Timestamp) {
    Line::new(Level::Error, "the service is not configured").at(moment).error(error).write();
}

/// Sends all lines to `write`, which gets a whole line without its end. [`LogLevel::Info`] holds until [`set_level`].
pub fn install(write: fn(Level, &str)) {
    if log::set_boxed_logger(Box::new(Sink(write))).is_ok() {
        set_level(LogLevel::Info);
    }
}

/// Sets how much is logged.
pub fn set_level(level: LogLevel) {
    log::set_max_level(match level {
        LogLevel::Error => LevelFilter::Error,
        LogLevel::Warn => LevelFilter::Warn,
        LogLevel::Info => LevelFilter::Info,
        LogLevel::Debug => LevelFilter::Debug,
    });
}

struct Sink(fn(Level, &str));

impl Log for Sink {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        (self.0)(record.level(), &record.args().to_string());
    }

    fn flush(&self) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_one_json_object_with_its_fields_in_order() {
        install(|_, _| {});
        let moment = Timestamp::from_millis(951_782_400_000);
        let line = Line::new(Level::Warn, "a \"message\"\nof two lines").at(moment).with("attempt", &2);
        let line = line.with_some("id", Some("x")).with_some("none", None::<&str>).error(&"gone");
        assert_eq!(
            line.to_string(),
            "{\"level\":\"warn\",\"message\":\"a \\\"message\\\"\\nof two lines\",\
             \"time\":\"2000-02-29T00:00:00.000Z\",\"attempt\":2,\"id\":\"x\",\"error\":\"gone\"}"
        );
    }

    #[test]
    fn addresses_of_people_are_left_out_of_errors() {
        let cases = [
            ("422: Invalid `to`: <ada@example.test>, sorry", "422: Invalid `to`: <(address)>, sorry"),
            ("to your own address (ada@example.test)", "to your own address ((address))"),
            ("ada@example.test, bob+x@example.test", "(address), (address)"),
            ("https://user:word@mail.example/emails", "https://user:(address)"),
            ("nobody is named here: 422", "nobody is named here: 422"),
        ];
        for (text, cleaned) in cases {
            assert_eq!(without_addresses(text), cleaned);
        }
    }

    #[test]
    fn a_share_of_all_ids_is_sampled_and_always_the_same() {
        let ids: Vec<_> = (0..10_000).map(|number| format!("request-{number}")).collect();
        let sampled = |share| ids.iter().filter(|id| is_sampled(id, share)).count();
        assert_eq!((sampled(0.0), sampled(1.0)), (0, 10_000));
        assert!((900..1100).contains(&sampled(0.1)), "{}", sampled(0.1));
        assert!(
            ids.iter().all(|id| !is_sampled(id, 0.1) || is_sampled(id, 0.2)),
            "a larger share holds the smaller"
        );
    }
}
