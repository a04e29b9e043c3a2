//! The mail API of Resend (POST /emails), which the local mail sink speaks too.

use std::rc::Rc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::config::MailSettings;
use crate::ports::{HttpClient, Mail, Mailer, MailerError};

const TIMEOUT: Duration = Duration::from_secs(20);

/// Sends through an API in the shape of Resend's.
pub struct ResendMailer {
    settings: MailSettings,
    http: Rc<dyn HttpClient>,
}

#[derive(Serialize)]
struct Email<'a> {
    from: &'a str,
    to: [&'a str; 1],
    subject: &'a str,
    html: &'a str,
    text: &'a str,
    #[serde(skip_serializing_if = "serde_json::Map::is_empty")]
    headers: serde_json::Map<String, serde_json::Value>,
}

#[derive(Deserialize)]
struct Accepted {
    id: String,
}

#[derive(Deserialize)]
struct Refused {
    name: String,
    message: String,
}

impl ResendMailer {
    /// A mailer with these settings.
    pub fn new(settings: MailSettings, http: Rc<dyn HttpClient>) -> Self {
        Self { settings, http }
    }

    fn request(&self, mail: &Mail, idempotency_key: &str) -> anyhow::Result<http::Request<Bytes>> {
        let headers = mail.headers.iter().map(|(name, value)| (name.clone(), value.clone().into())).collect();
        let email = Email {
            from: &mail.from,
            to: [&mail.to],
            subject: &mail.subject,
            html: &mail.html,
            text: &mail.text,
            headers,
        };
        let request = http::Request::post(format!("{}/emails", self.settings.api_url))
            .header(http::header::AUTHORIZATION, format!("Bearer {}", self.settings.api_key.expose()))
            .header(http::header::CONTENT_TYPE, "application/json")
            .header("idempotency-key", idempotency_key)
            .body(serde_json::to_vec(&email)?.into())?;
        Ok(request)
    }
}

#[async_trait(?Send)]
impl Mailer for ResendMailer {
    async fn send(&self, mail: &Mail, idempotency_key: &str) -> Result<String, MailerError> {
        let unavailable = |reason: String| MailerError::Unavailable { reason, retry_after: None };
        let request =
            self.request(mail, idempotency_key).map_err(|error| MailerError::Rejected(error.to_string()))?;
        let response =
            self.http.send(request, TIMEOUT).await.map_err(|error| unavailable(error.to_string()))?;
        if response.status().is_success() {
            let accepted: Accepted = serde_json::from_slice(response.body())
                .map_err(|error| unavailable(format!("its answer is not understood: {error}")))?;
            return Ok(accepted.id);
        }
        Err(refusal(&response))
    }
}

/// 429 and 5xx may pass; so may 409 while an earlier request with the same key is still under way, and what the
/// operator mends: a wrong key, a sender that is not verified yet. Other statuses will not.
fn refusal(response: &http::Response<Bytes>) -> MailerError {
    let status = response.status();
    let reason = match serde_json::from_slice::<Refused>(response.body()) {
        Ok(refused) => format!("{} {}: {}", status.as_u16(), refused.name, refused.message),
        Err(_) => format!("{} without an explanation", status.as_u16()),
    };
    let under_way = status == http::StatusCode::CONFLICT && reason.contains("concurrent");
    let passing = matches!(status.as_u16(), 401 | 403 | 408 | 425 | 429);
    if passing || status.is_server_error() || under_way {
        let header = response.headers().get(http::header::RETRY_AFTER);
        let retry_after = header.and_then(|value| value.to_str().ok()).and_then(|text| text.parse().ok());
        MailerError::Unavailable { reason, retry_after }
    } else {
        MailerError::Rejected(reason)
    }
}
