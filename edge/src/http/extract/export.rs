//! What is exported, and as what.

use async_trait::async_trait;
use http::HeaderMap;
use shared::error::{DetailCode, Error, Violation};
use shared::query::{Format, ListQuery};
use shared::repositories::Listed;

use crate::app::Services;
use crate::http::extract::query::decode_query;
use crate::http::failure::{Code, Failure};
use crate::http::{Extract, Request, Result, accept};
use crate::openapi::Operation;

/// Parameters of lists that an export, which has all rows in one order, does not have.
const NOT_OURS: [&str; 9] = ["page", "limit", "sort", "count", "after", "before", "q", "snippets", "expand"];

/// Conditions on `T` in the list grammar, and a format.
#[derive(Debug)]
pub struct ExportOf<T> {
    /// The conditions.
    pub query: ListQuery,
    /// The format.
    pub format: Format,
    listed: std::marker::PhantomData<T>,
}

#[async_trait(?Send)]
impl<T: Listed> Extract for ExportOf<T> {
    async fn extract(_: &Services, request: &Request) -> Result<Self> {
        let mut pairs = decode_query(request.parts.uri.query().unwrap_or_default())?;
        let formats: Vec<_> = pairs.extract_if(.., |(name, _)| name == "format").collect();
        let foreign = pairs.iter().find(|(name, _)| NOT_OURS.contains(&name.as_str()));
        if let Some((name, _)) = foreign {
            let message = "Is no parameter of an export, which has all rows in the order of their ids.";
            return Err(
                Error::BadQuery(vec![Violation::new(name.as_str(), DetailCode::Unknown, message)]).into()
            );
        }
        let format = match formats.as_slice() {
            [] => negotiated(request.headers())?,
            [(_, word)] => {
                named(word).ok_or_else(|| refused(DetailCode::Choice, "Must be one of csv, ndjson."))?
            }
            _ => return Err(refused(DetailCode::Duplicate, "Is given more than once.")),
        };
        let query = ListQuery::parse(T::resource(), &pairs)?;
        Ok(Self { query, format, listed: std::marker::PhantomData })
    }

    fn describe(operation: &mut Operation) {
        operation.lists_without(T::resource(), &NOT_OURS);
        let description = "What the file is made of; by default what `Accept` wants most of `text/csv` and `application/x-ndjson`.";
        operation.query_choice("format", description, &["csv", "ndjson"]);
        operation.fails_with(&[Code::InvalidQuery, Code::NotAcceptable]);
    }
}

fn named(word: &str) -> Option<Format> {
    match word {
        "csv" => Some(Format::Csv),
        "ndjson" => Some(Format::Ndjson),
        _ => None,
    }
}

fn refused(code: DetailCode, message: &str) -> Failure {
    Error::BadQuery(vec![Violation::new("format", code, message)]).into()
}

/// What the client wants most; CSV when it does not matter.
fn negotiated(headers: &HeaderMap) -> Result<Format> {
    let (csv, ndjson) =
        (accept::quality(headers, "text/csv"), accept::quality(headers, "application/x-ndjson"));
    match (csv, ndjson) {
        (0, 0) => {
            let message = "An export comes as text/csv or application/x-ndjson.";
            Err(Failure::new(Code::NotAcceptable, message))
        }
        _ => Ok(if ndjson > csv { Format::Ndjson } else { Format::Csv }),
    }
}
