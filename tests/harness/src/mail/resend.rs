//! The provider's side of `POST /emails`: what it accepts and how it refuses.
//! Shapes and error names as in Resend's API reference.

use serde_json::{Map, Value, json};

use super::store::Message;

/// Recipients of one mail.
const MAX_RECIPIENTS: usize = 50;

/// Mails of one batch.
const MAX_BATCH: usize = 100;

/// Characters of an idempotency key.
const MAX_KEY: usize = 256;

/// A refusal in the provider's words.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ApiError {
    pub(super) status: u16,
    name: String,
    message: String,
}

impl ApiError {
    pub(super) fn new(status: u16, name: &str, message: &str) -> Self {
        Self { status, name: name.to_owned(), message: message.to_owned() }
    }

    pub(super) fn validation(message: &str) -> Self {
        Self::new(422, "validation_error", message)
    }

    pub(super) fn key_reused() -> Self {
        Self::new(
            409,
            "invalid_idempotent_request",
            "Same idempotency key used with a different request payload.",
        )
    }

    pub(super) fn internal(message: &str) -> Self {
        Self::new(500, "internal_server_error", message)
    }

    pub(super) fn body(&self) -> Value {
        json!({ "statusCode": self.status, "name": self.name, "message": self.message })
    }
}

/// A mail that passed validation.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Mail {
    from: String,
    to: Vec<String>,
    subject: String,
    html: Option<String>,
    text: Option<String>,
    headers: Map<String, Value>,
}

impl Mail {
    /// Whether it goes to this address.
    pub(super) fn is_to(&self, address: &str) -> bool {
        self.to.iter().any(|to| to == address)
    }

    pub(super) fn accepted(&self, id: String, key: Option<&str>, created_at: String) -> Message {
        Message {
            id,
            from: self.from.clone(),
            to: self.to.clone(),
            subject: self.subject.clone(),
            html: self.html.clone(),
            text: self.text.clone(),
            headers: self.headers.clone(),
            idempotency_key: key.map(str::to_owned),
            created_at,
        }
    }
}

/// Checks the bearer token's presence; any token is right.
pub(super) fn check_authorization(header: Option<&str>) -> Result<(), ApiError> {
    match header.map(|value| value.strip_prefix("Bearer ").map(str::trim)) {
        None => Err(ApiError::new(401, "missing_api_key", "Missing API key in the authorization header.")),
        Some(None | Some("")) => Err(ApiError::new(403, "invalid_api_key", "API key is invalid.")),
        Some(Some(_)) => Ok(()),
    }
}

/// Checks the length of an idempotency key.
pub(super) fn check_key(key: Option<&str>) -> Result<(), ApiError> {
    match key.map(|key| key.chars().count()) {
        Some(length) if length == 0 || length > MAX_KEY => Err(ApiError::new(
            400,
            "invalid_idempotency_key",
            "The key must be between 1-256 chars. Retry with a valid key or without it.",
        )),
        _ => Ok(()),
    }
}

/// One mail of `POST /emails`.
pub(super) fn parse_mail(payload: &Value) -> Result<Mail, ApiError> {
    let Some(fields) = payload.as_object() else {
        return Err(ApiError::validation("The request body must be a JSON object."));
    };
    let from = required_text(fields, "from")?;
    if !is_mailbox(&from) {
        return Err(ApiError::validation(
            "Invalid `from` field. The email address needs to follow the `email@example.com` or `Name <email@example.com>` format.",
        ));
    }
    let to = recipients(fields)?;
    let subject = required_text(fields, "subject")?;
    let html = optional_text(fields, "html")?;
    let text = optional_text(fields, "text")?;
    if html.is_none() && text.is_none() {
        return Err(missing("html` or `text"));
    }
    Ok(Mail { from, to, subject, html, text, headers: headers(fields)? })
}

/// The mails of `POST /emails/batch`.
pub(super) fn parse_batch(payload: &Value) -> Result<Vec<Mail>, ApiError> {
    match payload.as_array() {
        Some(mails) if (1..=MAX_BATCH).contains(&mails.len()) => mails.iter().map(parse_mail).collect(),
        _ => Err(ApiError::validation("The request body must be an array of 1 to 100 emails.")),
    }
}

fn missing(field: &str) -> ApiError {
    ApiError::new(422, "missing_required_field", &format!("Missing `{field}` field."))
}

fn required_text(fields: &Map<String, Value>, name: &str) -> Result<String, ApiError> {
    optional_text(fields, name)?.filter(|text| !text.is_empty()).ok_or_else(|| missing(name))
}

fn optional_text(fields: &Map<String, Value>, name: &str) -> Result<Option<String>, ApiError> {
    match fields.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(ApiError::validation(&format!("The `{name}` field must be a `string`."))),
    }
}

fn recipients(fields: &Map<String, Value>) -> Result<Vec<String>, ApiError> {
    let invalid = || {
        ApiError::validation(
            "Invalid `to` field. The email address needs to follow the `email@example.com` or `Name <email@example.com>` format.",
        )
    };
    let list: Vec<String> = match fields.get("to") {
        None | Some(Value::Null) => return Err(missing("to")),
        Some(Value::String(one)) => vec![one.clone()],
        Some(Value::Array(many)) => many
            .iter()
            .map(|one| one.as_str().map(str::to_owned).ok_or_else(invalid))
            .collect::<Result<_, _>>()?,
        Some(_) => return Err(invalid()),
    };
    match list.len() {
        0 => Err(missing("to")),
        1..=MAX_RECIPIENTS if list.iter().all(|one| is_mailbox(one)) => Ok(list),
        1..=MAX_RECIPIENTS => Err(invalid()),
        _ => Err(ApiError::validation("The `to` field must contain at most 50 email addresses.")),
    }
}

fn headers(fields: &Map<String, Value>) -> Result<Map<String, Value>, ApiError> {
    match fields.get("headers") {
        None | Some(Value::Null) => Ok(Map::new()),
        Some(Value::Object(headers)) if headers.values().all(Value::is_string) => Ok(headers.clone()),
        Some(_) => Err(ApiError::validation("The `headers` field must be an object of strings.")),
    }
}

/// `local@domain.tld`, alone or in angle brackets after a name.
fn is_mailbox(text: &str) -> bool {
    let address = match text.trim().strip_suffix('>') {
        Some(rest) => rest.split_once('<').map_or("", |(_, address)| address),
        None => text.trim(),
    };
    let clean =
        |part: &str| !part.is_empty() && !part.contains(|c: char| c.is_whitespace() || "<>@,;".contains(c));
    address
        .split_once('@')
        .is_some_and(|(local, domain)| clean(local) && clean(domain) && domain.contains('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail(change: impl FnOnce(&mut Value)) -> Result<Mail, ApiError> {
        let mut payload = json!({ "from": "Ashlar <hello@ashlar.test>", "to": "ada@example.test", "subject": "Hi", "text": "Hello" });
        change(&mut payload);
        parse_mail(&payload)
    }

    #[test]
    fn a_complete_mail_is_accepted() {
        assert_eq!(mail(|_| {}).map(|mail| mail.to), Ok(vec!["ada@example.test".to_owned()]));
    }

    #[test]
    fn a_missing_field_is_named() {
        for field in ["from", "to", "subject"] {
            let refused =
                mail(|payload| payload[field] = Value::Null).map_err(|error| (error.name, error.message));
            assert_eq!(
                refused,
                Err(("missing_required_field".to_owned(), format!("Missing `{field}` field.")))
            );
        }
    }

    #[test]
    fn malformed_addresses_are_refused() {
        for address in
            ["ada", "ada@", "@example.test", "ada@localhost", "a b@example.test", "a@b.test, c@d.test", "<>"]
        {
            assert!(mail(|payload| payload["to"] = json!(address)).is_err(), "{address}");
        }
    }

    #[test]
    fn a_key_of_256_characters_is_the_longest() {
        assert_eq!(check_key(Some(&"k".repeat(256))), Ok(()));
        assert!(check_key(Some(&"k".repeat(257))).is_err());
        assert!(check_key(Some("")).is_err());
    }
}
