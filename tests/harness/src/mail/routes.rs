//! HTTP for the mail sink.

use std::convert::Infallible;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use hyper::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};

use super::page;
use super::resend::{self, ApiError, Mail};
use super::store::{Fault, Store};

/// Bytes of a request body; the provider's own limit is 40 MB with attachments, which we do not take.
const MAX_BODY: usize = 5 * 1024 * 1024;

type Answer = Response<Full<Bytes>>;

/// Serves until the listener fails.
pub(super) async fn serve(listener: TcpListener, store: Arc<Store>) {
    let Ok(listener) = tokio::net::TcpListener::from_std(listener) else {
        return;
    };
    while let Ok((stream, _)) = listener.accept().await {
        // A mail that waits 40 ms for a delayed acknowledgement would make every job slower.
        let _ = stream.set_nodelay(true);
        let store = Arc::clone(&store);
        tokio::spawn(async move {
            let service = service_fn(move |request| {
                let store = Arc::clone(&store);
                async move { Ok::<_, Infallible>(route(request, &store).await) }
            });
            // A client that goes away in the middle is its own affair.
            let _ = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

async fn route(request: Request<Incoming>, store: &Store) -> Answer {
    let path = request.uri().path().to_owned();
    let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    let answer = match (request.method(), segments.as_slice()) {
        (&Method::POST, ["emails"]) => send(request, store, parse_one).await,
        (&Method::POST, ["emails", "batch"]) => send(request, store, resend::parse_batch).await,
        (&Method::GET, ["messages"]) => Ok(json_response(200, &json!(store.messages()))),
        (&Method::GET, ["messages", id]) => show(store, id),
        (&Method::DELETE, ["messages"]) => {
            store.clear();
            Ok(json_response(200, &json!({ "deleted": true })))
        }
        (&Method::POST, ["faults"]) => add_fault(request, store).await,
        (&Method::GET, []) => Ok(page_response(page::render(&store.messages()))),
        (_, [] | ["emails" | "messages" | "faults"] | ["emails", "batch"] | ["messages", _]) => {
            Err(ApiError::new(
                405,
                "method_not_allowed",
                "This endpoint does not support the specified HTTP method.",
            ))
        }
        _ => Err(ApiError::new(404, "not_found", "The requested endpoint does not exist.")),
    };
    answer.unwrap_or_else(|error| json_response(error.status, &error.body()))
}

fn parse_one(payload: &Value) -> Result<Vec<Mail>, ApiError> {
    resend::parse_mail(payload).map(|mail| vec![mail])
}

/// Both ways to send: authorize, validate, fail if a test wants it, accept.
async fn send(
    request: Request<Incoming>,
    store: &Store,
    parse: fn(&Value) -> Result<Vec<Mail>, ApiError>,
) -> Result<Answer, ApiError> {
    let header =
        |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    resend::check_authorization(header(AUTHORIZATION.as_str()).as_deref())?;
    let key = header("idempotency-key");
    resend::check_key(key.as_deref())?;
    let single = !request.uri().path().ends_with("batch");
    let payload = read_json(request).await?;
    let mails = parse(&payload)?;
    let fault = store.next_fault(&mails);
    if let Some(fault) = fault.as_ref().filter(|fault| !fault.accept) {
        return Ok(fail(fault).await);
    }
    let ids = store.accept(&mails, key.as_deref(), payload)?;
    if let Some(fault) = fault {
        return Ok(fail(&fault).await);
    }
    let data: Vec<Value> = ids.iter().map(|id| json!({ "id": id })).collect();
    Ok(json_response(200, data.first().filter(|_| single).unwrap_or(&json!({ "data": data }))))
}

async fn fail(fault: &Fault) -> Answer {
    tokio::time::sleep(Duration::from_millis(fault.delay_ms)).await;
    let error = ApiError::new(fault.status, &fault.name, "A fault that a test asked for.");
    let mut response = json_response(error.status, &error.body());
    if let Some(seconds) = fault.retry_after {
        response.headers_mut().insert(RETRY_AFTER, seconds.into());
    }
    response
}

async fn add_fault(request: Request<Incoming>, store: &Store) -> Result<Answer, ApiError> {
    let fault: Fault = serde_json::from_value(read_json(request).await?)
        .map_err(|error| ApiError::validation(&format!("Not a fault: {error}.")))?;
    if !(400..600).contains(&fault.status) {
        return Err(ApiError::validation("The `status` field must be between 400 and 599."));
    }
    store.inject(fault);
    Ok(json_response(200, &json!({ "ok": true })))
}

fn show(store: &Store, id: &str) -> Result<Answer, ApiError> {
    let message = store.message(id).ok_or_else(|| ApiError::new(404, "not_found", "Email not found."))?;
    Ok(json_response(200, &json!(message)))
}

async fn read_json(request: Request<Incoming>) -> Result<Value, ApiError> {
    let body = Limited::new(request.into_body(), MAX_BODY).collect().await;
    let bytes =
        body.map_err(|_| ApiError::validation("The request body is too large or incomplete."))?.to_bytes();
    serde_json::from_slice(&bytes).map_err(|_| ApiError::validation("The request body is not valid JSON."))
}

fn json_response(status: u16, body: &Value) -> Answer {
    response(status, "application/json", body.to_string())
}

fn page_response(html: String) -> Answer {
    response(200, "text/html; charset=utf-8", html)
}

fn response(status: u16, content_type: &'static str, body: String) -> Answer {
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() =
        hyper::StatusCode::from_u16(status).unwrap_or(hyper::StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, hyper::header::HeaderValue::from_static(content_type));
    headers.insert(CACHE_CONTROL, hyper::header::HeaderValue::from_static("no-store"));
    response
}
