//! `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header).

use async_trait::async_trait;
use serde_json::json;
use shared::error::{DetailCode, Violation};
use shared::idempotency::{IdempotencyKey, digest, fingerprint};

use crate::app::Services;
use crate::http::failure::{Code, Failure};
use crate::http::{Extract, Request, Result};
use crate::openapi::Operation;

/// The header that the key is in.
pub const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// The header of an answer that was given before.
pub const REPLAYED: &str = "idempotency-replayed";

/// What [`IdempotencyKey::parse`] reads, for the document.
const PATTERN: &str = r#"^("([ !#-\[\]-~]|\\["\\]){1,255}"|[!#-+\--~]{1,255})$"#;

/// What a request asks for, and the key by which it is carried out once. The key is read after the rest, because a
/// digest of the body is part of what it stands for; so the two come together.
#[derive(Debug)]
pub struct Once<B>(pub B, pub Option<IdempotencyKey>);

#[async_trait(?Send)]
impl<B: Extract> Extract for Once<B> {
    async fn extract(services: &Services, request: &Request) -> Result<Self> {
        let input = B::extract(services, request).await?;
        if !request.headers().contains_key(IDEMPOTENCY_KEY) {
            return Ok(Self(input, None));
        }
        let target = request.parts.uri.path_and_query().map_or("/", |target| target.as_str());
        let body = request.body_digest().unwrap_or_else(|| digest(&[]));
        let asked = fingerprint(request.parts.method.as_str(), target, &body);
        let key = request.header(IDEMPOTENCY_KEY).and_then(|value| IdempotencyKey::parse(value, asked));
        key.map(|key| Self(input, Some(key))).ok_or_else(malformed)
    }

    fn describe(operation: &mut Operation) {
        B::describe(operation);
        let description = "A text of your own, such as a UUID, that is new for each thing to be made. A request that is sent \
            again with the same key is not carried out again: it is answered as it was, with the header `idempotency-replayed`. \
            Keys are remembered for 24 hours, each user has their own, and requests that are refused leave theirs free.";
        let schema = json!({ "type": "string", "pattern": PATTERN });
        operation.header_parameter(IDEMPOTENCY_KEY, description, &schema);
        operation.fails_with(&[Code::BadRequest, Code::IdempotencyKeyReused]);
        operation.answers_with(REPLAYED);
    }
}

fn malformed() -> Failure {
    let message = "Idempotency-Key must be one text of 1 to 255 printable ASCII characters.";
    let detail = Violation::new(IDEMPOTENCY_KEY, DetailCode::Invalid, message);
    Failure::new(Code::BadRequest, message).with_details(vec![detail])
}

/// For [`Once`] where a request has no body that matters.
#[async_trait(?Send)]
impl Extract for () {
    async fn extract(_: &Services, _: &Request) -> Result<Self> {
        Ok(())
    }
}
