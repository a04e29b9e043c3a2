//! What the application answered.

use bytes::Bytes;
use reqwest::header::HeaderMap;
use serde_json::Value;

/// A response, read to its end.
#[derive(Debug, Clone)]
pub struct Answer {
    pub(crate) what: String,
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl Answer {
    /// Fails unless the status is this one; a failure answer must also have the whole envelope.
    #[track_caller]
    pub fn expect_status(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}: {}", self.what, String::from_utf8_lossy(&self.body));
        if status >= 400 {
            self.check_envelope();
        }
        self
    }

    /// Fails unless this is a failure with this status and code in the envelope.
    #[track_caller]
    pub fn assert(self, status: u16, code: &str) -> Self {
        let answer = self.expect_status(status);
        assert_eq!(answer.json()["code"], code, "{}: {}", answer.what, String::from_utf8_lossy(&answer.body));
        answer
    }

    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        let text = String::from_utf8_lossy(&self.body);
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}: {text}", self.what))
    }

    /// The member `data` of a success envelope.
    #[track_caller]
    pub fn data(&self) -> Value {
        let json = self.json();
        assert_eq!(json["success"], true, "{}: {json}", self.what);
        assert!(json["meta"].is_object(), "{}: {json}", self.what);
        json["data"].clone()
    }

    /// A header's value; `None` when it is missing.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The fields and codes of the failure's details, sorted.
    pub fn details(&self) -> Vec<(String, String)> {
        let json = self.json();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let details = json["details"].as_array().into_iter().flatten();
        let mut details: Vec<_> =
            details.map(|detail| (text(&detail["field"]), text(&detail["code"]))).collect();
        details.sort();
        details
    }

    #[track_caller]
    fn check_envelope(&self) {
        let json = self.json();
        let whole = json["success"] == false
            && json["error"].as_str().is_some_and(|sentence| !sentence.is_empty())
            && json["code"].as_str().is_some_and(|code| !code.is_empty())
            && json["details"].is_array()
            && json["request_id"].as_str() == self.header("x-request-id");
        assert!(whole, "{}: not the error envelope: {json} with {:?}", self.what, self.headers);
        assert_eq!(self.header("content-type"), Some("application/json"), "{}", self.what);
    }
}
