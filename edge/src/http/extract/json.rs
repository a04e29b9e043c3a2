//! JSON bodies.

use async_trait::async_trait;
use schemars::JsonSchema;
use serde::de::{DeserializeOwned, IgnoredAny};
use shared::error::{DetailCode, Error, Violation};
use shared::validation;
use validator::Validate;

use crate::app::Services;
use crate::http::failure::{Code, Failure};
use crate::http::request::MAX_BODY_BYTES;
use crate::http::{Extract, Request, Result};
use crate::openapi::Operation;

/// A JSON body that obeys the rules of its type.
#[derive(Debug)]
pub struct Valid<T>(pub T);

#[async_trait(?Send)]
impl<T: DeserializeOwned + Validate + JsonSchema> Extract for Valid<T> {
    async fn extract(_: &Services, request: &Request) -> Result<Self> {
        let media_type = request.header("content-type").unwrap_or_default();
        if !is_json(media_type) {
            let message = "The body must be JSON, with the header Content-Type: application/json.";
            return Err(Failure::new(Code::UnsupportedMediaType, message));
        }
        let body = request.read_body(MAX_BODY_BYTES).await?;
        let value: T = parse_json(&body)?;
        let violations = validation::violations(&value);
        if violations.is_empty() { Ok(Self(value)) } else { Err(Error::Invalid(violations).into()) }
    }

    fn describe(operation: &mut Operation) {
        operation.reads::<T>();
        operation.fails_with(&[
            Code::MalformedJson,
            Code::BodyTooLarge,
            Code::UnsupportedMediaType,
            Code::InvalidInput,
        ]);
    }
}

/// `application/json` or a type with the suffix `+json`, in UTF-8.
fn is_json(media_type: &str) -> bool {
    let mut parts = media_type.split(';').map(str::trim);
    let essence = parts.next().unwrap_or_default().to_ascii_lowercase();
    let json =
        essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"));
    json && parts.filter_map(|part| part.split_once('=')).all(|(name, value)| {
        !name.eq_ignore_ascii_case("charset") || value.trim_matches('"').eq_ignore_ascii_case("utf-8")
    })
}

/// Reads JSON in two passes: whatever is not JSON from its first to its last byte is reported as such, and only then
/// is the shape looked at.
fn parse_json<T: DeserializeOwned>(body: &[u8]) -> Result<T> {
    let text =
        std::str::from_utf8(body).map_err(|_| Failure::new(Code::MalformedJson, "The body is not UTF-8."))?;
    serde_json::from_str::<IgnoredAny>(text).map_err(|error| json_failure("", &error))?;
    serde_path_to_error::deserialize(&mut serde_json::Deserializer::from_str(text)).map_err(|error| {
        let path = error.path().to_string();
        json_failure(&path, error.inner())
    })
}

/// Text that is no JSON is a bad request; JSON of another shape is invalid input.
fn json_failure(path: &str, error: &serde_json::Error) -> Failure {
    if !error.is_data() {
        let message = format!("The body is not JSON: line {}, column {}.", error.line(), error.column());
        return Failure::new(Code::MalformedJson, message);
    }
    let text = error.to_string();
    let sentence = text.rsplit_once(" at line ").map_or(text.as_str(), |(sentence, _)| sentence);
    let named = sentence.split('`').nth(1).unwrap_or_default();
    let inside =
        |name: &str| if path == "." || path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    let violation = if sentence.starts_with("missing field") {
        Violation::new(inside(named), DetailCode::Required, "Is required.")
    } else if sentence.starts_with("unknown field") {
        Violation::new(
            if path.ends_with(named) { path.to_owned() } else { inside(named) },
            DetailCode::Unknown,
            "Is not a known field.",
        )
    } else if sentence.starts_with("duplicate field") {
        Violation::new(
            if path.ends_with(named) { path.to_owned() } else { inside(named) },
            DetailCode::Duplicate,
            "Is given more than once.",
        )
    } else {
        let field = if path == "." { "body" } else { path };
        Violation::new(field, DetailCode::Type, capitalised(sentence))
    };
    Error::Invalid(vec![violation]).into()
}

fn capitalised(sentence: &str) -> String {
    let mut chars = sentence.chars();
    chars.next().map_or_else(String::new, |first| format!("{}{}.", first.to_uppercase(), chars.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_media_types_are_recognised() {
        for good in [
            "application/json",
            "Application/JSON; charset=UTF-8",
            "application/merge-patch+json",
            "application/json;charset=\"utf-8\"",
        ] {
            assert!(is_json(good), "{good}");
        }
        for bad in [
            "",
            "text/plain",
            "text/json",
            "application/jsonp",
            "application/json; charset=latin1",
            "application/x-www-form-urlencoded",
        ] {
            assert!(!is_json(bad), "{bad}");
        }
    }
}
