//! The HTTP client behind outbound requests: one connection pool for the application, TLS by the machine's roots.
//!
//! Spin trusts Mozilla's roots too; the licence of their list is not one that this project takes on.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use anyhow::Result;
use bytes::Bytes;
use futures::future::BoxFuture;
use http::{Request, Response, Uri};
use http_body_util::BodyExt;
use hyper::body::{Body, Frame, SizeHint};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::{Connected, Connection};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep, timeout};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tower_service::Service;
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody};

const DEFAULT_TIMEOUT: Duration = Duration::from_mins(10);

tokio::task_local! {
    /// The connector sees nothing of a request but its URI.
    static CONNECT_TIMEOUT: Duration;
}

/// Sends requests that were checked before.
#[derive(Clone)]
pub(crate) struct HttpClient(Client<Connector, WasiBody>);

impl HttpClient {
    /// Loads the trusted roots.
    pub(crate) fn new() -> Result<Self> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut roots = RootCertStore::empty();
        // A machine without certificates can still call http.
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let connector = Connector { tls: TlsConnector::from(Arc::new(config)) };
        Ok(Self(Client::builder(TokioExecutor::new()).build(connector)))
    }

    /// Sends one request; its URI is absolute.
    pub(crate) async fn send(
        &self,
        request: Request<WasiBody>,
        options: Option<RequestOptions>,
    ) -> Result<Response<WasiBody>, Error> {
        let options = options.unwrap_or_default();
        let connect = options.connect_timeout.unwrap_or(DEFAULT_TIMEOUT);
        let response = CONNECT_TIMEOUT.scope(connect, self.0.request(request));
        let response = timeout(options.first_byte_timeout.unwrap_or(DEFAULT_TIMEOUT), response).await;
        let response =
            response.map_err(|_| Error::ConnectionReadTimeout)?.map_err(|error| connect_error(&error))?;
        let limit = options.between_bytes_timeout.unwrap_or(DEFAULT_TIMEOUT);
        Ok(response
            .map(|body| Paced { body: Some(body.map_err(Error::from)), limit, sleep: None }.boxed_unsync()))
    }
}

/// Why no connection came about.
#[derive(Clone, Copy, Debug)]
enum ConnectError {
    Dns,
    Refused,
    Timeout,
    Tls,
    TlsName,
    Uri,
}

impl std::fmt::Display for ConnectError {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{self:?}")
    }
}

impl std::error::Error for ConnectError {}

fn connect_error(error: &hyper_util::client::legacy::Error) -> Error {
    let dns = |rcode: &str| Error::DnsError { rcode: Some(rcode.to_owned()), info_code: Some(0) };
    match std::error::Error::source(error).and_then(|source| source.downcast_ref::<ConnectError>()) {
        Some(ConnectError::Dns) => dns("address not available"),
        Some(ConnectError::Refused) => Error::ConnectionRefused,
        Some(ConnectError::Timeout) => Error::ConnectionTimeout,
        Some(ConnectError::Tls) => Error::TlsProtocolError,
        Some(ConnectError::TlsName) => dns("invalid dns name"),
        Some(ConnectError::Uri) => Error::HttpRequestUriInvalid,
        None => Error::HttpProtocolError,
    }
}

#[derive(Clone)]
struct Connector {
    tls: TlsConnector,
}

impl Connector {
    async fn connect(self, uri: Uri, limit: Duration) -> Result<TokioIo<Stream>, ConnectError> {
        let secure = uri.scheme() == Some(&http::uri::Scheme::HTTPS);
        let authority = uri.authority().ok_or(ConnectError::Uri)?;
        let port = authority.port_u16().unwrap_or(if secure { 443 } else { 80 });
        let host = authority.host();
        let addresses: Vec<_> =
            tokio::net::lookup_host(format!("{host}:{port}")).await.map_err(|_| ConnectError::Dns)?.collect();
        let stream =
            timeout(limit, TcpStream::connect(&*addresses)).await.map_err(|_| ConnectError::Timeout)?;
        let stream = stream.map_err(|error| match error.kind() {
            io::ErrorKind::AddrNotAvailable => ConnectError::Dns,
            _ => ConnectError::Refused,
        })?;
        if !secure {
            return Ok(TokioIo::new(Stream::Plain(stream)));
        }
        let name = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let name = ServerName::try_from(name).map_err(|_| ConnectError::TlsName)?;
        let stream = self.tls.connect(name, stream).await.map_err(|_| ConnectError::Tls)?;
        Ok(TokioIo::new(Stream::Tls(Box::new(stream))))
    }
}

impl Service<Uri> for Connector {
    type Response = TokioIo<Stream>;
    type Error = ConnectError;
    type Future = BoxFuture<'static, Result<TokioIo<Stream>, ConnectError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), ConnectError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let limit = CONNECT_TIMEOUT.try_with(|limit| *limit).unwrap_or(DEFAULT_TIMEOUT);
        Box::pin(self.clone().connect(uri, limit))
    }
}

/// A connection, with or without TLS.
enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl Connection for Stream {
    fn connected(&self) -> Connected {
        match self {
            Self::Plain(stream) => stream.connected(),
            Self::Tls(stream) => {
                let (tcp, session) = stream.get_ref();
                let connected = tcp.connected();
                if session.alpn_protocol() == Some(b"h2") { connected.negotiated_h2() } else { connected }
            }
        }
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_read(context, buffer),
            Self::Tls(stream) => Pin::new(stream).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write(context, bytes),
            Self::Tls(stream) => Pin::new(stream).poll_write(context, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_flush(context),
            Self::Tls(stream) => Pin::new(stream).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(context),
            Self::Tls(stream) => Pin::new(stream).poll_shutdown(context),
        }
    }
}

/// A response body that fails when the server pauses for too long.
struct Paced<B> {
    /// Dropped at the time-out, which closes the connection.
    body: Option<B>,
    limit: Duration,
    sleep: Option<Pin<Box<Sleep>>>,
}

impl<B: Body<Data = Bytes, Error = Error> + Unpin> Body for Paced<B> {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let Some(body) = self.body.as_mut() else { return Poll::Ready(None) };
        if let Poll::Ready(frame) = Pin::new(body).poll_frame(context) {
            self.sleep = None;
            return Poll::Ready(frame);
        }
        let limit = self.limit;
        let sleep = self.sleep.get_or_insert_with(|| Box::pin(sleep(limit)));
        if sleep.as_mut().poll(context).is_pending() {
            return Poll::Pending;
        }
        self.body = None;
        Poll::Ready(Some(Err(Error::ConnectionReadTimeout)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map(Body::size_hint).unwrap_or_default()
    }
}
