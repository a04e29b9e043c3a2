//! The entry on Cloudflare Workers: runtime request -> `http::Request` -> app -> runtime response.
//!
//! Whatever happens, the runtime gets a response: for an `Err` it would answer in plain text. The Durable Object class
//! `LimiterObject` needs no line here: linking the adapter exports it.

use std::cell::OnceCell;
use std::fmt::Display;
use std::net::IpAddr;
use std::rc::Rc;

use cloudflare::exchange;
use cloudflare::incoming::Incoming;
use http::request::Parts;
use http::{HeaderMap, HeaderValue};
use log::Level;
use shared::config::{Config, ConfigError};
use shared::logging::{self, Line};
use shared::panics;
use shared::ports::Ports;
use worker::{Context, Env, event, web_sys};

use crate::app::{App, emergency, misconfigured, refuse};
use crate::http::Response;
use crate::http::body::{Body, ClientAddress, RequestBody};
use crate::http::failure::{Code, Failure};
use crate::middleware::request_id;

thread_local! {
    /// Built by the first request of the isolate; the settings of an isolate never change.
    static APP: OnceCell<Result<Rc<App>, ConfigError>> = const { OnceCell::new() };
}

#[event(fetch)]
async fn fetch(request: web_sys::Request, env: Env, context: Context) -> worker::Result<web_sys::Response> {
    cloudflare::logging::install();
    let ports = cloudflare::ports(&env, Rc::new(context));
    let mut headers = HeaderMap::new();
    let response = match exchange::parts(&request) {
        Ok(mut head) => {
            identify(&mut head.headers, &ports);
            headers.clone_from(&head.headers);
            answer(&env, &ports, &request, head, &headers).await
        }
        Err(error) => {
            identify(&mut headers, &ports);
            let failure = Failure::new(Code::BadRequest, "The request cannot be read.");
            let failure = Failure { source: Some(error), ..failure };
            let method = request.method().parse().unwrap_or_default();
            refuse(failure, &method, &headers, &ports)
        }
    };
    hand_over(response)
        .or_else(|error| {
            log_outside("the runtime refused the response", &error, &headers, &ports);
            hand_over(emergency(&headers))
        })
        .map_err(|error| worker::Error::RustError(format!("{error:#}")))
}

fn hand_over(response: Response) -> anyhow::Result<web_sys::Response> {
    let (head, body) = response.into_parts();
    match body {
        Body::Whole(bytes) => exchange::response(&http::Response::from_parts(head, bytes)),
        Body::Chunks(chunks) => exchange::streamed(head.status, &head.headers, chunks),
    }
}

/// Answers through the application. It catches panics itself; what panics before it has the request costs this request
/// only, too.
async fn answer(
    env: &Env,
    ports: &Ports,
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
        match app(env, ports) {
            Ok(app) => app.handle(ports.clone(), http::Request::from_parts(head, body)).await,
            Err(error) => refuse(misconfigured(&error), &head.method, headers, ports),
        }
    };
    let response = panics::catch(work).await.unwrap_or_else(|panic| {
        log_outside("a request panicked outside of the application", &panic, headers, ports);
        emergency(headers)
    });
    incoming.drain().await;
    response
}

fn app(env: &Env, ports: &Ports) -> Result<Rc<App>, ConfigError> {
    let build = || {
        let config = Config::from_settings(cloudflare::settings(env))
            .inspect_err(|error| logging::not_configured(error, ports.clock.now()))?;
        logging::set_level(config.log_level);
        Ok(Rc::new(App::new(config)))
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

/// Logs what went wrong with a request where no application could.
fn log_outside(message: &str, error: &impl Display, headers: &HeaderMap, ports: &Ports) {
    let id = headers.get(request_id::HEADER).and_then(|id| id.to_str().ok());
    let line = Line::new(Level::Error, message).at(ports.clock.now());
    line.with_some("request_id", id).error(error).write();
}
