//! One request on its way through the application.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use bytes::Bytes;
use http::header::COOKIE;
use http::{HeaderMap, HeaderName, HeaderValue};
use shared::idempotency::digest;
use shared::ids::UserId;

use crate::http::Result;
use crate::http::body::RequestBody;
use crate::http::extract::IDEMPOTENCY_KEY;
use crate::http::failure::{Code, Failure};
use crate::log_line::Trace;

/// The largest body that any route reads: 1 MiB.
pub const MAX_BODY_BYTES: usize = 1024 * 1024;

/// A request that found its route.
pub struct Request {
    /// Method, URI, headers.
    pub parts: http::request::Parts,
    /// The values of the route's `{name}` segments, percent-decoded.
    pub params: Vec<(String, String)>,
    body: RefCell<Option<RequestBody>>,
    digest: Cell<Option<[u8; 32]>>,
    trace: Option<Rc<Trace>>,
}

impl Request {
    /// Puts a request together.
    pub fn new(parts: http::request::Parts, body: RequestBody, params: Vec<(String, String)>) -> Self {
        Self { parts, params, body: RefCell::new(Some(body)), digest: Cell::new(None), trace: None }
    }

    /// The same request with a log line that what happens to it is noted for.
    #[must_use]
    pub fn with_trace(self, trace: Rc<Trace>) -> Self {
        Self { trace: Some(trace), ..self }
    }

    /// Notes for the log line who is signed in.
    pub fn note_user(&self, id: &UserId) {
        if let Some(trace) = &self.trace {
            trace.note_user(id);
        }
    }

    /// The headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.parts.headers
    }

    /// The value of a header that is given once and is readable text.
    pub fn header(&self, name: &str) -> Option<&str> {
        header(&self.parts.headers, name)
    }

    /// The value of one of the route's `{name}` segments.
    pub fn param(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Reads the body, which must fit within `cap`. A declared length over it is refused before reading.
    ///
    /// # Errors
    /// 413 when it is too large, 400 when it breaks off or was read before.
    pub async fn read_body(&self, cap: usize) -> Result<Bytes> {
        // In 64 bits: a Wasm module's own sizes end at 4 GiB, what clients declare does not.
        let declared = self.header("content-length").and_then(|text| text.parse::<u64>().ok());
        let too_large = || Failure::new(Code::BodyTooLarge, format!("The body has more than {cap} bytes."));
        if declared.is_some_and(|length| length > cap as u64) {
            return Err(too_large());
        }
        let body = self.body.borrow_mut().take();
        let broken = || Failure::new(Code::BadRequest, "The body could not be read.");
        let read = body.ok_or_else(broken)?.read(cap).await;
        let read = read.map_err(|_| broken())?.ok_or_else(too_large)?;
        if self.headers().contains_key(IDEMPOTENCY_KEY) {
            self.digest.set(Some(digest(&read)));
        }
        Ok(read)
    }

    /// The digest of the body, once it was read and when the request has an idempotency key.
    pub fn body_digest(&self) -> Option<[u8; 32]> {
        self.digest.get()
    }
}

/// Makes one header of several with the same name, the values joined by commas (RFC 9110, section 5.3). Workers hands
/// them on like this, and with it every runtime does. Cookies stay apart: they do not join by commas, and HTTP/2 splits
/// them.
pub fn combine_repeated(headers: &mut HeaderMap) {
    let repeated = |name: &&HeaderName| **name != COOKIE && headers.get_all(*name).iter().nth(1).is_some();
    let names: Vec<_> = headers.keys().filter(repeated).cloned().collect();
    for name in names {
        let values: Vec<_> = headers.get_all(&name).iter().map(HeaderValue::as_bytes).collect();
        if let Ok(value) = HeaderValue::from_bytes(&values.join(b", ".as_slice())) {
            headers.insert(name, value);
        }
    }
}

/// The value of a header that is given once and is readable text.
pub fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let first = values.next()?;
    values.next().is_none().then_some(first)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};

    use super::*;

    #[test]
    fn repeated_headers_become_one_and_cookies_stay_apart() {
        let pairs = [("accept", "a"), ("cookie", "a=1"), ("accept", "b"), ("cookie", "b=2"), ("host", "c")];
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        combine_repeated(&mut headers);
        assert_eq!(header(&headers, "accept"), Some("a, b"));
        assert_eq!(header(&headers, "host"), Some("c"));
        assert_eq!(headers.get_all("cookie").iter().count(), 2);
    }
}
