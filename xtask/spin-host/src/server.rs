//! The HTTP server: accepts connections, finds the component, answers what the runtime answers itself.

use std::collections::HashMap;
use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use anyhow::{Context, Result, anyhow, bail};
use bytes::Bytes;
use http::uri::{Authority, Scheme};
use http::{Request, Response, StatusCode, Uri, header};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use tokio::net::{TcpListener, TcpStream};
use wasmtime_wasi_http::handler::ProxyHandler;
use wasmtime_wasi_http::{Error, WasiBody};

use crate::app::App;
use crate::cli::Http;
use crate::hosts::chaining_host;
use crate::instance::{Instances, Reuse};
use crate::output;
use crate::routes::{RouteMatch, Routes, WELL_KNOWN};

/// How many ports `--find-free-port` tries.
const PORTS_TRIED: u16 = 10;
/// The client address of a request that came from another component.
const CHAINED_CLIENT: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0);

/// The running application.
pub(crate) struct Server {
    app: Arc<App>,
    routes: Routes,
    handlers: HashMap<String, ProxyHandler<Instances>>,
    address: SocketAddr,
}

/// Binds, says so, and serves until the process ends.
pub(crate) async fn serve(app: App, http: &Http) -> Result<()> {
    let routes = Routes::new(&app.routes)?;
    let listener = bind(http).await?;
    let address = listener.local_addr()?;
    let server = Server::new(app, routes, address, http);
    server.announce();
    loop {
        let (stream, client) = listener.accept().await?;
        // Like Spin, no TCP_NODELAY: a chunked response on a kept-alive connection waits for the client's ACK.
        tokio::spawn(server.clone().serve_connection(stream, client));
    }
}

async fn bind(http: &Http) -> Result<TcpListener> {
    let mut address = http.address;
    for _ in 0..PORTS_TRIED {
        match TcpListener::bind(address).await {
            Ok(listener) => return Ok(listener),
            Err(error) if error.kind() != ErrorKind::AddrInUse => {
                bail!("Unable to listen on {address}: {error}")
            }
            Err(_) if !http.find_free_port => bail!(
                "{address} is already in use. To have Spin search for a free port, use the --find-free-port option."
            ),
            Err(_) => {
                let next = address.port().checked_add(1);
                address.set_port(
                    next.context("Couldn't find a free port as we've reached the maximum port number.")?,
                );
            }
        }
    }
    bail!("Couldn't find a free port in the range {}-{}.", http.address.port(), address.port())
}

impl Server {
    fn new(app: App, routes: Routes, address: SocketAddr, http: &Http) -> Arc<Self> {
        let app = Arc::new(app);
        let reuse = Reuse::from(http);
        Arc::new_cyclic(|server| {
            let handler = |component: &String| {
                let component = component.clone();
                ProxyHandler::new(Instances { component, app: app.clone(), server: server.clone(), reuse })
            };
            let handlers = app.routes.iter().map(|(_, id)| (id.clone(), handler(id))).collect();
            Self { app: app.clone(), routes, handlers, address }
        })
    }

    /// The address that the server is bound to.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    fn announce(&self) {
        let base = format!("http://{}", self.address);
        output::line(&format!("\nServing {base}"));
        output::line("Available Routes:");
        self.routes.describe(&base).iter().for_each(|line| output::line(line));
    }

    async fn serve_connection(self: Arc<Self>, stream: TcpStream, client: SocketAddr) {
        let service = service_fn(move |request: Request<Incoming>| {
            let server = self.clone();
            async move {
                let request = request.map(|body| body.map_err(Error::from).boxed_unsync());
                server.handle(request, client).await
            }
        });
        // A client that goes away is no event; an error of a component was reported where it happened.
        let _ = Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service).await;
    }

    /// An error here closes the connection without an answer, as in Spin.
    async fn handle(&self, mut request: Request<WasiBody>, client: SocketAddr) -> Result<Response<WasiBody>> {
        remove_transport_headers(&mut request);
        let path = request.uri().path().to_owned();
        match path.strip_prefix(WELL_KNOWN) {
            Some("health") => return Ok(Response::new(body("OK"))),
            Some("info") => return self.info(),
            Some(_) => return empty(StatusCode::NOT_FOUND),
            None => {}
        }
        match self.routes.find(&path) {
            Some(found) => self.dispatch(request, &found, client).await,
            None => empty(StatusCode::NOT_FOUND),
        }
    }

    /// A request from one component to another, which needs no public route.
    pub(crate) async fn chain(
        &self,
        component: &str,
        request: Request<WasiBody>,
    ) -> Result<Response<WasiBody>> {
        let found = RouteMatch::chained(component, request.uri().path());
        self.dispatch(request, &found, CHAINED_CLIENT).await
    }

    async fn dispatch(
        &self,
        mut request: Request<WasiBody>,
        found: &RouteMatch,
        client: SocketAddr,
    ) -> Result<Response<WasiBody>> {
        make_absolute(&mut request)?;
        let handler = self.handlers.get(&found.component);
        let handler =
            handler.with_context(|| format!("unknown routing destination '{}'", found.component))?;
        match answer(handler, request, found, client).await {
            Ok(response) => Ok(response),
            Err(error) => {
                output::note(&format!("Error processing request: {error:#}"));
                empty(StatusCode::INTERNAL_SERVER_ERROR)
            }
        }
    }

    fn info(&self) -> Result<Response<WasiBody>> {
        let mut info = serde_json::json!({ "name": self.app.about.name });
        if let Some(version) = &self.app.about.version {
            info["version"] = version.as_str().into();
        }
        let text = serde_json::to_string_pretty(&info)?;
        Ok(Response::builder().header(header::CONTENT_TYPE, "application/json").body(body(text))?)
    }
}

async fn answer(
    handler: &ProxyHandler<Instances>,
    mut request: Request<WasiBody>,
    found: &RouteMatch,
    client: SocketAddr,
) -> Result<Response<WasiBody>> {
    found.add_headers(&mut request, client)?;
    Ok(handler.handle((), request).await?)
}

/// `Connection` means something to this server only; a chaining host from outside means nothing.
fn remove_transport_headers(request: &mut Request<WasiBody>) {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    if host.is_some_and(|host| chaining_host(host).is_some()) {
        request.headers_mut().remove(header::HOST);
    }
    request.headers_mut().remove(header::CONNECTION);
}

/// Components see an absolute URI; its authority is the `Host` header or the request line's, which must agree.
fn make_absolute(request: &mut Request<WasiBody>) -> Result<()> {
    let host = request.headers().get(header::HOST);
    let host = host.map(|host| -> Result<Authority> {
        let host = host.to_str().context("'Host' header is not valid UTF-8")?;
        host.parse().context("'Host' header contains an invalid authority")
    });
    let mut parts = request.uri().clone().into_parts();
    parts.authority = match (host.transpose()?, parts.authority) {
        (Some(host), Some(line)) if host != line => {
            bail!("authority in 'Host' header does not match authority in URI")
        }
        (host, line) => Some(host.or(line).ok_or_else(|| anyhow!("no 'Host' header present in request"))?),
    };
    parts.scheme = Some(Scheme::HTTP);
    *request.uri_mut() = Uri::from_parts(parts)?;
    Ok(())
}

fn body(text: impl Into<Bytes>) -> WasiBody {
    Full::new(text.into()).map_err(Error::from).boxed_unsync()
}

fn empty(status: StatusCode) -> Result<Response<WasiBody>> {
    Ok(Response::builder().status(status).body(body(""))?)
}
