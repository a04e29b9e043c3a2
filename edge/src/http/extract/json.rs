//! JSON bodies.

use async_trait::async_trait;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use shared::error::Error;
use validator::Validate;

use crate::app::Services;
use crate::http::failure::{Code, Failure};
use crate::http::input::{self, Node};
use crate::http::request::MAX_BODY_BYTES;
use crate::http::{Extract, Request, Result, Valid};
use crate::openapi::Operation;

/// A JSON body.
#[derive(Debug)]
pub struct Json<T>(pub T);

#[async_trait(?Send)]
impl<T: DeserializeOwned + Validate + JsonSchema> Extract for Valid<Json<T>> {
    async fn extract(_: &Services, request: &Request) -> Result<Self> {
        let body = read_body(request).await?;
        input::read(&body).map(|value| Self(Json(value))).map_err(|found| Error::Invalid(found).into())
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

/// A body that need not be there: an empty one counts as none, whatever its media type is said to be.
#[async_trait(?Send)]
impl<T: DeserializeOwned + Validate + JsonSchema> Extract for Valid<Option<Json<T>>> {
    async fn extract(_: &Services, request: &Request) -> Result<Self> {
        let body = request.read_body(MAX_BODY_BYTES).await?;
        if body.is_empty() {
            return Ok(Self(None));
        }
        check_type(request)?;
        let body = Node::from_json(&body)?;
        input::read(&body).map(|value| Self(Some(Json(value)))).map_err(|found| Error::Invalid(found).into())
    }

    fn describe(operation: &mut Operation) {
        <Valid<Json<T>>>::describe(operation);
        operation.body_is_optional();
    }
}

pub(super) async fn read_body(request: &Request) -> Result<Node> {
    check_type(request)?;
    Node::from_json(&request.read_body(MAX_BODY_BYTES).await?)
}

fn check_type(request: &Request) -> Result<()> {
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
    Ok(())
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
