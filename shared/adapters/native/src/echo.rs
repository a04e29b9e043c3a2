//! The echo server that the contract suite's HTTP cases talk to, on every runtime.

use std::convert::Infallible;
use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use futures::{StreamExt as _, stream};
use http::{HeaderName, HeaderValue, Request, Response, StatusCode, header};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::LocalSet;

use crate::http_server;

const CHUNK: usize = 16 * 1024;

type Body = UnsyncBoxBody<Bytes, Infallible>;

/// An echo server on a thread of its own; it ends when this value is dropped. `contract::Context::echo_url` says
/// what its paths answer.
#[derive(Debug)]
pub struct EchoServer {
    url: String,
    /// Dropping it ends the thread.
    _stop: oneshot::Sender<()>,
}

impl EchoServer {
    /// Starts a server on a free port of the loopback address.
    ///
    /// # Errors
    /// When the system has no port or no thread to give.
    pub fn start() -> io::Result<Self> {
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let url = format!("http://{}", listener.local_addr()?);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (stop, stopped) = oneshot::channel::<()>();
        thread::Builder::new()
            .name("echo".into())
            .spawn(move || LocalSet::new().block_on(&runtime, serve_until(stopped, listener)))?;
        Ok(Self { url, _stop: stop })
    }

    /// The base URL, without a trailing slash.
    pub fn url(&self) -> &str {
        &self.url
    }
}

async fn serve_until(stopped: oneshot::Receiver<()>, listener: std::net::TcpListener) {
    // A listener that the runtime cannot watch shows as requests that fail.
    let Ok(listener) = TcpListener::from_std(listener) else { return };
    tokio::select! {
        never = http_server::serve(listener, answer) => match never {},
        _ = stopped => {}
    }
}

/// Closes the connection.
#[derive(Debug)]
struct HangUp;

impl fmt::Display for HangUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the request asks to hang up")
    }
}

impl std::error::Error for HangUp {}

async fn answer(_peer: SocketAddr, request: Request<Incoming>) -> Result<Response<Body>, HangUp> {
    let path = request.uri().path().to_owned();
    let mut segments = path.split('/').skip(1);
    let (kind, number) = (segments.next().unwrap_or_default(), segments.next().unwrap_or_default());
    let number: usize = number.parse().unwrap_or(0);
    let millis = Duration::from_millis(u64::try_from(number).unwrap_or(u64::MAX));
    match kind {
        "echo" => echo(request).await,
        "status" => Ok(status(number)),
        "slow" => {
            tokio::time::sleep(millis).await;
            Ok(status(200))
        }
        "stall" => Ok(Response::new(stall(millis))),
        "bytes" => Ok(Response::new(full(vec![b'x'; number]))),
        "chunked" => Ok(Response::new(chunked(number))),
        "hangup" => Err(HangUp),
        _ => Ok(status(404)),
    }
}

fn full(bytes: impl Into<Bytes>) -> Body {
    Full::new(bytes.into()).boxed_unsync()
}

fn status(code: usize) -> Response<Body> {
    let code = u16::try_from(code).ok().and_then(|code| StatusCode::from_u16(code).ok());
    let code = code.unwrap_or(StatusCode::BAD_REQUEST);
    let empty = code == StatusCode::NO_CONTENT || code == StatusCode::NOT_MODIFIED;
    let mut response =
        Response::new(full(if empty { String::new() } else { format!("status {}", code.as_u16()) }));
    *response.status_mut() = code;
    if code.is_redirection() {
        response.headers_mut().insert(header::LOCATION, HeaderValue::from_static("/status/200"));
    }
    response
}

async fn echo(request: Request<Incoming>) -> Result<Response<Body>, HangUp> {
    let (parts, body) = request.into_parts();
    // A client that breaks off does not wait for an answer either.
    let body = body.collect().await.map_err(|_| HangUp)?.to_bytes();
    let mut response = Response::new(full(body));
    let target = parts.uri.path_and_query().map_or("/", |target| target.as_str());
    let method = parts.method.as_str();
    let named = parts.headers.iter().map(|(name, value)| (name.as_str(), value.clone()));
    let own = [("method", method), ("target", target)];
    let own = own.into_iter().filter_map(|(name, text)| Some((name, HeaderValue::from_str(text).ok()?)));
    for (name, value) in named.chain(own) {
        if let Ok(name) = HeaderName::from_bytes(format!("x-echo-{name}").as_bytes()) {
            response.headers_mut().insert(name, value);
        }
    }
    Ok(response)
}

fn stall(time: Duration) -> Body {
    let first = stream::iter([Ok(Frame::data(Bytes::from_static(b"first half, ")))]);
    let second = stream::once(async move {
        tokio::time::sleep(time).await;
        Ok(Frame::data(Bytes::from_static(b"second half")))
    });
    StreamBody::new(first.chain(second)).boxed_unsync()
}

fn chunked(length: usize) -> Body {
    let chunks = (0..length).step_by(CHUNK).map(move |start| vec![b'x'; CHUNK.min(length - start)]);
    StreamBody::new(stream::iter(chunks.map(|chunk| Ok(Frame::data(chunk.into()))))).boxed_unsync()
}
