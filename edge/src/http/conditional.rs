//! Conditional requests (RFC 9110, section 13): `If-Match` on changes, `If-None-Match` on reads.

use async_trait::async_trait;
use http::{HeaderMap, Method, StatusCode, header};
use serde_json::json;
use shared::precondition::Precondition;

use crate::app::Services;
use crate::http::body::Body;
use crate::http::extract::Extract;
use crate::http::failure::{Code, Failure};
use crate::http::{Request, Response, Result};
use crate::openapi::Operation;

/// The most entity tags of a header that are looked at.
const MAX_TAGS: usize = 20;

/// What [`tags`] reads, for the document: `*`, or entity tags separated by commas.
const PATTERN: &str = r#"^(\*|[ \t,]*(W/)?"[!#-~]*"([ \t]*,[ \t,]*(W/)?"[!#-~]*"){0,19}[ \t,]*)$"#;

/// The versions that a change is meant for, from `If-Match`. Without the header any, unless the service is set to
/// require it.
#[derive(Debug)]
pub struct IfMatch(pub Precondition);

#[async_trait(?Send)]
impl Extract for IfMatch {
    async fn extract(services: &Services, request: &Request) -> Result<Self> {
        let headers = request.headers();
        if !headers.contains_key(header::IF_MATCH) {
            let message = "Say with If-Match which version you want to change, or * for any.";
            let required = services.config().precondition_required;
            return if required {
                Err(Failure::new(Code::PreconditionRequired, message))
            } else {
                Ok(Self(Precondition::Any))
            };
        }
        let tags = tags(headers, &header::IF_MATCH).map_err(|()| {
            Failure::new(Code::BadRequest, "If-Match must hold entity tags such as \"3\", or be *.")
        })?;
        // The comparison is the strong one: a weak tag matches nothing, and neither does another spelling of a number.
        // What follows a dot is of the view and not of the entity.
        let version = |tag: &EntityTag| {
            let text = tag.text.split('.').next().unwrap_or_default();
            text.parse().ok().filter(|number: &i64| !tag.weak && number.to_string() == text)
        };
        let versions = tags.iter().filter_map(version).collect();
        Ok(Self(if tags.iter().any(|tag| tag.any) {
            Precondition::Any
        } else {
            Precondition::Versions(versions)
        }))
    }

    fn describe(operation: &mut Operation) {
        let description = "The entity tags that `etag` of earlier answers said, or `*` for any: the change is made only if the \
            entity is still at one of these versions.";
        operation.header_parameter("if-match", description, &json!({ "type": "string", "pattern": PATTERN }));
        operation.fails_with(&[Code::PreconditionFailed, Code::PreconditionRequired]);
    }
}

struct EntityTag {
    text: String,
    weak: bool,
    any: bool,
}

/// The entity tags of a header's lines together. Empty elements of the list are skipped (RFC 9110, section 5.6.1.2).
fn tags(headers: &HeaderMap, name: &header::HeaderName) -> Result<Vec<EntityTag>, ()> {
    const BETWEEN: [char; 3] = [' ', '\t', ','];
    let mut tags = Vec::new();
    for line in headers.get_all(name) {
        let line = line.to_str().map_err(|_| ())?;
        if line.trim() == "*" {
            tags.push(EntityTag { text: String::new(), weak: false, any: true });
            continue;
        }
        let mut rest = line.trim_start_matches(BETWEEN);
        while !rest.is_empty() {
            let (tag, after) = first_tag(rest).ok_or(())?;
            tags.push(tag);
            rest = after.trim_start_matches(BETWEEN);
            if !rest.is_empty() && !after.trim_start().starts_with(',') {
                return Err(());
            }
        }
    }
    let contradict = tags.len() > 1 && tags.iter().any(|tag| tag.any);
    if tags.is_empty() || tags.len() > MAX_TAGS || contradict { Err(()) } else { Ok(tags) }
}

fn first_tag(text: &str) -> Option<(EntityTag, &str)> {
    let (weak, rest) = text.strip_prefix("W/").map_or((false, text), |rest| (true, rest));
    let (tag, rest) = rest.strip_prefix('"')?.split_once('"')?;
    let whole = tag.bytes().all(|byte| byte.is_ascii_graphic());
    whole.then(|| (EntityTag { text: tag.to_owned(), weak, any: false }, rest))
}

/// Turns a 200 into 304 when the client has what the response's entity tag names (weak comparison).
pub fn not_modified(method: &Method, request: &HeaderMap, response: &mut Response) {
    let known = || {
        let current = response.headers().get(header::ETAG)?.to_str().ok()?;
        let current = current.trim_start_matches("W/").trim_matches('"');
        let tags = tags(request, &header::IF_NONE_MATCH).ok()?;
        Some(tags.iter().any(|tag| tag.any || tag.text == current))
    };
    let read = matches!(*method, Method::GET | Method::HEAD) && response.status() == StatusCode::OK;
    if read && known() == Some(true) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        *response.body_mut() = Body::default();
        response.headers_mut().remove(header::CONTENT_TYPE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Option<Vec<(String, bool)>> {
        let headers = HeaderMap::from_iter([(header::IF_MATCH, line.parse().unwrap())]);
        let tags = tags(&headers, &header::IF_MATCH).ok()?;
        Some(
            tags.into_iter().map(|tag| (if tag.any { "*".to_owned() } else { tag.text }, tag.weak)).collect(),
        )
    }

    #[test]
    fn entity_tags_are_read_and_other_texts_are_not() {
        let strong = |text: &str| (text.to_owned(), false);
        assert_eq!(read("\"3\""), Some(vec![strong("3")]));
        assert_eq!(read("*"), Some(vec![strong("*")]));
        assert_eq!(
            read(" \"a,b\" ,W/\"4\", \"\""),
            Some(vec![strong("a,b"), ("4".to_owned(), true), strong("")])
        );
        assert_eq!(read(", \"1\",,\t\"2\" ,"), Some(vec![strong("1"), strong("2")]));
        let wrong = [
            "",
            ",",
            "3",
            "\"3",
            "\"3\" \"4\"",
            "w/\"3\"",
            "\"3\",x",
            "\"a b\"",
            "*, \"3\"",
            "\"3\", *",
            "**",
            "*,",
        ];
        for wrong in wrong.into_iter().chain([&*"\"1\",".repeat(21)]) {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
