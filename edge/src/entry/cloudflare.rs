//! The entry on Cloudflare Workers: runtime request -> `http::Request` -> app -> runtime response.
//!
//! Whatever happens, the runtime gets a response: for an `Err` it would answer in plain text. The Durable Object class
//! `LimiterObject` needs no line here: linking the adapter exports it.

use std::cell::OnceCell;
use std::net::IpAddr;
use std::rc::Rc;

use cloudflare::incoming::Incoming;
use cloudflare::{exchange, logging, panics};
use http::request::Parts;
use http::{HeaderMap, HeaderValue};
use shared::config::{Config, ConfigError};
use shared::ports::Ports;
use worker::{Context, Env, event, web_sys};

use crate::app::{App, emergency};
use crate::http::Response;
use crate::http::body::{ClientAddress, RequestBody};
use crate::http::failure::Code;
use crate::middleware::request_id;

thread_local! {
    /// Built by the first request of the isolate; the settings of an isolate never change.
    static APP: OnceCell<Result<Rc<App>, ConfigError>> = const { OnceCell::new() };
}

#[event(fetch)]
async fn fetch(request: web_sys::Request, env: Env, context: Context) -> worker::Result<web_sys::Response> {
    logging::install();
    let ports = cloudflare::ports(&env, Rc::new(context));
    let mut headers = HeaderMap::new();
    let response = match exchange::parts(&request) {
        Ok(mut head) => {
            identify(&mut head.headers, &ports);
            headers.clone_from(&head.headers);
            answer(&env, ports, &request, head, &headers).await
        }
        Err(error) => {
            identify(&mut headers, &ports);
            emergency(Code::BadRequest, &format!("The request cannot be read: {error:#}."), &headers)
        }
    };
    exchange::response(&response)
        .or_else(|error| {
            log::error!("{}", refusal(&headers, &error));
            exchange::response(&emergency(Code::InternalError, "Internal error.", &headers))
        })
        .map_err(|error| worker::Error::RustError(format!("{error:#}")))
}

/// Answers through the application; a panic costs this request only.
async fn answer(
    env: &Env,
    ports: Ports,
    request: &web_sys::Request,
    mut head: Parts,
    headers: &HeaderMap,
) -> Response {
    if let Some(address) = client_address(headers) {
        head.extensions.insert(ClientAddress(address));
    }
    let incoming = Incoming::of(request);
    let body = RequestBody::from_stream(incoming.stream());
    let work = async {
        match app(env) {
            Ok(app) => app.handle(ports, http::Request::from_parts(head, body)).await,
            Err(error) => {
                let message = format!("The service is not configured: {error}.");
                emergency(Code::Misconfigured, &message, headers)
            }
        }
    };
    let response = panics::catch(work).await.unwrap_or_else(|panic| {
        panic.log("request", headers.get(request_id::HEADER).and_then(|id| id.to_str().ok()));
        emergency(Code::InternalError, "Internal error.", headers)
    });
    incoming.drain().await;
    response
}

fn app(env: &Env) -> Result<Rc<App>, ConfigError> {
    let build = || match Config::from_settings(cloudflare::settings(env)) {
        Ok(config) => {
            logging::set_level(config.log_level);
            Ok(Rc::new(App::new(config)))
        }
        Err(error) => {
            let line = serde_json::json!({ "level": "error", "message": "not configured", "error": error.to_string() });
            log::error!("{line}");
            Err(error)
        }
    };
    APP.with(|app| app.get_or_init(build).clone())
}

/// Settles the request's id before anything can go wrong, so that every answer and log line has the same.
fn identify(headers: &mut HeaderMap, ports: &Ports) {
    if let Ok(id) = HeaderValue::from_str(&request_id::request_id(headers, ports)) {
        headers.insert(request_id::HEADER, id);
    }
}

/// Cloudflare sets the header over whatever the client sent. On a developer's machine wrangler fills it in only where
/// it is missing, so a test can be many clients.
fn client_address(headers: &HeaderMap) -> Option<IpAddr> {
    headers.get("cf-connecting-ip")?.to_str().ok()?.parse().ok()
}

fn refusal(headers: &HeaderMap, error: &anyhow::Error) -> serde_json::Value {
    let id = headers.get(request_id::HEADER).and_then(|id| id.to_str().ok());
    serde_json::json!({
        "level": "error", "message": "the runtime refused the response", "request_id": id,
        "error": format!("{error:#}"),
    })
}
