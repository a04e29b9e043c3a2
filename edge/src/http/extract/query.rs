//! Query strings.

use async_trait::async_trait;
use percent_encoding::percent_decode_str;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use shared::error::{DetailCode, Error, MAX_VIOLATIONS, Violation};
use validator::Validate;

use crate::app::Services;
use crate::http::input::{self, Node};
use crate::http::{Code, Extract, Request, Result, Valid};
use crate::openapi::Operation;

/// A query string: texts, numbers, truth values and choices by name. A name that is given more than once is a list.
#[derive(Debug)]
pub struct Query<T>(pub T);

#[async_trait(?Send)]
impl<T: DeserializeOwned + Validate + JsonSchema> Extract for Valid<Query<T>> {
    async fn extract(_: &Services, request: &Request) -> Result<Self> {
        read_query(request.parts.uri.query().unwrap_or_default()).map(|value| Self(Query(value)))
    }

    fn describe(operation: &mut Operation) {
        operation.parameters_of::<T>("query");
        operation.fails_with(&[Code::InvalidQuery]);
    }
}

fn read_query<T: DeserializeOwned + Validate>(query: &str) -> Result<T> {
    let node = Node::from_pairs(decode_query(query)?);
    input::read(&node).map_err(|found| Error::BadQuery(found).into())
}

/// Decodes `application/x-www-form-urlencoded` pairs, strictly: what is not UTF-8 is refused.
pub(super) fn decode_query(query: &str) -> Result<Vec<(String, String)>> {
    let decode = |text: &str| {
        let text = text.replace('+', " ");
        percent_decode_str(&text).decode_utf8().map(std::borrow::Cow::into_owned).ok()
    };
    let mut pairs = Vec::new();
    let mut refused = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        if let Some(decoded) = decode(name).zip(decode(value)) {
            pairs.push(decoded);
        } else if refused.len() < MAX_VIOLATIONS {
            let name: String = decode(name).as_deref().unwrap_or(name).chars().take(100).collect();
            refused.push(Violation::new(name, DetailCode::Encoding, "Is not percent-encoded UTF-8."));
        }
    }
    if refused.is_empty() { Ok(pairs) } else { Err(Error::BadQuery(refused).into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn query_strings_are_decoded_strictly() {
        let pairs = decode_query("a=1+2&b%5Bin%5D=%C3%A9&&c").unwrap();
        let expected = [("a", "1 2"), ("b[in]", "é"), ("c", "")];
        assert_eq!(pairs, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
        assert_eq!(decode_query("a=%FF").unwrap_err().code, Code::InvalidQuery);
    }

    #[derive(Debug, serde::Deserialize, Validate)]
    struct Search {
        #[validate(length(max = 3))]
        q: String,
        page: Option<u32>,
    }

    #[test]
    fn everything_that_is_wrong_with_a_query_is_told_at_once() {
        let search: Search = read_query("q=a%2Bb&page=2").unwrap();
        assert_eq!((search.q.as_str(), search.page), ("a+b", Some(2)));
        let failure = read_query::<Search>("q=long+er&page=x&page=2&colour=red").unwrap_err();
        assert_eq!(failure.code, Code::InvalidQuery);
        let details: Vec<_> =
            failure.details.iter().map(|detail| (detail.field.as_str(), detail.code.as_str())).collect();
        assert_eq!(details, [("colour", "unknown"), ("page", "duplicate"), ("q", "length")]);
        let failure = read_query::<Search>("q=%FF&page=%FE&x=1").unwrap_err();
        assert_eq!(failure.details.len(), 2, "{failure:?}");
    }
}
