//! Successful answers. A controller's return type says status, media type and shape, for the client and for the
//! OpenAPI document alike.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::marker::PhantomData;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, StatusCode, header};
use schemars::JsonSchema;
use serde::Serialize;
use shared::Error;
use shared::cache::{self, Answer};
use shared::idempotency::Made;
use shared::query::Format;
use shared::services::export::Chunks;
use shared::services::lists::PageText;

use crate::http::body::Body;
use crate::http::extract::REPLAYED;
use crate::http::{Response, Result, accept};
use crate::middleware::caching;
use crate::openapi::Operation;

/// What a controller may answer.
pub trait Respond: Sized + 'static {
    /// The media type, for content negotiation; `None` when the answer has no body.
    const MEDIA_TYPE: Option<&'static str>;

    /// The finished response.
    fn into_response(self) -> Response;

    /// Tells status, headers and shape.
    fn describe(operation: &mut Operation);
}

/// An answer without particular facts about it: `"meta": {}`.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
pub struct NoMeta {}

/// A view in the success envelope, with the status `STATUS` and facts about it.
#[derive(Debug)]
pub struct Enveloped<const STATUS: u16, T, M = NoMeta> {
    response: Response,
    types: PhantomData<fn() -> (T, M)>,
}

/// 200 with a view.
pub type Data<T, M = NoMeta> = Enveloped<200, T, M>;

/// 201 with a view of what was made, and where it is.
pub type Created<T, M = NoMeta> = Enveloped<201, T, M>;

/// 202 with a view of what will be done.
pub type Accepted<T, M = NoMeta> = Enveloped<202, T, M>;

impl<const STATUS: u16, T: Serialize> Enveloped<STATUS, T> {
    /// A view.
    ///
    /// # Errors
    /// Only when the view cannot be serialised, which is a mistake of ours.
    pub fn new(data: &T) -> Result<Self> {
        Self::with_meta(data, &NoMeta {})
    }
}

impl<const STATUS: u16, T: Serialize, M: Serialize> Enveloped<STATUS, T, M> {
    /// A view with facts about it.
    ///
    /// # Errors
    /// Only when one cannot be serialised.
    pub fn with_meta(data: &T, meta: &M) -> Result<Self> {
        let (data, meta) = (serde_json::to_string(data), serde_json::to_string(meta));
        let members = format!(
            "\"data\":{},\"meta\":{}",
            data.map_err(Error::internal)?,
            meta.map_err(Error::internal)?
        );
        Ok(Self { response: envelope(STATUS, &members), types: PhantomData })
    }
}

impl<T, M> Created<T, M> {
    /// Where the thing is that was made.
    #[must_use]
    pub fn at(self, path: &str) -> Self {
        self.header(header::LOCATION, path)
    }
}

impl<const STATUS: u16, T> Enveloped<STATUS, T> {
    /// What was made, now or by an earlier request with the same key.
    pub fn made(made: &Made<T>) -> Self {
        let members = format!("\"data\":{},\"meta\":{{}}", made.data);
        let reply = Self { response: envelope(STATUS, &members), types: PhantomData };
        let reply =
            if made.replayed { reply.header(HeaderName::from_static(REPLAYED), "true") } else { reply };
        match made.version {
            Some(version) => reply.version(version),
            None => reply,
        }
    }
}

impl<T> Created<T> {
    /// An entity that was made, and where it is: below `path`.
    pub fn below(path: &str, made: &Made<T>) -> Self {
        Self::made(made).at(&format!("{path}/{}", made.id.as_deref().unwrap_or_default()))
    }
}

impl<const STATUS: u16, T, M> Enveloped<STATUS, T, M> {
    /// The version of the entity that the view shows, as a strong entity tag. The caller may keep it and ask by it
    /// whether it still holds, unless it is personal.
    #[must_use]
    pub fn version(self, version: i64) -> Self {
        self.header(header::ETAG, &format!("\"{version}\"")).caching(caching::ASK_AGAIN)
    }

    /// The same for a view that also shows what does not count into the version. The tag has the version for `If-Match` and
    /// a digest of the rest for `If-None-Match`.
    #[must_use]
    pub fn version_of(self, version: i64, rest: &str) -> Self {
        let mut hasher = DefaultHasher::new();
        rest.hash(&mut hasher);
        let tag = format!("\"{version}.{:x}\"", hasher.finish());
        self.header(header::ETAG, &tag).caching(caching::ASK_AGAIN)
    }
}

impl<T, M> Data<T, M> {
    /// A digest of the answer as entity tag, of what has no version. The caller may keep it and ask by it whether it still
    /// holds.
    #[must_use]
    pub fn digest(self) -> Self {
        let mut hasher = DefaultHasher::new();
        self.response.body().hash(&mut hasher);
        let tag = format!("\"{:x}\"", hasher.finish());
        self.header(header::ETAG, &tag).caching(caching::ASK_AGAIN)
    }
}

/// 200 with a page of views and where it is in the list.
#[derive(Debug)]
pub struct Page<T> {
    response: Response,
    view: PhantomData<fn() -> T>,
}

impl<T> Page<T> {
    /// The page, with a digest of it as entity tag, and with links to others in a `Link` header, too (RFC 8288).
    pub fn new(page: &PageText) -> Self {
        Self { response: tagged(&page.content()), view: PhantomData }
    }
}

impl<T> From<Answer> for Page<T> {
    fn from(answer: Answer) -> Self {
        Self { response: kept(&answer), view: PhantomData }
    }
}

impl<T> From<Answer> for Data<T> {
    fn from(answer: Answer) -> Self {
        Self { response: kept(&answer), types: PhantomData }
    }
}

/// 204.
#[derive(Debug)]
pub struct NoContent {
    response: Response,
}

impl Default for NoContent {
    fn default() -> Self {
        Self { response: with_status(StatusCode::NO_CONTENT, Bytes::new()) }
    }
}

/// 200 with bytes of any media type.
#[derive(Debug)]
pub struct Content {
    response: Response,
}

impl Content {
    /// Bytes of a media type.
    pub fn new(media_type: &'static str, body: impl Into<Bytes>) -> Self {
        let mut response = with_status(StatusCode::OK, body.into());
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
        Self { response }
    }
}

/// 200 with a file that is made while it is sent.
#[derive(Debug)]
pub struct File {
    response: Response,
}

impl File {
    /// A file with a name.
    pub fn new(name: &str, format: Format, chunks: Chunks) -> Self {
        let (media_type, extension) = match format {
            Format::Csv => ("text/csv; charset=utf-8; header=present", "csv"),
            Format::Ndjson => ("application/x-ndjson", "ndjson"),
        };
        let mut response = Response::new(Body::Chunks(chunks));
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
        headers.insert(header::VARY, accept::VARY);
        Self { response }
            .header(header::CONTENT_DISPOSITION, &format!("attachment; filename=\"{name}.{extension}\""))
    }
}

impl WithHeaders for File {
    fn response_mut(&mut self) -> &mut Response {
        &mut self.response
    }
}

impl Respond for File {
    // There is more than one; who asks for it negotiates.
    const MEDIA_TYPE: Option<&'static str> = None;

    fn into_response(self) -> Response {
        self.response
    }

    fn describe(operation: &mut Operation) {
        operation.answers_content();
    }
}

/// Headers and cookies of an answer.
pub trait WithHeaders: Sized {
    /// The response under construction.
    fn response_mut(&mut self) -> &mut Response;

    /// Adds a header; a value that no header can carry is left out.
    #[must_use]
    fn header(mut self, name: impl Into<HeaderName>, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.response_mut().headers_mut().append(name.into(), value);
        }
        self
    }

    /// Says who may keep the answer: one of the values of [`caching`]. Nobody ever keeps what is personal.
    #[must_use]
    fn caching(mut self, value: &'static str) -> Self {
        self.response_mut().headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(value));
        self
    }

    /// Adds a cookie made by [`crate::http::cookies`].
    #[must_use]
    fn cookie(self, cookie: &str) -> Self {
        self.header(header::SET_COOKIE, cookie)
    }
}

impl<const STATUS: u16, T, M> WithHeaders for Enveloped<STATUS, T, M> {
    fn response_mut(&mut self) -> &mut Response {
        &mut self.response
    }
}

impl<T> WithHeaders for Page<T> {
    fn response_mut(&mut self) -> &mut Response {
        &mut self.response
    }
}

impl WithHeaders for NoContent {
    fn response_mut(&mut self) -> &mut Response {
        &mut self.response
    }
}

impl WithHeaders for Content {
    fn response_mut(&mut self) -> &mut Response {
        &mut self.response
    }
}

const JSON: &str = "application/json";

impl<const STATUS: u16, T: JsonSchema + 'static, M: JsonSchema + 'static> Respond
    for Enveloped<STATUS, T, M>
{
    const MEDIA_TYPE: Option<&'static str> = Some(JSON);

    fn into_response(self) -> Response {
        self.response
    }

    fn describe(operation: &mut Operation) {
        operation.answers::<T, M>(STATUS);
    }
}

impl<T: JsonSchema + 'static> Respond for Page<T> {
    const MEDIA_TYPE: Option<&'static str> = Some(JSON);

    fn into_response(self) -> Response {
        self.response
    }

    fn describe(operation: &mut Operation) {
        operation.answers_page::<T, shared::models::page::PageMeta>();
    }
}

impl Respond for NoContent {
    const MEDIA_TYPE: Option<&'static str> = None;

    fn into_response(self) -> Response {
        self.response
    }

    fn describe(operation: &mut Operation) {
        operation.answers_nothing();
    }
}

impl Respond for Content {
    // What is asked for by name is what is wanted: browsers ask for scripts and images with all kinds of ranges.
    const MEDIA_TYPE: Option<&'static str> = None;

    fn into_response(self) -> Response {
        self.response
    }

    fn describe(operation: &mut Operation) {
        operation.answers_content();
    }
}

fn envelope(status: u16, members: &str) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or_default();
    let mut response = with_status(status, format!("{{\"success\":true,{members}}}").into());
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(JSON));
    response.headers_mut().insert(header::VARY, accept::VARY);
    response
}

/// A finished body with its tag.
fn tagged(content: &cache::Content) -> Response {
    let mut response = with_status(StatusCode::OK, content.body.clone());
    let headers = response.headers_mut();
    headers.extend(content.headers.iter().cloned());
    headers.insert(header::CONTENT_TYPE, const { HeaderValue::from_static(JSON) });
    headers.insert(header::VARY, accept::VARY);
    response
}

/// What went through the cache, with what its levels did (RFC 9211).
fn kept(answer: &Answer) -> Response {
    let mut response = tagged(&answer.content);
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, const { HeaderValue::from_static(caching::ASK_AGAIN) });
    if let Ok(status) = HeaderValue::from_maybe_shared(Bytes::from(answer.status.to_string())) {
        headers.insert(const { HeaderName::from_static("cache-status") }, status);
    }
    response
}

fn with_status(status: StatusCode, body: Bytes) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response
}
