//! A request of hyper becomes one of ours, the response goes back. Nothing else.

use std::cell::RefCell;
use std::convert::Infallible;
use std::future::poll_fn;
use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use edge::app::{App, emergency};
use edge::http::body::{ClientAddress, RequestBody};
use edge::http::failure::Code;
use edge::middleware::request_id;
use futures::{FutureExt as _, StreamExt as _, stream};
use http::{HeaderValue, Request, Response};
use http_body_util::{BodyDataStream, Full};
use hyper::body::Incoming;
use shared::ports::Ports;
use tokio::net::TcpListener;

/// How much of a body that no handler wanted is read, and for how long.
const DRAIN_BYTES: usize = 64 * 1024 * 1024;
const DRAIN_TIME: Duration = Duration::from_secs(10);

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
    let (mut head, body) = request.into_parts();
    head.extensions.insert(ClientAddress(peer.ip().to_canonical()));
    let id = request_id::request_id(&head.headers, &ports);
    if let Ok(id) = HeaderValue::from_str(&id) {
        head.headers.insert(request_id::HEADER, id);
    }
    let headers = head.headers.clone();
    let body = Rc::new(RefCell::new(BodyDataStream::new(body)));
    let handled = app.handle(ports, Request::from_parts(head, request_body(&body)));
    let handled = AssertUnwindSafe(handled).catch_unwind().await;
    tokio::task::spawn_local(tokio::time::timeout(DRAIN_TIME, drain(body)));
    let response = handled.unwrap_or_else(|_| {
        let line =
            serde_json::json!({ "level": "error", "message": "request ended by a panic", "request_id": id });
        log::error!("{line}");
        emergency(Code::InternalError, "Internal error.", &headers)
    });
    Ok(response.map(Full::new))
}

fn request_body(body: &Rc<RefCell<BodyDataStream<Incoming>>>) -> RequestBody {
    let body = Rc::clone(body);
    let chunks = stream::poll_fn(move |context| body.borrow_mut().poll_next_unpin(context));
    RequestBody::from_stream(chunks.map(|chunk| chunk.map_err(Into::into)))
}

/// Reads what a handler left of a body. A connection that is closed with bytes unread is reset, and the client may
/// never see the response that told it to stop.
async fn drain(body: Rc<RefCell<BodyDataStream<Incoming>>>) {
    let mut left = DRAIN_BYTES;
    while let Some(Ok(chunk)) = poll_fn(|context| body.borrow_mut().poll_next_unpin(context)).await {
        left = left.saturating_sub(chunk.len());
        if left == 0 {
            return;
        }
    }
}
