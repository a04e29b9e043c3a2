//! A request of hyper becomes one of ours, the response goes back. Nothing else.

use std::cell::RefCell;
use std::convert::Infallible;
use std::error::Error;
use std::future::poll_fn;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use edge::app::App;
use edge::http::body::{Body, ClientAddress, RequestBody};
use futures::stream::LocalBoxStream;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use http::{Request, Response};
use http_body_util::{BodyDataStream, Either, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use shared::ports::Ports;
use tokio::net::TcpListener;

/// How much of a body that no handler wanted is read, and for how long.
const DRAIN_BYTES: usize = 64 * 1024 * 1024;
const DRAIN_TIME: Duration = Duration::from_secs(10);

/// A failure in the middle of a body closes the connection, so that nobody takes a part for the whole.
type Sent = Either<Full<Bytes>, StreamBody<LocalBoxStream<'static, Result<Frame<Bytes>, Broken>>>>;

type Broken = Box<dyn Error + Send + Sync>;

/// Serves the application for ever.
pub(crate) async fn serve(listener: TcpListener, app: Rc<App>, ports: Ports) -> Infallible {
    native::http_server::serve(listener, move |peer, request| {
        answer(Rc::clone(&app), ports.clone(), peer, request)
    })
    .await
}

/// Answers one request.
async fn answer(
    app: Rc<App>,
    ports: Ports,
    peer: SocketAddr,
    request: Request<Incoming>,
) -> Result<Response<Sent>, Infallible> {
    let (mut head, body) = request.into_parts();
    head.extensions.insert(ClientAddress(peer.ip().to_canonical()));
    let body = Rc::new(RefCell::new(BodyDataStream::new(body)));
    let response = app.handle(ports, Request::from_parts(head, request_body(&body))).await;
    tokio::task::spawn_local(tokio::time::timeout(DRAIN_TIME, drain(body)));
    Ok(response.map(sent))
}

fn sent(body: Body) -> Sent {
    match body {
        Body::Whole(bytes) => Either::Left(Full::new(bytes)),
        Body::Chunks(chunks) => {
            let frames = chunks.map_ok(Frame::data).map_err(Broken::from);
            Either::Right(StreamBody::new(frames.boxed_local()))
        }
    }
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
