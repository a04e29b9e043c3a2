//! Extractors: the arguments of a handler after its guard. Each validates, so that a controller never sees bad input.

use async_trait::async_trait;
use percent_encoding::percent_decode_str;
use serde::de::{DeserializeOwned, IgnoredAny};
use shared::cache::{Resource, Seen};
use shared::error::{Error, Violation};
use shared::ids::{JobId, ProductId};
use shared::query::{self, ListQuery};
use shared::validation;
use validator::Validate;

use crate::app::Services;
use crate::http::cookies;
use crate::http::failure::{Code, Failure};
use crate::http::request::MAX_BODY_BYTES;
use crate::http::{Request, Result};

/// A part of the request as a typed value.
#[async_trait(?Send)]
pub trait Extract: Sized {
    /// Reads and validates the part.
    async fn extract(services: &Services, request: &Request) -> Result<Self>;
}

/// A JSON body that obeys the rules of its type.
#[derive(Debug)]
pub struct Valid<T>(pub T);

#[async_trait(?Send)]
impl<T: DeserializeOwned + Validate> Extract for Valid<T> {
    async fn extract(_: &Services, request: &Request) -> Result<Self> {
        let media_type = request.header("content-type").unwrap_or_default();
        if !is_json(media_type) {
            let message = "The body must be JSON, with the header Content-Type: application/json.";
            return Err(Failure::new(Code::UnsupportedMediaType, message));
        }
        let coding = request.header("content-encoding").unwrap_or_default();
        if !coding.is_empty() && !coding.eq_ignore_ascii_case("identity") {
            let message = "The body must come as it is, without a Content-Encoding.";
            return Err(Failure::new(Code::UnsupportedMediaType, message));
        }
        let body = request.read_body(MAX_BODY_BYTES).await?;
        let value: T = parse_json(&body)?;
        let violations = validation::violations(&value);
        if violations.is_empty() { Ok(Self(value)) } else { Err(Error::Invalid(violations).into()) }
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
    // Serde would take an array for an object whose fields come in order.
    if !text.trim_ascii_start().starts_with('{') {
        return Err(Error::Invalid(vec![Violation::new("body", "type", "Must be an object.")]).into());
    }
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
        Violation::new(inside(named), "required", "Is required.")
    } else if sentence.starts_with("unknown field") {
        Violation::new(
            if path.ends_with(named) { path.to_owned() } else { inside(named) },
            "unknown",
            "Is not a known field.",
        )
    } else if sentence.starts_with("duplicate field") {
        Violation::new(
            if path.ends_with(named) { path.to_owned() } else { inside(named) },
            "duplicate",
            "Is given more than once.",
        )
    } else {
        let field = if path == "." { "body" } else { path };
        Violation::new(field, "type", capitalised(sentence))
    };
    Error::Invalid(vec![violation]).into()
}

fn capitalised(sentence: &str) -> String {
    let mut chars = sentence.chars();
    chars.next().map_or_else(String::new, |first| format!("{}{}.", first.to_uppercase(), chars.as_str()))
}

/// A type that a `{name}` segment of a route is read as.
pub trait FromPath: Sized {
    /// The segment's name in the route.
    const NAME: &'static str;
    /// What it identifies, for the error.
    const WHAT: &'static str;

    /// Reads the segment; `None` when nothing can have this name.
    fn from_path(text: &str) -> Option<Self>;
}

impl FromPath for ProductId {
    const NAME: &'static str = "id";
    const WHAT: &'static str = "product";

    fn from_path(text: &str) -> Option<Self> {
        Self::parse(text)
    }
}

impl FromPath for JobId {
    const NAME: &'static str = "id";
    const WHAT: &'static str = "job";

    fn from_path(text: &str) -> Option<Self> {
        Self::parse(text)
    }
}

/// A segment of the path. One that cannot name anything is not found.
#[derive(Debug)]
pub struct Path<T>(pub T);

#[async_trait(?Send)]
impl<T: FromPath> Extract for Path<T> {
    async fn extract(_: &Services, request: &Request) -> Result<Self> {
        let value = request.param(T::NAME).and_then(T::from_path);
        value.map(Self).ok_or_else(|| Error::NotFound(T::WHAT).into())
    }
}

/// A resource whose lists follow the list grammar.
pub trait Listed {
    /// The resource's table of fields.
    fn resource() -> &'static query::Resource;
}

impl Listed for shared::models::Product {
    fn resource() -> &'static query::Resource {
        &shared::repositories::products::RESOURCE
    }
}

/// The query string of a list of `T`.
#[derive(Debug)]
pub struct ListOf<T> {
    /// The query.
    pub query: ListQuery,
    listed: std::marker::PhantomData<T>,
}

#[async_trait(?Send)]
impl<T: Listed> Extract for ListOf<T> {
    async fn extract(_: &Services, request: &Request) -> Result<Self> {
        let pairs = decode_query(request.parts.uri.query().unwrap_or_default())?;
        let query = ListQuery::parse(T::resource(), &pairs)?;
        Ok(Self { query, listed: std::marker::PhantomData })
    }
}

/// Decodes `application/x-www-form-urlencoded` pairs, strictly: what is not UTF-8 is refused.
fn decode_query(query: &str) -> Result<Vec<(String, String)>> {
    let decode = |text: &str| {
        let text = text.replace('+', " ");
        percent_decode_str(&text).decode_utf8().map(std::borrow::Cow::into_owned).ok()
    };
    let pairs = query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        decode(name).zip(decode(value)).ok_or_else(|| {
            let violation = Violation::new(
                name.chars().take(100).collect::<String>(),
                "encoding",
                "Is not percent-encoded UTF-8.",
            );
            Error::BadQuery(vec![violation]).into()
        })
    });
    pairs.collect()
}

/// What identifies the client for limits.
#[derive(Debug)]
pub struct Client(pub String);

#[async_trait(?Send)]
impl Extract for Client {
    async fn extract(_: &Services, request: &Request) -> Result<Self> {
        Ok(Self(request.client()))
    }
}

/// The generation of products that the client has seen at least, from its header or cookie.
#[derive(Debug)]
pub struct SeenProducts(pub Seen);

#[async_trait(?Send)]
impl Extract for SeenProducts {
    async fn extract(services: &Services, request: &Request) -> Result<Self> {
        let token = request.header(SEEN_HEADER).or_else(|| cookies::get(request.headers(), cookies::SEEN));
        let Some(token) = token else { return Ok(Self(Seen::nothing(Resource::Products))) };
        let keys = services.keys().await?;
        Ok(Self(Seen::from_token(Resource::Products, &keys, token)))
    }
}

/// The header that carries [`Seen`] for clients without a cookie jar, in both directions.
pub const SEEN_HEADER: &str = "ashlar-seen";

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

    #[test]
    fn query_strings_are_decoded_strictly() {
        let pairs = decode_query("a=1+2&b%5Bin%5D=%C3%A9&&c").unwrap();
        let expected = [("a", "1 2"), ("b[in]", "é"), ("c", "")];
        assert_eq!(pairs, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
        assert_eq!(decode_query("a=%FF").unwrap_err().code, Code::InvalidQuery);
    }
}
