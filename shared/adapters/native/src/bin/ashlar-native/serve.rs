//! A request of hyper becomes one of ours, the response goes back. Nothing else.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::rc::Rc;

use bytes::Bytes;
use edge::app::{App, emergency};
use edge::http::body::{ClientAddress, RequestBody};
use edge::http::failure::Code;
use edge::middleware::request_id;
use futures::{FutureExt as _, StreamExt as _};
use http::{HeaderValue, Request, Response};
use http_body_util::{BodyDataStream, Full};
use hyper::body::Incoming;
use shared::ports::Ports;
use tokio::net::TcpListener;

/// Serves the application for ever.
pub(crate) async fn serve(listener: TcpListener, app: Rc<App>, ports: Ports) -> Infallible {
    native::http_server::serve(listener, move |peer, request| {
        answer(Rc::clone(&app), ports.clone(), peer, request)
    })
    .await
}

/// Answers one request. A panic costs this request only; its log line names the request.
async fn answer(
    app: Rc<App>,
    ports: Ports,
    peer: SocketAddr,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let mut request = incoming(peer, request);
    let id = request_id::request_id(request.headers(), &ports);
    if let Ok(id) = HeaderValue::from_str(&id) {
        request.headers_mut().insert(request_id::HEADER, id);
    }
    let headers = request.headers().clone();
    let handled = AssertUnwindSafe(app.handle(ports, request)).catch_unwind().await;
    let response = handled.unwrap_or_else(|_| {
        let line =
            serde_json::json!({ "level": "error", "message": "request ended by a panic", "request_id": id });
        log::error!("{line}");
        emergency(Code::InternalError, "Internal error.", &headers)
    });
    Ok(response.map(Full::new))
}

fn incoming(peer: SocketAddr, request: Request<Incoming>) -> Request<RequestBody> {
    let (mut parts, body) = request.into_parts();
    parts.extensions.insert(ClientAddress(peer.ip().to_canonical()));
    let chunks = BodyDataStream::new(body).map(|chunk| chunk.map_err(Into::into));
    Request::from_parts(parts, RequestBody::from_stream(chunks))
}
