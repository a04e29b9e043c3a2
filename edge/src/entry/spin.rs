//! The entry on Spin: runtime request -> `http::Request` -> app -> runtime response.

use std::cell::OnceCell;
use std::rc::Rc;

use shared::config::ConfigError;
use spin_sdk::http::Request;
use spin_sdk::http_service;

use crate::app::{App, misconfigured, refuse};
use crate::http::body::{Body, ClientAddress, RequestBody};

thread_local! {
    static APP: OnceCell<Rc<App>> = const { OnceCell::new() };
}

#[http_service]
async fn handle(request: Request) -> spin::Sent {
    spin::logging::install();
    let method = request.method().clone();
    let (ports, request) = (spin::ports(), receive(request));
    let response = match app().await {
        Ok(app) => app.handle(ports, request).await,
        Err(error) => refuse(misconfigured(&error), &method, request.headers(), &ports),
    };
    let (head, body) = response.into_parts();
    match body {
        Body::Whole(bytes) => spin::whole(&method, http::Response::from_parts(head, bytes)),
        Body::Chunks(chunks) => spin::streamed(http::Response::from_parts(head, chunks)),
    }
}

/// The application of this instance. Settings that cannot be used are read again with the next request, because
/// their provider may have been out of reach.
async fn app() -> Result<Rc<App>, ConfigError> {
    if let Some(app) = APP.with(|app| app.get().cloned()) {
        return Ok(app);
    }
    let config = spin::config().await?;
    Ok(APP.with(|app| Rc::clone(app.get_or_init(|| Rc::new(App::new(config))))))
}

fn receive(request: Request) -> http::Request<RequestBody> {
    let (mut request, client) = spin::receive(request);
    if let Some(client) = client {
        request.extensions_mut().insert(ClientAddress(client));
    }
    request.map(RequestBody::from_stream)
}
