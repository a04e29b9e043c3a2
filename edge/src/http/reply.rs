//! Successful answers in the envelope.

use bytes::Bytes;
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use shared::Error;

use crate::http::{Response, Result};

/// A successful answer under construction.
#[derive(Debug)]
pub struct Reply {
    response: Response,
}

impl Reply {
    /// 200 with a view.
    ///
    /// # Errors
    /// Only when the view cannot be serialised, which is a mistake of ours.
    pub fn ok(data: &impl Serialize) -> Result<Self> {
        Self::with_meta(StatusCode::OK, data, &serde_json::Map::new())
    }

    /// 201 with a view, and where to find it.
    ///
    /// # Errors
    /// Only when the view cannot be serialised.
    pub fn created(data: &impl Serialize, location: &str) -> Result<Self> {
        Ok(Self::with_meta(StatusCode::CREATED, data, &serde_json::Map::new())?
            .header(header::LOCATION, location))
    }

    /// Any status with a view and facts about it.
    ///
    /// # Errors
    /// Only when one cannot be serialised.
    pub fn with_meta(status: StatusCode, data: &impl Serialize, meta: &impl Serialize) -> Result<Self> {
        let (data, meta) = (serde_json::to_string(data), serde_json::to_string(meta));
        let members = format!(
            "\"data\":{},\"meta\":{}",
            data.map_err(Error::internal)?,
            meta.map_err(Error::internal)?
        );
        Ok(Self::members(status, &members))
    }

    /// A status with the members `data` and `meta` as JSON text.
    pub fn members(status: StatusCode, members: &str) -> Self {
        let mut response = http::Response::new(format!("{{\"success\":true,{members}}}").into());
        *response.status_mut() = status;
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        Self { response }
    }

    /// 200 with a body that is no JSON and has no envelope.
    pub fn page(media_type: &'static str, body: Bytes) -> Self {
        let mut response = http::Response::new(body);
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
        Self { response }
    }

    /// 204.
    pub fn no_content() -> Self {
        let mut response = Response::default();
        *response.status_mut() = StatusCode::NO_CONTENT;
        Self { response }
    }

    /// Adds a header; a value that no header can carry is left out.
    #[must_use]
    pub fn header(mut self, name: impl Into<header::HeaderName>, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.response.headers_mut().append(name.into(), value);
        }
        self
    }

    /// Adds a cookie made by [`crate::http::cookies`].
    #[must_use]
    pub fn cookie(self, cookie: &str) -> Self {
        self.header(header::SET_COOKIE, cookie)
    }

    /// The finished response.
    pub fn into_response(self) -> Response {
        self.response
    }
}
