//! The entry on Spin: `POST /wake` with `{"ids": […]}` runs these jobs, with no ids whatever is due; `GET /readyz` says
//! whether it could. Only the other component reaches it, through service chaining: the manifest gives it no route.

use std::cell::OnceCell;
use std::rc::Rc;

use bytes::Bytes;
use futures::StreamExt as _;
use http::StatusCode;
use serde::Deserialize;
use shared::config::ConfigError;
use shared::ports::Ports;
use spin::BodyStream;
use spin_sdk::http::{FullBody, Request};
use spin_sdk::http_service;

use crate::consumer::{Consumer, Report};

/// 100 job ids in JSON take 4 KiB.
const MAX_BODY_BYTES: usize = 16 * 1024;

thread_local! {
    static CONSUMER: OnceCell<Rc<Consumer>> = const { OnceCell::new() };
}

/// The body of a wake-up.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WakeUp {
    ids: Vec<String>,
}

#[http_service]
async fn handle(request: Request) -> http::Response<FullBody<Bytes>> {
    spin::logging::install();
    let method = request.method().clone();
    let (request, _) = spin::receive(request);
    let ports = spin::ports();
    let response = match (method.as_str(), request.uri().path()) {
        ("POST", "/wake") => wake(&ports, request.into_body()).await,
        ("GET", "/readyz") => ready(&ports).await,
        _ => spin::refusal(&ports, StatusCode::NOT_FOUND, "not_found", "There is nothing at this address."),
    };
    spin::respond(&method, response)
}

/// The settings can be used. What lies behind the ports is the same as behind the API's, which looks at it itself.
async fn ready(ports: &Ports) -> http::Response<Bytes> {
    match consumer().await {
        Ok(_) => spin::json(
            StatusCode::OK,
            &serde_json::json!({ "success": true, "data": { "status": "ok" }, "meta": {} }),
        ),
        Err(error) => misconfigured(ports, &error),
    }
}

async fn wake(ports: &Ports, body: BodyStream) -> http::Response<Bytes> {
    let Some(wake_up) = read(body).await else {
        let sentence = "The body is not {\"ids\": [\"…\"]} or has more than 16 KiB.";
        return spin::refusal(ports, StatusCode::BAD_REQUEST, "bad_request", sentence);
    };
    match consumer().await {
        Ok(consumer) if wake_up.ids.is_empty() => answer(ports, consumer.sweep(ports).await),
        Ok(consumer) => answer(ports, consumer.run(ports, &wake_up.ids).await),
        Err(error) => misconfigured(ports, &error),
    }
}

fn misconfigured(ports: &Ports, error: &ConfigError) -> http::Response<Bytes> {
    let sentence = format!("The service is not configured: {error}.");
    spin::refusal(ports, StatusCode::SERVICE_UNAVAILABLE, "misconfigured", &sentence)
}

async fn read(mut body: BodyStream) -> Option<WakeUp> {
    let mut whole = Vec::new();
    while let Some(chunk) = body.next().await {
        whole.extend_from_slice(&chunk.ok()?);
        if whole.len() > MAX_BODY_BYTES {
            return None;
        }
    }
    serde_json::from_slice(&whole).ok()
}

/// The consumer of this instance. Settings that cannot be used are read again with the next wake-up.
async fn consumer() -> Result<Rc<Consumer>, ConfigError> {
    if let Some(consumer) = CONSUMER.with(|consumer| consumer.get().cloned()) {
        return Ok(consumer);
    }
    let config = spin::config().await?;
    Ok(CONSUMER.with(|consumer| Rc::clone(consumer.get_or_init(|| Rc::new(Consumer::new(config))))))
}

fn answer(ports: &Ports, report: Report) -> http::Response<Bytes> {
    if report.unavailable {
        let sentence = "The database does not answer now. The jobs stay due.";
        return spin::refusal(ports, StatusCode::SERVICE_UNAVAILABLE, "unavailable", sentence);
    }
    let data = serde_json::json!({
        "claimed": report.claimed,
        "completed": report.completed,
        "failed": report.failed,
    });
    spin::json(StatusCode::OK, &serde_json::json!({ "success": true, "data": data }))
}
