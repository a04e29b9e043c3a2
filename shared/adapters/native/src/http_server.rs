//! An HTTP/1.1 server on the current thread: connections are kept alive, each runs as a local task.

use std::convert::Infallible;
use std::error::Error;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use http::{Request, Response};
use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};

/// How long to wait when the system has no descriptor left for a connection.
const PAUSE: Duration = Duration::from_millis(50);

/// Serves for ever, within a `LocalSet`. An `Err` from `answer` closes the connection without a response; a client
/// that goes away drops the future of its request.
pub async fn serve<A, F, B, E>(listener: TcpListener, answer: A) -> Infallible
where
    A: Fn(SocketAddr, Request<Incoming>) -> F + 'static,
    F: Future<Output = Result<Response<B>, E>> + 'static,
    B: Body + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
    E: Into<Box<dyn Error + Send + Sync>> + 'static,
{
    let answer = Rc::new(answer);
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                let answer = Rc::clone(&answer);
                tokio::task::spawn_local(connection(stream, move |request| answer(peer, request)));
            }
            Err(_) => tokio::time::sleep(PAUSE).await,
        }
    }
}

async fn connection<A, F, B, E>(stream: TcpStream, answer: A)
where
    A: Fn(Request<Incoming>) -> F,
    F: Future<Output = Result<Response<B>, E>>,
    B: Body + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
    E: Into<Box<dyn Error + Send + Sync>>,
{
    // Without it a response in two segments waits for the client's delayed acknowledgement. Slower, not wrong.
    let _ = stream.set_nodelay(true);
    let mut server = http1::Builder::new();
    // The timer bounds how long a client may take to send its headers.
    server.timer(TokioTimer::new());
    // An error here is the client's: it went away or does not speak HTTP.
    let _ = server.serve_connection(TokioIo::new(stream), service_fn(answer)).await;
}
